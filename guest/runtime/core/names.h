/* Comparing names, in programs without a C library too. */
#ifndef GLACIS_RUNTIME_NAMES_H
#define GLACIS_RUNTIME_NAMES_H

#include <stdbool.h>

static inline bool glacis_is_same_name(const char* left, const char* right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

#endif
