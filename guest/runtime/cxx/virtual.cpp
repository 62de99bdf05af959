// What compiled C++ refers to without saying so.
#include <cstdlib>

extern "C" {

/// Identifies this module to atexit; a domain program is one module.
__attribute__((visibility("hidden"))) void* __dso_handle = nullptr;

[[noreturn]] void __cxa_pure_virtual()
{
    std::abort();
}

[[noreturn]] void __cxa_deleted_virtual()
{
    std::abort();
}
}
