/* Hypercalls: what a domain can ask of the supervisor.  C11, C++ and assembler.
 *
 * How a call is made.  The caller puts the number and up to six arguments into registers and calls
 * the gate page (`call GLACIS_GATE_BASE` / `blr`), which returns to it.
 *
 *              number   a1   a2   a3   a4   a5   a6     status   value    also lost
 *   x86-64     RAX      RDI  RSI  RDX  R10  R8   R9     RAX      RDX      RCX, R11
 *   AArch64    X8       X0   X1   X2   X3   X4   X5     X0       X1       X16, X17, X30
 *
 * Everything else, flags excepted, is preserved.  Any thread of any domain may make any call; what
 * the call then checks is said with it.  Addresses and lengths are in bytes.  Structures are read
 * from the caller's memory once, or written once, and checked to be wholly accessible to it first:
 * a bad pointer gives PD_BAD_POINTER.  A status other than PD_OK means that nothing has changed.
 *
 * Statuses any call can return: PD_UNKNOWN_CALL; PD_BAD_ARGUMENT for flags that are not defined;
 * PD_STOPPED while the calling code's domain is being stopped.
 * Below, each call lists what else it returns.  Groups are 16 numbers each; gaps are reserved. */
#ifndef GLACIS_ABI_HYPERCALL_H
#define GLACIS_ABI_HYPERCALL_H

#include "layout.h"
#include "status.h"

/* ---- general ----------------------------------------------------------------------------------
 */

/* a1 OUT struct pd_abi_info*, a2 its size.  Writes at most a2 bytes.  value: bytes written.
 * BAD_POINTER, EMPTY_RANGE. */
#define GLACIS_CALL_ABI_INFO 0x00
/* a1 IN bytes, a2 length (0 to PD_CONSOLE_MAX).  Appends to the domain's console; lines of
 * different domains are never mixed.  value: bytes taken.  BAD_POINTER, TOO_LARGE. */
#define GLACIS_CALL_CONSOLE_WRITE 0x01
/* a1 exit status (0 is success).  Ends the domain with all its threads.  Does not return. */
#define GLACIS_CALL_DOMAIN_EXIT 0x02
/* a1 PD_CLOCK_*.  value: nanoseconds.  BAD_ARGUMENT. */
#define GLACIS_CALL_CLOCK 0x03
/* a1 OUT bytes, a2 length (0 to PD_RANDOM_MAX).  From the host's random number generator.
 * BAD_POINTER, TOO_LARGE. */
#define GLACIS_CALL_RANDOM 0x04
/* a1, a2: any two values.  Logged with domain, thread and vCPU; no other effect. */
#define GLACIS_CALL_TRACE 0x05
/* Ends the calling domain as faulted with class "abort"; a1 is shown in the record.  Does not
 * return. */
#define GLACIS_CALL_ABORT 0x06

/* ---- memory -----------------------------------------------------------------------------------
 */

/* a1 length (page multiple), a2 PD_PERM_* for the caller.  Zeroed pages, owned by the caller, at an
 * address of the supervisor's choice.  value: address.
 * EMPTY_RANGE, MISALIGNED, BAD_ARGUMENT (write and execute together), QUOTA_MEMORY, NO_MEMORY,
 * HOST_*. */
#define GLACIS_CALL_MEMORY_ALLOC 0x10
/* a1 address, a2 length: pages the caller owns, from one allocation or several.  Every domain loses
 * them before the call returns; they are zeroed before anybody gets them again.
 * MISALIGNED, EMPTY_RANGE, RANGE_OVERFLOW, NOT_COMMITTED, NOT_OWNER, IN_USE, QUOTA_GRANTS (cuts
 * a stretch that others may use). */
