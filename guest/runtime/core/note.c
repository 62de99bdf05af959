/* The note by which the loader knows the program (abi/note.h). Linked into every program. */
#include <glacis/abi/note.h>
#include <glacis/abi/version.h>

struct abi_note {
    uint32_t name_size;
    uint32_t descriptor_size;
    uint32_t type;
    char name[8];
    struct glacis_note_abi descriptor;
};
static_assert(sizeof GLACIS_NOTE_OWNER <= 8, "the owner's name is padded to 8 bytes");

__attribute__((section(".note.glacis"), used, aligned(4))) const struct abi_note glacis_abi_note = {
    .name_size = sizeof GLACIS_NOTE_OWNER,
    .descriptor_size = sizeof(struct glacis_note_abi),
    .type = GLACIS_NOTE_ABI,
    .name = GLACIS_NOTE_OWNER,
    .descriptor = {.abi_version = GLACIS_ABI_VERSION, .flags = 0},
};
