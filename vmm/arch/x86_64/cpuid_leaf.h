/* CPUID leaves that the C library has read at this program's start anyway.  In C, since its header
 * is C only. */
#ifndef GLACIS_VMM_ARCH_X86_64_CPUID_LEAF_H
#define GLACIS_VMM_ARCH_X86_64_CPUID_LEAF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum glacis_cpuid_leaf {
    glacis_cpuid_1,
    glacis_cpuid_7,
    glacis_cpuid_80000001,
    glacis_cpuid_80000008,
};

/* Fills `registers` with EAX, EBX, ECX and EDX as the instruction gave them; index 0 of a leaf. */
void glacis_known_cpuid(enum glacis_cpuid_leaf leaf, uint32_t registers[4]);

#ifdef __cplusplus
}
#endif

#endif
