/* What the domains do, in an ordinary program of the host and with nothing between it and stb:
 *
 *   outside picture png|jpg|pic FILE WIDTH HEIGHT   writes a picture to try things with
 *   outside thumbnail PICTURE FILE EDGE             what glacis has to come to, bit by bit */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#include "stb_image.h"
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include "stb_image_resize.h"
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include "stb_image_write.h"

static int usage(void)
{
    fputs("usage: outside picture png|jpg|pic FILE WIDTH HEIGHT\n"
          "       outside thumbnail PICTURE FILE EDGE\n",
          stderr);
    return 2;
}

/* ---- pictures ------------------------------------------------------------------------------ */

/* Slopes, a disc, stripes and grain, so that no format finds it all too easy. */
static void paint(unsigned char* pixel, int x, int y, int width, int height)
{
    int dx = 2 * x - width;
    int dy = 2 * y - height;
    int is_in_disc = (long)dx * dx + (long)dy * dy < (long)height * height / 2;
    unsigned grain = ((unsigned)x * 2654435761u) ^ ((unsigned)y * 40503u * 2246822519u);
    pixel[0] = (unsigned char)(x * 255 / width);
    pixel[1] = (unsigned char)(is_in_disc ? 220 : y * 255 / height);
    pixel[2] = (unsigned char)((x / 8 + y / 8) % 2 * 120 + (grain >> 27));
}

/* Softimage's format, which stb_image reads too: a header, one packet description, raw pixels. */
static int write_pic(const char* path, int width, int height, const unsigned char* pixels)
{
    unsigned char header[108] = {0x53, 0x80, 0xf6, 0x34};
    memcpy(header + 88, "PICT", 4);
    header[92] = (unsigned char)(width >> 8);
    header[93] = (unsigned char)width;
    header[94] = (unsigned char)(height >> 8);
    header[95] = (unsigned char)height;
    header[105] = 8;    /* bits */
    header[107] = 0xe0; /* red, green, blue, not compressed */
    FILE* file = fopen(path, "wb");
    if (file == NULL)
        return 0;
    size_t size = (size_t)width * (size_t)height * 3;
    int is_written =
        fwrite(header, sizeof header, 1, file) == 1 && fwrite(pixels, 1, size, file) == size;
    return fclose(file) == 0 && is_written;
}

static int write_picture(const char* kind, const char* path, int width, int height)
{
    if (width < 1 || height < 1 || width > 8192 || height > 8192)
        return usage();
    unsigned char* pixels = malloc((size_t)width * (size_t)height * 3);
    if (pixels == NULL)
        return 1;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            paint(pixels + ((size_t)y * (size_t)width + (size_t)x) * 3, x, y, width, height);
    int is_written = 0;
    if (strcmp(kind, "png") == 0)
        is_written = stbi_write_png(path, width, height, 3, pixels, 0);
    else if (strcmp(kind, "jpg") == 0)
        is_written = stbi_write_jpg(path, width, height, 3, pixels, 85);
    else if (strcmp(kind, "pic") == 0)
        is_written = write_pic(path, width, height, pixels);
    else
        return usage();
    free(pixels);
    return is_written ? 0 : 1;
}

/* ---- thumbnails ---------------------------------------------------------------------------- */

static int shorter(int length, int edge, int longest)
{
    int result = (int)((long)length * edge / longest);
    return result > 0 ? result : 1;
}

static int write_thumbnail(const char* picture, const char* path, int edge)
{
    int width;
    int height;
    int channels;
    unsigned char* pixels = stbi_load(picture, &width, &height, &channels, 0);
    if (pixels == NULL) {
        fprintf(stderr, "%s: %s\n", picture, stbi_failure_reason());
        return 1;
    }
    int longest = width > height ? width : height;
    int new_width = longest > edge ? shorter(width, edge, longest) : width;
    int new_height = longest > edge ? shorter(height, edge, longest) : height;
    unsigned char* small = malloc((size_t)new_width * (size_t)new_height * (size_t)channels);
    int is_written =
        small != NULL &&
        stbir_resize_uint8(pixels, width, height, 0, small, new_width, new_height, 0, channels) &&
        stbi_write_png(path, new_width, new_height, channels, small, 0);
    free(small);
    stbi_image_free(pixels);
    return is_written ? 0 : 1;
}

int main(int count, char** arguments)
{
    if (count == 6 && strcmp(arguments[1], "picture") == 0)
        return write_picture(arguments[2], arguments[3], atoi(arguments[4]), atoi(arguments[5]));
    if (count == 5 && strcmp(arguments[1], "thumbnail") == 0 && atoi(arguments[4]) > 0)
        return write_thumbnail(arguments[2], arguments[3], atoi(arguments[4]));
    return usage();
}
