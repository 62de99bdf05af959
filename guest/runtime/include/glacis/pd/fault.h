/* Handling the faults of other domains: of those that the description gives this one as their
 * `fault_handler`, and of children made with PD_DOMAIN_HANDLED.
 *
 * A faulted thread waits for the answer; the other threads of its domain go on, or stop as well
 * where the description or the parent says so. What is not answered in time is dealt with by the
 * policy of its domain (`on_fault`), as if nobody had been asked; so is what is pending when the
 * handler ends. */
#ifndef GLACIS_PD_FAULT_H
#define GLACIS_PD_FAULT_H

#include <glacis/abi/fault.h>
#include <glacis/abi/fault_handling.h>
#include <glacis/pd/general.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A pending fault.  Never used twice. 0 is none. */
typedef uint64_t pd_fault_handle;

/* Waits for the next fault and says what it is; `fault->fault` is its handle. Each is told to one
 * thread. PD_TIMED_OUT. PD_BAD_HANDLE: it was over before it could be looked at, wait again. */
pd_status pd_fault_wait(uint64_t timeout_ns, struct pd_fault* fault);

/* The same fault again. PD_BAD_HANDLE: answered, or its time is over. */
pd_status pd_fault_read(pd_fault_handle handle, struct pd_fault* fault);

/* The thread tries the instruction again: something has been mapped or mended for it. With
 * registers, which only a parent may set for its child, it goes on with these instead.
 * PD_BAD_ARGUMENT: not PD_FAULT_RESUMABLE, or no place to go on at; PD_NOT_PERMITTED: not a child.
 */
pd_status pd_fault_resume(pd_fault_handle handle, const struct pd_registers* registers);

/* Its domain is stopped as faulted. */
pd_status pd_fault_kill(pd_fault_handle handle);

/* Its domain begins anew. PD_QUOTA: it has done so as often as it may. */
pd_status pd_fault_restart(pd_fault_handle handle);

/* "stack overflow"; "unknown" for a number that is no class. */
const char* pd_fault_class_name(uint32_t fault_class);

#ifdef __cplusplus
}
#endif

#endif
