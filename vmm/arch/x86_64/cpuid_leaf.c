#include "arch/x86_64/cpuid_leaf.h"

#include <string.h>
#include <sys/platform/x86.h>

void glacis_known_cpuid(enum glacis_cpuid_leaf leaf, uint32_t registers[4])
{
    static const unsigned indices[] = {
        [glacis_cpuid_1] = CPUID_INDEX_1,
        [glacis_cpuid_7] = CPUID_INDEX_7,
        [glacis_cpuid_80000001] = CPUID_INDEX_80000001,
        [glacis_cpuid_80000008] = CPUID_INDEX_80000008,
    };
    const struct cpuid_feature* known = __x86_get_cpuid_feature_leaf(indices[leaf]);
    memcpy(registers, known->cpuid_array, sizeof known->cpuid_array);
}
