/* What a domain finds when it starts.
 *
 * The entry point of a program runs on the domain's first thread with its first argument register
 * (x86-64: RDI, AArch64: X0) holding the guest address of a `struct pd_boot_info`; the page or
 * pages that hold it are readable to the domain and writable to nobody.  Every other general
 * register is zero, the stack pointer is the 16-byte aligned top of the stack.  Offsets are from
 * the start of the boot information; strings end with a zero byte and lie inside it. */
#ifndef GLACIS_ABI_BOOT_H
#define GLACIS_ABI_BOOT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define PD_NAME_MAX 32

struct pd_boot_region {
    char name[PD_NAME_MAX]; /* zero-terminated */
    uint64_t base;          /* page-aligned guest address */
    uint64_t size;          /* bytes mapped: whole pages */
    uint64_t content_size;  /* bytes of the host file, or size for zeroed memory */
    uint32_t perm;          /* PD_PERM_* this domain has */
    uint32_t reserved;
};
static_assert(sizeof(struct pd_boot_region) == 64, "boot layout");

/* What a region begins with that the description gives an `output`: when the system has ended well,
 * that file gets the `length` bytes which follow. */
struct pd_output {
    uint64_t length; /* at most the region's size less this structure's */
};
static_assert(sizeof(struct pd_output) == 8, "boot layout");

/* The right to call an entry point of another domain (gate.h). */
struct pd_boot_gate {
    char domain[PD_NAME_MAX]; /* the callee, zero-terminated */
    char name[64];            /* of its export, zero-terminated */
    uint32_t handle;          /* 1 to GLACIS_GATES_MAX */
    uint32_t arguments;       /* register arguments that it takes */
    uint32_t min_stack;       /* bytes of stack that it needs */
    uint32_t callee;          /* the callee's number: the PD-ID of permission calls */
};
static_assert(sizeof(struct pd_boot_gate) == 112, "boot layout");

struct pd_boot_info {
    uint32_t abi_version;      /* GLACIS_ABI_VERSION */
    uint32_t size;             /* bytes of boot information, strings included */
    uint32_t domain;           /* this domain's number: the PD-ID of permission calls */
    uint32_t vcpus;            /* vCPUs of the system */
    uint32_t restarts;         /* how often this domain was restarted after a fault */
    uint32_t arguments;        /* count of arguments, argv[0] is the domain's name */
    uint32_t arguments_offset; /* the argument strings, one after the other */
    uint32_t regions;          /* count of shared regions */
    uint32_t regions_offset;   /* array of struct pd_boot_region */
    uint32_t gates;            /* count of rights to call */
    uint64_t image_base;       /* where the program was placed */
    uint64_t image_size;       /* bytes, whole pages */
    uint64_t stack_area_base;
    uint64_t stack_area_size;
    uint64_t stack_slot_size;
    uint64_t stack_guard_size;
    uint64_t main_stack;           /* stack-ID of the first thread's stack */
    uint64_t default_stack_commit; /* bytes: the description's `stack` */
    uint64_t default_stack_limit;  /* bytes: the description's `stack_limit` */
    char name[PD_NAME_MAX];
    uint32_t gates_offset; /* array of struct pd_boot_gate */
    uint32_t reserved;
};
static_assert(offsetof(struct pd_boot_info, image_base) == 40, "boot layout");
static_assert(sizeof(struct pd_boot_info) == 152, "boot layout");

#endif
