/* The ELF notes by which a domain program says what it is.  C11, C++ and assembler.
 *
 * Owner "Glacis", in a PT_NOTE segment.  Little-endian, descriptors padded to 4 bytes.
 *
 *   GLACIS_NOTE_ABI     exactly one: u32 ABI version, u32 flags (0)
 *   GLACIS_NOTE_EXPORT  any number, one for each exported entry point: struct glacis_note_export,
 *                       then the name with its terminating zero byte */
#ifndef GLACIS_ABI_NOTE_H
#define GLACIS_ABI_NOTE_H

#define GLACIS_NOTE_OWNER "Glacis"
#define GLACIS_NOTE_ABI 1
#define GLACIS_NOTE_EXPORT 2
#define GLACIS_EXPORT_NAME_MAX 64

#ifndef __ASSEMBLER__
#include <assert.h>
#include <stdint.h>

struct glacis_note_abi {
    uint32_t abi_version; /* GLACIS_ABI_VERSION */
    uint32_t flags;       /* 0 */
};
static_assert(sizeof(struct glacis_note_abi) == 8, "note layout");

struct glacis_note_export {
    uint64_t entry;     /* link-time address of the entry point */
    uint32_t min_stack; /* bytes of stack the callee needs at entry */
    uint32_t arguments; /* number of register arguments, 0 to 6 */
};
static_assert(sizeof(struct glacis_note_export) == 16, "note layout");
#endif

#endif
