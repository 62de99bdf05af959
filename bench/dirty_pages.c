/* Writes to some pages of a region, for the host to see what it takes to bring them back.
 * Arguments: the region's name, and how many pages. */
#include <stdint.h>
#include <stdlib.h>

#include <glacis/abi/layout.h>
#include <glacis/pd.h>

int main(int count, char** arguments)
{
    if (count != 3)
        return 2;
    const struct pd_boot_region* region = pd_region_find(arguments[1]);
    const uint64_t pages = strtoul(arguments[2], NULL, 10);
    if (!region || pages * GLACIS_PAGE_SIZE > region->size)
        return 3;
    volatile uint8_t* bytes = (volatile uint8_t*)region->base;
    for (uint64_t page = 0; page < pages; page++)
        bytes[page * GLACIS_PAGE_SIZE]++;
    return 0;
}
