/* The four functions that compilers call by themselves, for programs without a C library. A program
 * with one gets its. */
#include <stddef.h>

__attribute__((weak)) void* memcpy(void* restrict to, const void* restrict from, size_t size)
{
    unsigned char* target = to;
    const unsigned char* source = from;
    for (size_t i = 0; i < size; i++)
        target[i] = source[i];
    return to;
}

__attribute__((weak)) void* memmove(void* to, const void* from, size_t size)
{
    unsigned char* target = to;
    const unsigned char* source = from;
    if (target <= source) {
        for (size_t i = 0; i < size; i++)
            target[i] = source[i];
    } else {
        for (size_t i = size; i > 0; i--)
            target[i - 1] = source[i - 1];
    }
    return to;
}

__attribute__((weak)) void* memset(void* to, int value, size_t size)
{
    unsigned char* target = to;
    for (size_t i = 0; i < size; i++)
        target[i] = (unsigned char)value;
    return to;
}

__attribute__((weak)) int memcmp(const void* left, const void* right, size_t size)
{
    const unsigned char* a = left;
    const unsigned char* b = right;
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}
