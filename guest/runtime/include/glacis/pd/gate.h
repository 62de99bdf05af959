/* Calls from one domain into another.
 *
 * A program offers functions by naming them in its build (EXPORTS of glacis_add_program); they are
 * ordinary functions of up to six integers or pointers that return one. A description offers them
 * to others (`exports`) and gives others the right to call them (`calls`). The caller looks the
 * right up once and calls:
 *
 *     static pd_gate put;
 *     put = pd_gate_find("store", "put");
 *     uint64_t value;
 *     pd_status status = pd_gate_call_2(put, key, size, &value);
 *
 * The call runs on the caller's thread and stack, and takes no exit from the guest once it has been
 * made from the same depth of the stack before. The callee sees the stack below the caller's
 * frames, and what memory it may use by permission: a pointer is of use to it only where it was
 * granted the pages. In the callee, thread-local variables begin anew with each call.
 *
 * What a call can come back with besides PD_OK says abi/gate.h. PD_CALLEE_FAULTED,
 * PD_CALLEE_STOPPED and PD_CALL_TIME_LIMIT mean that the call was cut short: what the callee held
 * then (locks, memory in a state between two others) is its own domain's affair, which as a rule is
 * stopped or started anew. No callee can give these itself. */
#ifndef GLACIS_PD_GATE_H
#define GLACIS_PD_GATE_H

#include <glacis/abi/gate.h>
#include <glacis/pd/general.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The right to call a function of another domain. 0 is none, and calling it gives PD_BAD_HANDLE. */
typedef uint32_t pd_gate;

/* By the names that the description has; 0 where it gives this domain no such right. No hypercall.
 */
pd_gate pd_gate_find(const char* domain, const char* name);

/* The number of the domain that a right leads to, for pd_memory_set_permission and the like;
 * PD_SELF for no right. It stays the same when the domain is restarted. No hypercall. */
uint32_t pd_gate_domain(pd_gate gate);

/* Calls with `count` arguments (0 to 6; PD_BAD_ARGUMENT for more, or for other than the function
 * takes). `value` gets what the function returned; it may be null. */
pd_status pd_gate_call(pd_gate gate, const uint64_t* arguments, unsigned count, uint64_t* value);

/* Lets calls in. Until a program does one of the two, its callers wait. */
pd_status pd_gate_open(void);
/* The same, and sleeps for as long as somebody may still call; for the end of a server's main. */
pd_status pd_gate_serve(void);

/* For each number of arguments. */
static inline pd_status pd_gate_call_0(pd_gate gate, uint64_t* value)
{
    return pd_gate_call(gate, NULL, 0, value);
}
static inline pd_status pd_gate_call_1(pd_gate gate, uint64_t a1, uint64_t* value)
{
    return pd_gate_call(gate, &a1, 1, value);
}
static inline pd_status pd_gate_call_2(pd_gate gate, uint64_t a1, uint64_t a2, uint64_t* value)
{
    const uint64_t arguments[] = {a1, a2};
    return pd_gate_call(gate, arguments, 2, value);
}
static inline pd_status pd_gate_call_3(pd_gate gate, uint64_t a1, uint64_t a2, uint64_t a3,
                                       uint64_t* value)
{
    const uint64_t arguments[] = {a1, a2, a3};
    return pd_gate_call(gate, arguments, 3, value);
}
static inline pd_status pd_gate_call_4(pd_gate gate, uint64_t a1, uint64_t a2, uint64_t a3,
                                       uint64_t a4, uint64_t* value)
{
    const uint64_t arguments[] = {a1, a2, a3, a4};
    return pd_gate_call(gate, arguments, 4, value);
}
static inline pd_status pd_gate_call_5(pd_gate gate, uint64_t a1, uint64_t a2, uint64_t a3,
                                       uint64_t a4, uint64_t a5, uint64_t* value)
{
    const uint64_t arguments[] = {a1, a2, a3, a4, a5};
    return pd_gate_call(gate, arguments, 5, value);
}
static inline pd_status pd_gate_call_6(pd_gate gate, uint64_t a1, uint64_t a2, uint64_t a3,
                                       uint64_t a4, uint64_t a5, uint64_t a6, uint64_t* value)
{
    const uint64_t arguments[] = {a1, a2, a3, a4, a5, a6};
    return pd_gate_call(gate, arguments, 6, value);
}

/* ---- below pd_gate_call -------------------------------------------------------------------- */

/* The call itself; `gate` as the low bits of RAX in abi/gate.h. Six arguments are read. */
struct glacis_reply glacis_gate_call(const uint64_t* arguments, uint64_t gate);

#ifdef __cplusplus
}
#endif

#endif