#define GLACIS_CALL_MEMORY_FREE 0x11
/* a1 address, a2 length, a3 PD_PERM_* (0 revokes), a4 domain, a5 PD_EXCLUSIVE or 0.  Sets what
 * `domain` may do with pages that the caller owns; with PD_EXCLUSIVE every other domain, the owner
 * included, loses them.  At return no vCPU holds a translation that allows more (promise G8). (MMP:
 * mmp_set_perm.) MISALIGNED, EMPTY_RANGE, RANGE_OVERFLOW, NOT_COMMITTED, NOT_OWNER, BAD_HANDLE
 * (domain), BAD_ARGUMENT (write and execute together, or either without read), IN_USE (another call
 * works on the pages), QUOTA_GRANTS, HOST_*.
 *
 * A grant is an entry in the supervisor's record: one for each domain beside the owner and each
 * stretch of pages that are alike in owner and in what every domain may do with them. The owner
 * pays for those on its memory, a stack's creator for those on the stack. A call that cuts a
 * stretch in two, by a revocation too, needs room for both pieces; whole stretches can always be
 * revoked. */
#define GLACIS_CALL_MEMORY_SET_PERM 0x12
/* a1 address, a2 length, a3 domain.  Passes ownership of the pages on; permissions stay as they
 * are, and are the new owner's grants from now on. As MEMORY_SET_PERM, and QUOTA_MEMORY (of the
 * new owner), QUOTA_GRANTS (of either). */
#define GLACIS_CALL_MEMORY_TRANSFER 0x13
/* a1 address, a2 OUT struct pd_memory_info*.  About memory that the caller owns or has any
 * permission on; of other memory it says NOT_COMMITTED, so that a domain cannot map out its
 * neighbours. BAD_POINTER, NOT_COMMITTED. */
#define GLACIS_CALL_MEMORY_QUERY 0x14

/* A group is a set of domains, for MEMORY_SET_GROUP_PERM.  It belongs to the domain that made it,
 * which alone uses its handle; it ends with that domain.  A member that ends leaves it, and is not
 * in it again when it is restarted.  Groups hold no permissions: adding a domain grants it nothing,
 * removing one takes nothing away, and deleting a group leaves everything as it is.  None of the
 * four calls touches memory, so none waits for another. */

/* An empty group.  value: its handle, never 0, never the same again.  QUOTA (PD_GROUPS_MAX). */
#define GLACIS_CALL_GROUP_CREATE 0x15
/* a1 group.  BAD_HANDLE, NOT_OWNER. */
#define GLACIS_CALL_GROUP_DELETE 0x16
/* a1 group, a2 domain (PD_SELF: the caller).  Success too if it is a member already.
 * BAD_HANDLE (group or domain), NOT_OWNER. */
#define GLACIS_CALL_GROUP_ADD 0x17
/* a1 group, a2 domain.  Success too if it is none.  BAD_HANDLE (group or domain), NOT_OWNER. */
#define GLACIS_CALL_GROUP_REMOVE 0x18
/* a1 address, a2 length, a3 PD_PERM_* (0 revokes), a4 group, a5 PD_EXCLUSIVE or 0.  MEMORY_SET_PERM
 * for every domain that is a member now, in one step: all of them or, with any other status than
 * OK, none (promise G3), and at return on every vCPU (G8).  With PD_EXCLUSIVE every domain outside
 * the group, the owner included, loses the pages.  Each member counts as a grant.  Statuses as
 * MEMORY_SET_PERM; BAD_HANDLE and NOT_OWNER of the group come before those of the pages. */
#define GLACIS_CALL_MEMORY_SET_GROUP_PERM 0x19

/* ---- stack ------------------------------------------------------------------------------------
 */

/* a1 bytes to commit at once, a2 limit in bytes up to which it may grow (0: a1), a3 slot address or
 * PD_ANY_SLOT, a4 domain that manages threads on it (PD_SELF: the caller).  (MMP:
 * mmp_alloc(stack).) value: stack-ID, the base address of its slot; the stack's top is the end of
 * that slot. EMPTY_RANGE, MISALIGNED (sizes: page; slot address: slot), TOO_LARGE, BAD_ARGUMENT
 * (slot outside the area, limit below commit), REGION_CONFLICT (named slot taken), NO_SLOT,
 * QUOTA_STACKS, QUOTA_STACK_BYTES, BAD_HANDLE, HOST_*. */
