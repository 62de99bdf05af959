/* From pixels to fewer pixels, by stb_image_resize. */
#include <glacis/pd.h>

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include "stb_image_resize.h"

#include "shape.h"

/* Shapes as shape.h packs them, with the same number of channels. 1, or 0 if refused. */
uint64_t scale(const unsigned char* from, uint64_t from_shape, unsigned char* to, uint64_t to_shape)
{
    struct shape source = unpack_shape(from_shape);
    struct shape target = unpack_shape(to_shape);
    if (!is_picture(source) || !is_picture(target) || source.channels != target.channels)
        return 0;
    return (uint64_t)stbir_resize_uint8(from, (int)source.width, (int)source.height, 0, to,
                                        (int)target.width, (int)target.height, 0,
                                        (int)target.channels);
}

int main(void)
{
    return pd_gate_serve() == PD_OK ? 0 : 1;
}
