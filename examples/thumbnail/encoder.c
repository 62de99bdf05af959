/* From pixels to a PNG in memory, by stb_image_write. */
#include <string.h>

#include <glacis/pd.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include "stb_image_write.h"

#include "shape.h"

struct sink {
    unsigned char* bytes;
    uint64_t capacity;
    uint64_t size;
    bool is_full;
};

static void append(void* context, void* bytes, int count)
{
    struct sink* sink = context;
    if (sink->is_full || (uint64_t)count > sink->capacity - sink->size) {
        sink->is_full = true;
        return;
    }
    memcpy(sink->bytes + sink->size, bytes, (size_t)count);
    sink->size += (uint64_t)count;
}

/* Writes the PNG to `png`, `capacity` bytes, and returns its size; 0 if refused. */
uint64_t encode(const unsigned char* pixels, uint64_t shape_word, unsigned char* png,
                uint64_t capacity)
{
    struct shape shape = unpack_shape(shape_word);
    struct sink sink = {.bytes = png, .capacity = capacity};
    if (!is_picture(shape) ||
        !stbi_write_png_to_func(append, &sink, (int)shape.width, (int)shape.height,
                                (int)shape.channels, pixels, 0))
        return 0;
    return sink.is_full ? 0 : sink.size;
}

int main(void)
{
    return pd_gate_serve() == PD_OK ? 0 : 1;
}