#define GLACIS_CALL_STACK_ALLOC 0x20
/* a1 stack-ID.  Only its creator.  BAD_HANDLE, NOT_OWNER, IN_USE. */
#define GLACIS_CALL_STACK_FREE 0x21
/* a1 stack-ID, a2 bytes that shall be committed (at least what is, at most the limit).  Only its
 * creator.  BAD_HANDLE, NOT_OWNER, MISALIGNED, TOO_LARGE, BAD_ARGUMENT, QUOTA_STACK_BYTES, IN_USE,
 * HOST_*. */
#define GLACIS_CALL_STACK_GROW 0x22
/* a1 stack-ID, a2 vCPU number or PD_THIS_VCPU.  Makes this the active stack of the calling thread
 * on the calling vCPU; the one it used before becomes inactive, and the caller must leave it
 * without touching it again.  (MMP: mmp_set_stack.)  Only creator or thread manager. BAD_HANDLE,
 * NOT_PERMITTED, IN_USE (active elsewhere, or another thread's), BAD_ARGUMENT (another vCPU than
 * the calling one). */
#define GLACIS_CALL_STACK_ACTIVATE 0x23
/* a1 address, a2 length, a3 PD_PERM_* (never execute), a4 domain, a5 PD_EXCLUSIVE or 0.  Sets what
 * `domain` may do with committed pages of the stack active on the calling vCPU.  (MMP:
 * mmp_supr_set_perm.) MISALIGNED, EMPTY_RANGE, RANGE_OVERFLOW, NOT_COMMITTED, NOT_ACTIVE,
 * NOT_PERMITTED, BAD_HANDLE, BAD_ARGUMENT, IN_USE (another call works on the stack), QUOTA_GRANTS
 * (of the creator), HOST_*. */
#define GLACIS_CALL_STACK_SET_PERM 0x24
/* a1 stack-ID, a2 OUT struct pd_stack_info*.  Creator or thread manager.
 * BAD_HANDLE, NOT_PERMITTED, BAD_POINTER. */
#define GLACIS_CALL_STACK_INFO 0x25

/* ---- domain -----------------------------------------------------------------------------------
 * Domains that a domain makes, its children.  Structures: domain.h. */

/* a1 IN bytes of a domain program (an ELF file), a2 their length (at most PD_IMAGE_MAX), a3 IN
 * struct pd_domain_parameters*.  Makes a domain of the program and starts it; the caller's domain
 * is its parent.  The child gets nothing that the parent has not: its quotas are taken out of the
 * parent's until it is destroyed, and what it is granted is the parent's to grant.  value: domain
 * handle. EMPTY_RANGE, TOO_LARGE (program, arguments, number of grants, stack), BAD_POINTER
 * (program, parameters or what they point to), BAD_ARGUMENT (a member outside its values),
 * BAD_PROGRAM; of each grant MISALIGNED, EMPTY_RANGE, RANGE_OVERFLOW, NOT_COMMITTED, NOT_OWNER,
 * NOT_PERMITTED (more than the caller may with a shared region), IN_USE; QUOTA_* (of the caller),
 * QUOTA_TOO_SMALL (that of the child for its own program), NO_PLACE, NO_MEMORY, NO_SLOT, HOST_*. */
#define GLACIS_CALL_DOMAIN_CREATE 0x30
/* a1 domain handle.  Only its parent.  Ends the child and everything it made, running or not; at
 * return it is gone: threads, stacks, memory, grants, its own children, and the handle.
 * BAD_HANDLE, NOT_PERMITTED, IN_USE (another thread is about it). */
