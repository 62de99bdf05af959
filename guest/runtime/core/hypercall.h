/* Shorthand for the wrappers: a hypercall with as many arguments as it has. */
#ifndef GLACIS_RUNTIME_HYPERCALL_H
#define GLACIS_RUNTIME_HYPERCALL_H

#include <glacis/pd/general.h>

static inline uint64_t glacis_address(const volatile void* pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

/* Status of a call without a value that anybody wants. */
static inline pd_status glacis_status(struct glacis_reply reply)
{
    return (pd_status)reply.status;
}

/* Status of a call; its value where the call succeeded and somebody wants it. */
static inline pd_status glacis_value(struct glacis_reply reply, uint64_t* value)
{
    if (reply.status == PD_OK && value != NULL)
        *value = reply.value;
    return (pd_status)reply.status;
}

#define GLACIS_CALL_0(number) glacis_hypercall(0, 0, 0, 0, 0, 0, (number))
#define GLACIS_CALL_1(number, a1) glacis_hypercall((a1), 0, 0, 0, 0, 0, (number))
#define GLACIS_CALL_2(number, a1, a2) glacis_hypercall((a1), (a2), 0, 0, 0, 0, (number))
#define GLACIS_CALL_3(number, a1, a2, a3) glacis_hypercall((a1), (a2), (a3), 0, 0, 0, (number))
#define GLACIS_CALL_4(number, a1, a2, a3, a4)                                                      \
    glacis_hypercall((a1), (a2), (a3), (a4), 0, 0, (number))
#define GLACIS_CALL_5(number, a1, a2, a3, a4, a5)                                                  \
    glacis_hypercall((a1), (a2), (a3), (a4), (a5), 0, (number))

#endif
