# Options of all code that runs in a domain: programs, the runtime and the C library. Functions, because
# the variables of an included file are not seen in every directory that adds programs.
include_guard(GLOBAL)

# Code: position-independent, with frame pointers for backtraces, touching each page of a large frame so
# that it meets the guard.
function(glacis_program_code_options result)
  set(${result}
    -fPIE -ftls-model=local-exec -fno-omit-frame-pointer -fstack-clash-protection -fno-stack-protector
    -fno-asynchronous-unwind-tables -fcf-protection=none PARENT_SCOPE)
endfunction()

# The compiler is the host's, the system is not.
function(glacis_program_system_options result)
  set(${result}
    -U__linux__ -U__linux -Ulinux -U__gnu_linux__ -U__unix__ -U__unix -Uunix -D__GLACIS__=1 PARENT_SCOPE)
endfunction()
