/* What the domain was started with. The supervisor wrote it; it is trusted. */
#include <glacis/pd/general.h>

#include "names.h"

/* Set by crt0 before anything else runs. */
const struct pd_boot_info* glacis_boot_information;

const struct pd_boot_info* pd_boot(void)
{
    return glacis_boot_information;
}

static const char* at_offset(uint32_t offset)
{
    return (const char*)glacis_boot_information + offset;
}

const char* pd_argument(size_t index)
{
    if (index >= glacis_boot_information->arguments)
        return NULL;
    const char* argument = at_offset(glacis_boot_information->arguments_offset);
    for (; index > 0; index--) {
        while (*argument != '\0')
            argument++;
        argument++;
    }
    return argument;
}

const struct pd_boot_region* pd_region_find(const char* name)
{
    const void* regions = at_offset(glacis_boot_information->regions_offset);
    const struct pd_boot_region* region = regions;
    for (uint32_t i = 0; i < glacis_boot_information->regions; i++) {
        if (glacis_is_same_name(region[i].name, name))
            return &region[i];
    }
    return NULL;
}
