/* Threads of the calling domain. */
#ifndef GLACIS_PD_THREAD_H
#define GLACIS_PD_THREAD_H

#include <glacis/pd/stack.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A thread's handle. 0 is none. */
typedef uint64_t pd_thread;

struct pd_thread_options {
    const char* name;    /* at most PD_NAME_MAX - 1 characters; null: none */
    size_t stack_commit; /* bytes, whole pages; 0: as the description says for this domain */
    size_t stack_limit;  /* bytes it may grow to; 0: as above, at least stack_commit */
    pd_stack stack; /* run on this stack of the domain and leave it to its owner; 0: allocate one */
    uint32_t flags; /* PD_THREAD_* */
};

/* Starts a thread that runs function(argument) on a stack of its own, and ends with what it
 * returns. `options` may be null. The argument must not point into a stack: no thread reaches
 * another's. Unless PD_THREAD_DETACHED is among the flags, somebody must join it, which frees its
 * stack. PD_NO_SLOT, PD_QUOTA*, PD_NO_MEMORY, PD_HOST_*: nothing to be had; PD_TOO_LARGE: the stack
 * is larger than a slot takes. Not in bare programs. */
pd_status pd_thread_start(uint64_t (*function)(void*), void* argument,
                          const struct pd_thread_options* options, pd_thread* thread);

/* Waits until a thread of this domain has ended, takes what it returned and frees its stack. One
 * thread may do that once. PD_FOREVER is a timeout too. PD_TIMED_OUT, PD_DEADLOCK (itself),
 * PD_BAD_HANDLE (no such thread, or joined already, or detached). */
pd_status pd_thread_join(pd_thread thread, uint64_t timeout_ns, uint64_t* value);

/* Ends the calling thread. The domain ends with its last one. */
PD_NO_RETURN void pd_thread_exit(uint64_t value);

/* Lets other ready threads run first. */
void pd_thread_yield(void);

void pd_thread_sleep(uint64_t nanoseconds);

pd_thread pd_thread_self(void);

/* What the thread manager is told of a thread of this domain: of the calling one (0, or its handle)
 * at once, which decides anew whether it goes on; of another one when it becomes able to run next.
 * round_robin takes it as a priority, 0 to 31. New threads begin with that of their creator, the
 * first one with 0. Without a manager it means nothing. PD_BAD_HANDLE. */
pd_status pd_thread_set_parameter(pd_thread thread, uint64_t parameter);

/* Sleeps while *word holds `expected`, until pd_thread_wake at the same address (of this domain or
 * of another one that shares the page) or until the timeout has passed. Check and falling asleep
 * are one step against a wake. PD_OK says that there was a wake, or none: look at the word again.
 * PD_TRY_AGAIN (another value), PD_TIMED_OUT, PD_MISALIGNED, PD_BAD_POINTER. */
pd_status pd_thread_wait(const volatile void* word, uint32_t expected, uint64_t timeout_ns);

/* Wakes at most `count` threads that wait at that address; `woken` gets how many. */
pd_status pd_thread_wake(const volatile void* word, uint64_t count, uint64_t* woken);

/* ---- below pd_thread_start ----------------------------------------------------------------- */

/* The hypercall itself: a thread at `entry` with `argument` in the first argument register, the
 * stack pointer at the top of `stack`, `thread_pointer` in the thread register. A C function is no
 * entry: it expects a return address. Use glacis_thread_entry, whose argument is a struct
 * glacis_thread_start that outlives the thread's start and lies in no stack. */
pd_status pd_thread_create(void (*entry)(void*), void* argument, pd_stack stack,
                           void* thread_pointer, uint32_t flags, const char* name,
                           pd_thread* thread);

struct glacis_thread_start {
    uint64_t (*function)(void*);
    void* argument;
};
void glacis_thread_entry(void* start);

#ifdef __cplusplus
}
#endif

#endif
