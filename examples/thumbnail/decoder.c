/* From a compressed picture to pixels, by stb_image. What comes in here was written by strangers,
 * and stb_image says of itself that it is not meant for that: so this domain has nothing but the
 * pages that it is lent, and is started anew when it dies. */
#include <string.h>

#include <glacis/pd.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#include "stb_image.h"

#include "shape.h"

static struct shape shape_from(int width, int height, int channels)
{
    struct shape none = {0, 0, 0};
    if (width <= 0 || height <= 0 || width > largest_edge || height > largest_edge)
        return none;
    return (struct shape){(uint32_t)width, (uint32_t)height, (uint32_t)channels};
}

/* The shape that a picture says it has; 0 if it is none. */
uint64_t measure(const unsigned char* image, uint64_t size)
{
    int width;
    int height;
    int channels;
    if (size > INT32_MAX || !stbi_info_from_memory(image, (int)size, &width, &height, &channels))
        return 0;
    return pack_shape(shape_from(width, height, channels));
}

/* Decodes into `pixels`, `capacity` bytes, and returns the shape; 0 if the picture is refused. */
uint64_t decode(const unsigned char* image, uint64_t size, unsigned char* pixels, uint64_t capacity)
{
    struct shape said = unpack_shape(measure(image, size));
    if (!is_picture(said) || bytes_of(said) > capacity)
        return 0;
    int width;
    int height;
    int unused;
    unsigned char* decoded =
        stbi_load_from_memory(image, (int)size, &width, &height, &unused, (int)said.channels);
    if (decoded == NULL)
        return 0;
    struct shape found = shape_from(width, height, (int)said.channels);
    bool is_as_said = pack_shape(found) == pack_shape(said);
    if (is_as_said)
        memcpy(pixels, decoded, bytes_of(found));
    stbi_image_free(decoded);
    return is_as_said ? pack_shape(found) : 0;
}

int main(void)
{
    return pd_gate_serve() == PD_OK ? 0 : 1;
}