#define GLACIS_CALL_DOMAIN_DESTROY 0x31
/* a1 domain handle or PD_SELF, a2 OUT struct pd_domain_info*.  The domain itself or its parent.
 * BAD_HANDLE, NOT_PERMITTED, BAD_POINTER. */
#define GLACIS_CALL_DOMAIN_INFO 0x32
/* a1 domain handle, a2 timeout in ns or PD_FOREVER.  Only its parent.  Waits until the child has
 * ended for good (by itself, or by a fault without another restart); DOMAIN_INFO then says how. Its
 * handle and its quotas stay until it is destroyed.  value: exit value. BAD_HANDLE, NOT_PERMITTED,
 * TIMED_OUT. */
#define GLACIS_CALL_DOMAIN_WAIT 0x33

/* ---- gate: calls from one domain into another; the call itself is in gate.h -------------------
 */

/* From now on calls to the caller's entry points are let in; until then callers wait. */
#define GLACIS_CALL_GATE_OPEN 0x40
/* As GATE_OPEN, and the calling thread sleeps for as long as somebody may still call: until no
 * domain with a right to call this one, or to call one that has, has a thread left that does
 * anything but serve.  NOT_PERMITTED (within a call). */
#define GLACIS_CALL_GATE_SERVE 0x41

/* ---- thread -----------------------------------------------------------------------------------
 */

/* a1 entry address, a2 argument, a3 stack-ID, a4 thread pointer (x86-64: FS base; AArch64:
 * TPIDR_EL0), a5 PD_THREAD_* flags, a6 IN name (zero-terminated, at most PD_NAME_MAX with the zero;
 * 0: none). Starts a thread of the calling domain at `entry(argument)` with the stack pointer at
 * the top of a stack that the domain created and that no thread uses.  value: thread handle.
 * BAD_HANDLE, NOT_PERMITTED, IN_USE, QUOTA_THREADS, QUOTA (too many that nobody joins), BAD_POINTER
 * (name), BAD_ARGUMENT (entry not executable, thread pointer outside the address space). */
#define GLACIS_CALL_THREAD_CREATE 0x50
/* a1 exit value.  Ends the calling thread; the domain ends when its last thread does, with the
 * first thread's value as its status.  Does not return, but within a call: NOT_IN_CALL. */
#define GLACIS_CALL_THREAD_EXIT 0x51
/* a1 thread handle, a2 timeout in ns or PD_FOREVER.  Waits until a thread of the caller's domain
 * has ended and takes its value, once.  value: exit value. BAD_HANDLE, DEADLOCK, TIMED_OUT. */
#define GLACIS_CALL_THREAD_JOIN 0x52
/* Lets other ready threads run first. */
#define GLACIS_CALL_THREAD_YIELD 0x53
/* a1 nanoseconds. */
#define GLACIS_CALL_THREAD_SLEEP 0x54
/* a1 address of a 32-bit word (4-byte aligned, readable), a2 expected value, a3 timeout in ns or
 * PD_FOREVER.  Sleeps if the word holds the expected value, until woken.  The check and the falling
 * asleep are one step against WAKE.  TRY_AGAIN, TIMED_OUT, MISALIGNED, BAD_POINTER. */
#define GLACIS_CALL_THREAD_WAIT 0x55
/* a1 address as in WAIT (any domain's threads that wait there), a2 most threads to wake.
 * value: threads woken.  MISALIGNED, BAD_POINTER. */
#define GLACIS_CALL_THREAD_WAKE 0x56
/* value: the calling thread's handle. */
#define GLACIS_CALL_THREAD_SELF 0x57

