/* Leaves an output in the region "out": argument 1 is the length that it says, of which argument 2
 * bytes are written. */
#include "check.h"

int main(void)
{
    const struct pd_boot_region* out = pd_region_find("out");
    CHECK(out != NULL);
    struct {
        struct pd_output header;
        unsigned char bytes[];
    }* output = (void*)(uintptr_t)out->base;
    output->header.length = strtoull(pd_argument(1), NULL, 10);
    uint64_t written = strtoull(pd_argument(2), NULL, 10);
    for (uint64_t i = 0; i < written; i++)
        output->bytes[i] = (unsigned char)(i % 251);
    return 0;
}
