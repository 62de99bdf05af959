// libstdc++'s idea of the C library's locales: there is one, "C". Streams and locales live in the
// library, which domain programs do not have; their headers have to compile, because others include
// them.
#ifndef _GLIBCXX_CXX_LOCALE_H
#define _GLIBCXX_CXX_LOCALE_H 1

#include <clocale>

#define _GLIBCXX_NUM_CATEGORIES 0

namespace std {

typedef int* __c_locale;

inline int __convert_from_v(const __c_locale&, char* text, const int size, const char* format, ...)
{
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    const int length = __builtin_vsnprintf(text, static_cast<size_t>(size), format, arguments);
    __builtin_va_end(arguments);
    return length;
}

} // namespace std

#endif
