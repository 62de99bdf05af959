/* What the runtime keeps for each thread, at its thread pointer.
 *
 * It lies on the heap (the first thread's in the image), not on the thread's stack: a thread may
 * change stacks and keeps its variables, and the thread that joins it must reach this too. */
#ifndef GLACIS_RUNTIME_THREAD_CONTROL_H
#define GLACIS_RUNTIME_THREAD_CONTROL_H

#include <reent.h>
#include <stddef.h>
#include <stdint.h>

#include <glacis/pd/thread.h>

#include "thread_pointer.h"

/* A destructor of a thread-local object of C++. */
struct glacis_destructor {
    struct glacis_destructor* next;
    void (*function)(void*);
    void* object;
};

struct glacis_thread_control {
    void* self;                /* its own address: the ABI asks for it */
    uint64_t abi[4];           /* the ABI's: unused here */
    uint64_t stack_canary;     /* where -fstack-protector looks for it (FS:0x28) */
    struct _reent* reentrancy; /* errno and the C library's other variables of this thread */
    struct glacis_destructor* destructors;
    void* unused_reentrancy; /* room for reentrancy while that is null */

    /* Of threads that pd_thread_start made; zero for the first one. */
    struct glacis_thread_start start;
    struct glacis_thread_control* next; /* in the table of threads */
    pd_thread handle;
    pd_stack own_stack; /* that the runtime allocated for it; 0: none */
    void* storage;      /* the allocation that holds this */
    uint32_t detached;  /* 1: nobody joins; the storage is freed when `ended` says so */
    uint32_t ended;     /* 1: the thread touches its storage no more */
};

/* program.ld reserves as much as this for the first thread's. */
static_assert(sizeof(struct glacis_thread_control) <= 512, "program.ld reserves 512 bytes");

static inline struct glacis_thread_control* glacis_this_thread(void)
{
    return (struct glacis_thread_control*)glacis_thread_pointer();
}

/* Bytes of storage for a thread, and its alignment. */
struct glacis_thread_storage {
    size_t size;
    size_t alignment;
};
struct glacis_thread_storage glacis_thread_storage(void);

/* Fills storage of that size and alignment with initial variables and an empty control block. */
struct glacis_thread_control* glacis_thread_prepare(void* storage);

/* For threads of other domains (visitor.c); once, before main. */
void glacis_visitor_prepare(void);

/* Runs and frees the calling thread's destructors, the latest first. */
void glacis_run_destructors(void);

#endif
