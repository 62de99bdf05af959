/* Makes a thumbnail of the region "picture" in the region "thumbnail".
 *
 * Arguments: the longest edge of the thumbnail (128); a number of corrupted pictures to decode
 * before that (0), made of the good one. Main reads no picture itself: it owns all pages, lends
 * each to the one domain that works on it, and believes nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline.h"
#include "variant.h"

struct output {
    struct pd_output header;
    unsigned char bytes[];
};

static void fail(const char* what)
{
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

static void fail_with(const char* what, pd_status status)
{
    pd_perror(what, status);
    exit(EXIT_FAILURE);
}

static uint64_t digest(const unsigned char* bytes, uint64_t size)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (uint64_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

static const struct pd_boot_region* region(const char* name)
{
    const struct pd_boot_region* found = pd_region_find(name);
    if (found == NULL)
        fail("needs the regions picture and thumbnail");
    return found;
}

/* Returns the size of the thumbnail, which is in pipeline->png. */
static uint64_t make_thumbnail(struct pipeline* pipeline, const struct pd_boot_region* picture,
                               uint32_t edge)
{
    memcpy(pipeline->image.bytes, (const void*)(uintptr_t)picture->base, picture->content_size);
    struct shape from;
    enum outcome outcome = pipeline_decode(pipeline, picture->content_size, &from);
    if (outcome == outcome_refused)
        fail("the picture is refused: no format that the decoder knows, damaged, or too large");
    if (outcome != outcome_good)
        fail_with("decoding", pipeline->status);
    struct shape to;
    uint64_t size;
    if (pipeline_shrink(pipeline, from, edge, &to, &size) != outcome_good)
        fail_with("making the thumbnail", pipeline->status);
    printf("%u x %u, %u channels -> %u x %u, a PNG of %llu bytes, digest %016llx\n", from.width,
           from.height, from.channels, to.width, to.height, (unsigned long long)size,
           (unsigned long long)digest(pipeline->png.bytes, size));
    return size;
}

static void decode_corrupted(struct pipeline* pipeline, const struct pd_boot_region* picture,
                             uint64_t count)
{
    uint64_t outcomes[outcome_broken] = {0};
    uint64_t too_slow = 0;
    for (uint64_t seed = 0; seed < count; seed++) {
        memcpy(pipeline->image.bytes, (const void*)(uintptr_t)picture->base, picture->content_size);
        size_t size = corrupt(pipeline->image.bytes, picture->content_size, seed);
        struct shape unused;
        enum outcome outcome = pipeline_decode(pipeline, size, &unused);
        if (outcome == outcome_broken)
            fail_with("the decoder is gone", pipeline->status);
        outcomes[outcome]++;
        if (outcome == outcome_killed)
            printf("picture %llu: %s\n", (unsigned long long)seed,
                   pd_status_text(pipeline->status));
        too_slow += pipeline->status == PD_CALL_TIME_LIMIT;
    }
    printf("%llu corrupted pictures: %llu decoded, %llu refused, %llu killed the decoder "
           "(%llu of them by its time limit)\n",
           (unsigned long long)count, (unsigned long long)outcomes[outcome_good],
           (unsigned long long)outcomes[outcome_refused],
           (unsigned long long)outcomes[outcome_killed], (unsigned long long)too_slow);
}

static void publish(const struct pipeline* pipeline, uint64_t size, struct output* output)
{
    memcpy(output->bytes, pipeline->png.bytes, size);
    output->header.length = size;
}

int main(int argument_count, char** arguments)
{
    const struct pd_boot_region* picture = region("picture");
    const struct pd_boot_region* thumbnail = region("thumbnail");
    unsigned long edge = argument_count > 1 ? strtoul(arguments[1], NULL, 10) : 128;
    uint64_t corrupted = argument_count > 2 ? strtoul(arguments[2], NULL, 10) : 0;
    if (edge < 1 || edge > 4096)
        fail("the longest edge of a thumbnail is 1 to 4096");
    struct pipeline pipeline;
    /* In whole pages, beside the output's header. */
    if (!pipeline_prepare(&pipeline, picture->size, thumbnail->size - GLACIS_PAGE_SIZE))
        fail_with("preparing", pipeline.status);

    if (corrupted > 0) {
        uint64_t size = make_thumbnail(&pipeline, picture, (uint32_t)edge);
        uint64_t before = digest(pipeline.png.bytes, size);
        decode_corrupted(&pipeline, picture, corrupted);
        size = make_thumbnail(&pipeline, picture, (uint32_t)edge);
        if (digest(pipeline.png.bytes, size) != before)
            fail("the good picture's thumbnail is another one now");
        printf("the good picture gives the same thumbnail as before\n");
        publish(&pipeline, size, (struct output*)(uintptr_t)thumbnail->base);
        return EXIT_SUCCESS;
    }
    publish(&pipeline, make_thumbnail(&pipeline, picture, (uint32_t)edge),
            (struct output*)(uintptr_t)thumbnail->base);
    return EXIT_SUCCESS;
}
