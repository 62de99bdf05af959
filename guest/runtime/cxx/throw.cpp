// Where headers of the C++ library would throw: says what, and ends the domain.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void fail(const char* what)
{
    std::fprintf(stderr, "C++ library: %s\n", what);
    std::abort();
}

} // namespace

namespace std {

[[noreturn]] void __throw_bad_alloc();
[[noreturn]] void __throw_bad_array_new_length();
[[noreturn]] void __throw_bad_cast();
[[noreturn]] void __throw_bad_function_call();
[[noreturn]] void __throw_bad_optional_access();
[[noreturn]] void __throw_logic_error(const char* what);
[[noreturn]] void __throw_domain_error(const char* what);
[[noreturn]] void __throw_invalid_argument(const char* what);
[[noreturn]] void __throw_length_error(const char* what);
[[noreturn]] void __throw_out_of_range(const char* what);
[[noreturn]] void __throw_out_of_range_fmt(const char* format, ...);
[[noreturn]] void __throw_runtime_error(const char* what);
[[noreturn]] void __throw_overflow_error(const char* what);
[[noreturn]] void __glibcxx_assert_fail(const char* file, int line, const char* function,
                                        const char* condition) noexcept;

// clang-format off
void __throw_bad_alloc() { fail("out of memory"); }
void __throw_bad_array_new_length() { fail("bad array length"); }
void __throw_bad_cast() { fail("bad cast"); }
void __throw_bad_function_call() { fail("call of an empty function"); }
void __throw_bad_optional_access() { fail("access to an empty optional"); }
void __throw_logic_error(const char* what) { fail(what); }
void __throw_domain_error(const char* what) { fail(what); }
void __throw_invalid_argument(const char* what) { fail(what); }
void __throw_length_error(const char* what) { fail(what); }
void __throw_out_of_range(const char* what) { fail(what); }
void __throw_runtime_error(const char* what) { fail(what); }
void __throw_overflow_error(const char* what) { fail(what); }
void terminate() noexcept { fail("terminate"); }
// clang-format on

void __throw_out_of_range_fmt(const char* format, ...)
{
    char text[160];
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fail(text);
}

void __glibcxx_assert_fail(const char*, int, const char*, const char* condition) noexcept
{
    fail(condition);
}

} // namespace std
