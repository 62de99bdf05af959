#include "thread_control.h"

#include <assert.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* The program's own ELF header, at the start of its image. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

enum { control_alignment = 64 };

/* The initial values of thread-local variables. */
struct image {
    const char* bytes;
    size_t file_size;
    size_t memory_size;
    size_t alignment;
};

static struct image tls_image(void)
{
    const Elf64_Ehdr* header = (const void*)__ehdr_start;
    const Elf64_Phdr* segments = (const void*)(__ehdr_start + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_TLS)
            return (struct image){__ehdr_start + segments[i].p_vaddr, segments[i].p_filesz,
                                  segments[i].p_memsz, segments[i].p_align};
    }
    return (struct image){NULL, 0, 0, 1};
}

struct glacis_thread_storage glacis_thread_storage(void)
{
    struct image image = tls_image();
    size_t before = glacis_tls_before(image.memory_size, control_alignment);
    return (struct glacis_thread_storage){before + sizeof(struct glacis_thread_control),
                                          control_alignment};
}

struct glacis_thread_control* glacis_thread_prepare(void* storage)
{
    struct image image = tls_image();
    struct glacis_thread_control* control =
        (void*)((char*)storage + glacis_tls_before(image.memory_size, control_alignment));
    char* variables = glacis_tls_variables(control, image.memory_size, image.alignment);
    memcpy(variables, image.bytes, image.file_size);
    memset(variables + image.file_size, 0, image.memory_size - image.file_size);
    memset(control, 0, sizeof *control);
    control->self = control;
    return control;
}

void glacis_run_destructors(void)
{
    struct glacis_thread_control* control = glacis_this_thread();
    while (control->destructors != NULL) {
        struct glacis_destructor* destructor = control->destructors;
        control->destructors = destructor->next;
        destructor->function(destructor->object);
        free(destructor);
    }
}
