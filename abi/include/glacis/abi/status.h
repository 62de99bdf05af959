/* Status codes of hypercalls.  Stable: a code is never reused for another meaning.
 *
 * GLACIS_STATUS_LIST(X) expands X(NAME, value, text) for each code, so that C, C++ and the
 * documentation name them from one place.  A failed call changes nothing (promise G3). */
#ifndef GLACIS_ABI_STATUS_H
#define GLACIS_ABI_STATUS_H

#define GLACIS_STATUS_LIST(X)                                                                      \
    X(OK, 0, "success")                                                                            \
    X(UNKNOWN_CALL, 1, "no hypercall has this number")                                             \
    X(BAD_ARGUMENT, 2, "an argument is outside its allowed values")                                \
    X(BAD_POINTER, 3, "an argument pointer is null or not accessible to the caller")               \
    X(BAD_HANDLE, 4, "no such object, or it is gone")                                              \
    X(MISALIGNED, 5, "address or length is not a multiple of what the call asks for")              \
    X(EMPTY_RANGE, 6, "the range has no bytes")                                                    \
    X(RANGE_OVERFLOW, 7, "the range wraps around or ends past the address space")                  \
    X(NOT_OWNER, 8, "the caller does not own all of the range or object")                          \
    X(NOT_COMMITTED, 9, "part of the range is not committed or not allocated")                     \
    X(NO_SLOT, 10, "no free slot in the stack area")                                               \
    X(REGION_CONFLICT, 11, "the named slot is taken")                                              \
    X(QUOTA, 12, "a limit that every domain has alike is reached")                                 \
    X(NO_MEMORY, 13, "not enough free guest memory in one piece")                                  \
    X(HOST_NO_MEMORY, 14, "the host refused memory (ENOMEM, EAGAIN)")                              \
    X(HOST_CONFLICT, 15, "the host already has something there (EEXIST)")                          \
    X(HOST_FAILED, 16, "another host call failed")                                                 \
    X(TOO_LARGE, 17, "larger than the slot, the guard or the area allows")                         \
    X(NOT_ACTIVE, 18, "the stack is not the one active on the calling vCPU")                       \
    X(IN_USE, 19, "the stack is active, belongs to a thread, or another call works on it")         \
    X(NOT_PERMITTED, 20, "the caller has no right to do this with the object it names")            \
    X(TRY_AGAIN, 21, "the word did not hold the expected value")                                   \
    X(TIMED_OUT, 22, "the time given has passed")                                                  \
    X(DEADLOCK, 23, "a thread cannot wait for itself")                                             \
    X(STOPPED, 24, "the thread or its domain was stopped before it could answer")                  \
    X(NOT_RUNNING, 25, "the domain to be called has ended or is being stopped")                    \
    X(CALLEE_FAULTED, 26, "the call was cut short: the callee faulted")                            \
    X(CALLEE_STOPPED, 27, "the call was cut short: the callee's domain was stopped")               \
    X(CALL_TIME_LIMIT, 28, "the call was cut short: it took longer than its time limit")           \
    X(CALL_DEPTH, 29, "the thread is in as many calls as it may be")                               \
    X(STACK_TOO_SMALL, 30, "less of the stack is left than the callee needs")                      \
    X(NOT_IN_CALL, 31, "a return without a call, or an end of the thread within one")              \
    X(QUOTA_MEMORY, 32, "the domain's quota of memory is used up")                                 \
    X(QUOTA_STACKS, 33, "the domain's quota of stacks is used up")                                 \
    X(QUOTA_STACK_BYTES, 34, "the domain's quota of committed stack bytes is used up")             \
    X(QUOTA_THREADS, 35, "the domain's quota of threads is used up")                               \
    X(QUOTA_GRANTS, 36, "the domain's quota of grants is used up")                                 \
    X(BAD_PROGRAM, 37, "the bytes are not a domain program that can run here")                     \
    X(QUOTA_TOO_SMALL, 38, "the quota for a child leaves no room for its own program")             \
    X(NO_PLACE, 39, "no more domains are possible, or none so deep below others")                  \
    X(QUOTA_DOMAINS, 40, "the domain's quota of children is used up")                              \
    X(NOT_READY, 41, "the thread waits for something, or has ended: it cannot run")

#define GLACIS_STATUS_ENUMERATOR(name, value, text) PD_##name = (value),
#ifndef __ASSEMBLER__
#ifdef __cplusplus
enum pd_status : unsigned
#else
typedef enum pd_status
#endif
{ GLACIS_STATUS_LIST(GLACIS_STATUS_ENUMERATOR) PD_STATUS_COUNT }
#ifndef __cplusplus
pd_status
#endif
;
#endif

#endif
