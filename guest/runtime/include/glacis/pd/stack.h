/* Stacks. The supervisor owns their storage; a domain asks for them and runs threads on them.
 *
 *   slot:  [ guard, never mapped | room to grow | committed ]
 *          ^ stack-ID                                       ^ top
 *
 * Threads started with pd_thread_start get theirs by themselves; these calls are for programs that
 * manage stacks. */
#ifndef GLACIS_PD_STACK_H
#define GLACIS_PD_STACK_H

#include <glacis/pd/general.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stack-ID: the address at which the stack's slot begins. 0 is none. */
typedef uint64_t pd_stack;

/* A stack of `commit` bytes that may grow to `limit` (0: `commit`), in the slot at address `slot`
 * or in any (PD_ANY_SLOT). `manager` is the domain that may activate it for its threads, PD_SELF
 * for the caller. (MMP: mmp_alloc(stack).) PD_REGION_CONFLICT: the named slot is taken. PD_NO_SLOT,
 * PD_QUOTA_STACKS, PD_QUOTA_STACK_BYTES, PD_HOST_*: nothing to be had. PD_MISALIGNED,
 * PD_EMPTY_RANGE, PD_TOO_LARGE, PD_BAD_ARGUMENT, PD_BAD_HANDLE: asked wrongly. */
pd_status pd_stack_alloc(size_t commit, size_t limit, uint64_t slot, uint32_t manager,
                         pd_stack* stack);

/* Only its creator, and only while no thread uses it: PD_NOT_OWNER, PD_IN_USE, PD_BAD_HANDLE. */
pd_status pd_stack_free(pd_stack stack);

/* Commits more of it: `commit` bytes altogether, at most its limit. Only its creator. */
pd_status pd_stack_grow(pd_stack stack, size_t commit);

/* Makes `stack` the active stack of the calling thread. (MMP: mmp_set_stack.)
 * With PD_OK this returns only if it was active already: otherwise the caller's own frames are out
 * of reach from that moment on. To change stacks use pd_stack_run_on. PD_NOT_PERMITTED, PD_IN_USE,
 * PD_BAD_HANDLE; PD_BAD_ARGUMENT for another vCPU than the caller's. */
pd_status pd_stack_activate(pd_stack stack, uint32_t vcpu);

/* Runs function(argument) on another stack of this domain, from its top, and comes back; `value`
 * gets what it returned. While it runs, the caller's stack is inactive: a pointer into the caller's
 * frames faults, so `argument` must not be one. Thread-local variables stay the same. The function
 * may not free or give away the caller's stack. Statuses of pd_stack_activate. */
pd_status pd_stack_run_on(pd_stack stack, uint64_t (*function)(void*), void* argument,
                          uint64_t* value);

/* What `domain` may do with committed pages of the calling thread's own, active stack.
 * (MMP: mmp_supr_set_perm.) PD_NOT_ACTIVE, PD_NOT_COMMITTED, PD_NOT_PERMITTED, ... */
pd_status pd_stack_set_permission(void* address, size_t length, uint32_t permission,
                                  uint32_t domain, uint32_t flags);

/* Size, limit and high-water mark. Creator or thread manager. */
pd_status pd_stack_query(pd_stack stack, struct pd_stack_info* information);

/* The stack that the calling thread runs on. No hypercall. */
pd_stack pd_stack_current(void);

/* First address above a stack. No hypercall. */
void* pd_stack_top(pd_stack stack);

#ifdef __cplusplus
}
#endif

#endif
