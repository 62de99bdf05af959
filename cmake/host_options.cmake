# Options of everything that runs on the host. Domain programs have their own (guest/).
#
# Assertions stay on in every build: going on with a broken invariant is worse than stopping, in a program
# whose purpose is containment.
add_library(glacis_host_options INTERFACE)
target_compile_options(glacis_host_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion
  -fno-strict-aliasing -fstack-protector-strong -UNDEBUG)
if(GLACIS_SANITIZE)
  # GCC's warnings that follow the data's flow see things in instrumented code that are not there.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(glacis_host_options INTERFACE
      -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow)
  endif()
  target_compile_options(glacis_host_options INTERFACE
    -fsanitize=${GLACIS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(glacis_host_options INTERFACE -fsanitize=${GLACIS_SANITIZE})
endif()