/* Thread managers.  A domain that the description names as another's `thread_manager` decides when
 * threads of that domain run, and of the domains it makes.  Who waits for what is the supervisor's:
 * it tells the manager of each thread that has become able to run (THREAD_TAKE), and the manager
 * lends it a vCPU (THREAD_RUN), as often and as long as it likes.  The manager's own threads run
 * without one, in turns.  THREAD_RUN, THREAD_TAKE and THREAD_OFFER are for threads of a manager,
 * outside of calls; for any other, and about threads that the caller's domain does not manage:
 * NOT_PERMITTED.  Structures: thread.h. */

/* a1 thread handle, a2 nanoseconds (with PD_SLICE_UNLESS_ALONE or without) or PD_FOREVER, a3
 * parameter.  Makes the thread's stack active on
 * the calling vCPU (promise G6) and runs the thread there, in place of the caller, until something
 * happens.  With PD_RUN_SLICE_OVER, _YIELDED or _RECALLED it can run again, and nobody else is told
 * so; after the others the manager hears of it when it can.  The call ends with PD_RUN_RECALLED
 * when a thread with a parameter of a3 or more (UINT64_MAX: none) has become able to run and no
 * thread of the manager waits in THREAD_TAKE.  With PD_SLICE_UNLESS_ALONE the time ends the call
 * only when THREAD_TAKE has something to tell by then, or as soon as it has.  It can end with
 * PD_RUN_SLICE_OVER before its time, where other managers' threads wait for the vCPU.  value:
 * PD_RUN_*, and PD_RUN_NEWS if THREAD_TAKE has something to tell.  BAD_ARGUMENT (no time),
 * BAD_HANDLE, NOT_PERMITTED, IN_USE (it runs, or is about to), NOT_READY (it waits for something,
 * or has ended). */
#define GLACIS_CALL_THREAD_RUN 0x58
/* a1 OUT struct pd_thread_event*, a2 timeout in ns or PD_FOREVER.  Waits for the next thread that
 * can run and that the manager has not been told of.  value: PD_RUN_NEWS if there is another, or 0.
 * BAD_POINTER, NOT_PERMITTED, TIMED_OUT,
 * NOT_RUNNING (every domain that the caller manages has ended). */
#define GLACIS_CALL_THREAD_TAKE 0x59
/* a1 thread handle, of a thread that the manager was told of.  Forgets that: a thread of the
 * manager that waits in THREAD_TAKE, or the next that comes, is told of it anew.  BAD_HANDLE,
 * NOT_PERMITTED, IN_USE, NOT_READY. */
#define GLACIS_CALL_THREAD_OFFER 0x5a
/* a1 thread handle, 0 for the calling thread; a2 any value, which its manager is told with the
 * thread; round_robin takes it as a priority.  About itself a thread tells its manager at once:
 * with another value it gives the vCPU back (PD_RUN_WAITS) and is told of anew.  Of another thread
 * the manager hears when that becomes able to run next.  A new thread has the parameter of its
 * creator, the first one of a domain 0.  Any thread of the same domain.  BAD_HANDLE. */
#define GLACIS_CALL_THREAD_SET_PARAMETER 0x5b

/* ---- fault ------------------------------------------------------------------------------------
 * For domains that handle faults of others: those that the description names as `fault_handler`,
 * and parents of children made with PD_DOMAIN_HANDLED.  The faulted thread waits until the handler
 * has answered; without an answer in time, or once the handler has ended, the policy of its domain
 * is applied.  Structures: fault_handling.h. */

/* a1 timeout in ns or PD_FOREVER.  Waits for the next fault that the caller's domain shall handle,
 * and that no other thread of it was told of.  value: fault handle.  TIMED_OUT. */
#define GLACIS_CALL_FAULT_WAIT 0x60
/* a1 fault handle, a2 OUT struct pd_fault*.  BAD_HANDLE (none of the caller's, answered, or its
 * time is over), BAD_POINTER. */
#define GLACIS_CALL_FAULT_READ 0x61
/* a1 fault handle, a2 IN struct pd_registers* or 0.  The thread goes on where it was, with its own
 * registers or, if its domain is a child of the caller, with these.  BAD_HANDLE, BAD_POINTER,
 * NOT_PERMITTED (registers, for another domain than a child), BAD_ARGUMENT (a fault that cannot be
 * resumed; a program counter outside the address space). */
