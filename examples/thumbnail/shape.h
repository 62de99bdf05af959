/* A picture's shape in one word, as calls between domains carry it: width and height in 24 bits
 * each, then the number of channels, of one byte each. 0 is no picture. */
#ifndef THUMBNAIL_SHAPE_H
#define THUMBNAIL_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

enum { largest_edge = (1 << 24) - 1 };

struct shape {
    uint32_t width;
    uint32_t height;
    uint32_t channels; /* 1 to 4 */
};

static inline uint64_t pack_shape(struct shape shape)
{
    return (uint64_t)shape.channels << 48 | (uint64_t)shape.height << 24 | shape.width;
}

static inline struct shape unpack_shape(uint64_t word)
{
    return (struct shape){word & largest_edge, word >> 24 & largest_edge, (uint32_t)(word >> 48)};
}

static inline bool is_picture(struct shape shape)
{
    return shape.width > 0 && shape.height > 0 && shape.channels >= 1 && shape.channels <= 4;
}

/* Cannot overflow: 24 + 24 + 3 bits. */
static inline uint64_t bytes_of(struct shape shape)
{
    return (uint64_t)shape.width * shape.height * shape.channels;
}

#endif
