# Options of all code that runs in a domain: programs, the runtime and the C library.
include_guard(GLOBAL)

# Code: position-independent, with frame pointers for backtraces, touching each page of a large frame so
# that it meets the guard.
set(GLACIS_PROGRAM_CODE_OPTIONS
  -fPIE -ftls-model=local-exec -fno-omit-frame-pointer -fstack-clash-protection -fno-stack-protector
  -fno-asynchronous-unwind-tables -fcf-protection=none)

# The compiler is the host's, the system is not.
set(GLACIS_PROGRAM_SYSTEM_OPTIONS
  -U__linux__ -U__linux -Ulinux -U__gnu_linux__ -U__unix__ -U__unix -Uunix -D__GLACIS__=1)