#define GLACIS_CALL_FAULT_RESUME 0x62
/* a1 fault handle.  The domain is stopped as faulted.  BAD_HANDLE. */
#define GLACIS_CALL_FAULT_KILL 0x63
/* a1 fault handle.  The domain is started anew, as by its policy.  BAD_HANDLE, QUOTA (it was
 * restarted as often as it may; the fault still waits for an answer). */
#define GLACIS_CALL_FAULT_RESTART 0x64

/* ---- constants --------------------------------------------------------------------------------
 */

#define PD_PERM_NONE 0
#define PD_PERM_READ 1
#define PD_PERM_WRITE 2
#define PD_PERM_EXECUTE 4
#define PD_EXCLUSIVE 1

/* Groups that one domain may have at a time. */
#define PD_GROUPS_MAX 64

#define PD_ANY_SLOT 0
#define PD_SELF 0xffffffff
#define PD_THIS_VCPU 0xffffffff
#define PD_FOREVER 0xffffffffffffffff

#define PD_CONSOLE_MAX 0x10000
#define PD_RANDOM_MAX 0x10000

#define PD_CLOCK_MONOTONIC 0
#define PD_CLOCK_REALTIME 1

/* Why a thread gave the vCPU back that was lent to it. */
#define PD_SLICE_UNLESS_ALONE ((uint64_t)1 << 63) /* of THREAD_RUN's time */
#define PD_RUN_SLICE_OVER 1                       /* its time is over */
#define PD_RUN_YIELDED 2
#define PD_RUN_WAITS 3   /* it sleeps, waits or joins */
#define PD_RUN_ENDED 4   /* there is no such thread any more */
#define PD_RUN_FAULTED 5 /* it waits for its fault handler's answer */
#define PD_RUN_RECALLED 6
#define PD_RUN_REASON_MASK 0xff
#define PD_RUN_NEWS 0x100

/* The stack is freed when the thread ends, and nobody may join the thread. */
#define PD_THREAD_DETACHED 1

#ifndef __ASSEMBLER__
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

struct pd_abi_info {
    uint32_t abi_version; /* OUT GLACIS_ABI_VERSION */
    uint32_t machine;     /* OUT ELF machine number: 62 x86-64, 183 AArch64 */
    uint32_t page_size;   /* OUT bytes */
    uint32_t vcpus;       /* OUT vCPUs of the system */
    uint32_t protection;  /* OUT 1 normal, 0 the unprotected baseline */
    uint32_t reserved;
};
static_assert(sizeof(struct pd_abi_info) == 24, "ABI layout");

struct pd_memory_info {
    uint64_t base;   /* OUT first address with these same rights */
    uint64_t length; /* OUT bytes */
    uint32_t owner;  /* OUT domain, or PD_SELF where the supervisor is the owner */
    uint32_t perm;   /* OUT the caller's PD_PERM_* */
};
static_assert(sizeof(struct pd_memory_info) == 24, "ABI layout");

struct pd_stack_info {
    uint64_t stack;     /* OUT stack-ID: base address of the slot */
    uint64_t top;       /* OUT first address above the stack */
    uint64_t committed; /* OUT bytes below top that are mapped */
    uint64_t limit;     /* OUT most bytes it may grow to */
    uint64_t peak;    /* OUT high-water mark: bytes below top that were ever touched, whole pages */
    uint32_t creator; /* OUT domain */
    uint32_t manager; /* OUT domain that manages threads on it */
    uint32_t vcpu;    /* OUT vCPU it is active on, PD_THIS_VCPU for none */
    uint32_t reserved;
};
static_assert(sizeof(struct pd_stack_info) == 56, "ABI layout");
#endif

#endif
