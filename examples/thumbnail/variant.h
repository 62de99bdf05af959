/* Corrupted pictures, the same ones in every run. */
#ifndef THUMBNAIL_VARIANT_H
#define THUMBNAIL_VARIANT_H

#include <stddef.h>
#include <stdint.h>

/* Corrupts `size` bytes in place, in a way and at places that follow from `seed`; returns what is
 * left of the size. */
size_t corrupt(unsigned char* bytes, size_t size, uint64_t seed);

#endif
