# Options of everything that runs on the host. Domain programs have their own (guest/).
add_library(glacis_host_options INTERFACE)
target_compile_options(glacis_host_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion
  -fno-strict-aliasing -fstack-protector-strong)
if(GLACIS_SANITIZE)
  target_compile_options(glacis_host_options INTERFACE
    -fsanitize=${GLACIS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(glacis_host_options INTERFACE -fsanitize=${GLACIS_SANITIZE})
endif()
