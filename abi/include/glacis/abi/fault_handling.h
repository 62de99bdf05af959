/* Structures of the fault calls (hypercall.h, 0x60).  C11 and C++. */
#ifndef GLACIS_ABI_FAULT_HANDLING_H
#define GLACIS_ABI_FAULT_HANDLING_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* pd_fault.flags */
#define PD_FAULT_RESUMABLE 1   /* the thread can go on at the instruction that failed */
#define PD_FAULT_HAS_ADDRESS 2 /* `address` says what was accessed */
#define PD_FAULT_OF_CHILD 4    /* the domain is a child of the caller */

/* Bytes past the stack's limit where that is no number. */
#define PD_FAULT_NOT_PAST 0xffffffffffffffff

/* A thread's registers.  `general` on x86-64: RAX RBX RCX RDX RSI RDI RBP R8 ... R15; on AArch64:
 * X0
 * ... X30.  The rest of it is 0. */
struct pd_registers {
    uint64_t general[32];
    uint64_t program_counter;
    uint64_t stack_pointer;
    uint64_t flags; /* x86-64: RFLAGS, of which a domain sets only what ring 3 may */
};
static_assert(sizeof(struct pd_registers) == 280, "ABI layout");

struct pd_fault {
    uint64_t fault;                /* OUT its handle */
    uint64_t thread;               /* OUT handle of the thread */
    uint32_t domain;               /* OUT handle of the domain */
    uint32_t fault_class;          /* OUT PD_FAULT_* of fault.h */
    uint32_t flags;                /* OUT PD_FAULT_* above */
    uint32_t access;               /* OUT the PD_PERM_* that was missing, 0 where there is none */
    uint64_t address;              /* OUT */
    uint64_t length;               /* OUT bytes, 0 where unknown */
    uint64_t stack;                /* OUT stack-ID of the thread's stack */
    uint64_t stack_bottom;         /* OUT its lowest committed address */
    uint64_t stack_top;            /* OUT */
    uint64_t stack_limit;          /* OUT bytes it may grow to */
    uint64_t stack_peak;           /* OUT bytes ever touched */
    uint64_t bytes_past_limit;     /* OUT of an overflow or underflow, or PD_FAULT_NOT_PAST */
    struct pd_registers registers; /* OUT */
};
static_assert(offsetof(struct pd_fault, address) == 32, "ABI layout");
static_assert(offsetof(struct pd_fault, registers) == 96, "ABI layout");
static_assert(sizeof(struct pd_fault) == 376, "ABI layout");
#endif
