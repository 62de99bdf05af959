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
    X(QUOTA, 12, "the caller's quota is used up")                                                  \
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
    X(BAD_PROGRAM, 25, "the bytes are not a domain program that can run here")                     \
    X(QUOTA_TOO_SMALL, 26, "the quota for a child leaves no room for its own program")             \
    X(NO_PLACE, 27, "no more domains are possible, or none so deep below others")

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
