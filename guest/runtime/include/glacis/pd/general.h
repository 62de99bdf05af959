/* Console, clock, random numbers, the domain's end, and what it was started with. */
#ifndef GLACIS_PD_GENERAL_H
#define GLACIS_PD_GENERAL_H

#include <stddef.h>
#include <stdint.h>

#include <glacis/abi/boot.h>
#include <glacis/abi/hypercall.h>
#include <glacis/abi/status.h>

#ifdef __cplusplus
extern "C" {
#define PD_NO_RETURN [[noreturn]]
#else
#define PD_NO_RETURN _Noreturn
#endif

/* ---- hypercalls ---------------------------------------------------------------------------- */

/* The contract as the running system has it. */
pd_status pd_abi_query(struct pd_abi_info* information);

/* Appends bytes to the domain's console; the host labels whole lines. At most PD_CONSOLE_MAX in a
 * call, PD_TOO_LARGE beyond. printf and friends are line-buffered on top of this. */
pd_status pd_console_write(const void* bytes, size_t length, size_t* taken);

/* Ends the domain with all its threads; status 0 is success. Neither flushes streams nor runs
 * handlers: exit() does. */
PD_NO_RETURN void pd_domain_exit(uint64_t status);

/* Ends the domain as faulted, class "abort"; the code is shown in the fault record. */
PD_NO_RETURN void pd_abort(uint64_t code);

/* Nanoseconds: PD_CLOCK_MONOTONIC since some moment before the system began, PD_CLOCK_REALTIME
 * since 1970. PD_BAD_ARGUMENT for another clock. */
pd_status pd_clock(uint64_t clock, uint64_t* nanoseconds);

/* Bytes of the host's random number generator, at most PD_RANDOM_MAX in a call. */
pd_status pd_random(void* bytes, size_t length);

/* Leaves a mark with two values of the caller's choice in the host's log. */
void pd_trace(uint64_t first, uint64_t second);

/* Any hypercall, by number, as abi/hypercall.h documents them; for tests and calls to come. */
struct glacis_reply {
    uint64_t status;
    uint64_t value;
};
struct glacis_reply glacis_hypercall(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                                     uint64_t a5, uint64_t a6, uint64_t number);

/* ---- what the domain was started with ------------------------------------------------------ */

/* Never null. Read-only memory of the domain. */
const struct pd_boot_info* pd_boot(void);

/* Argument `index`, counted from the domain's name at 0; null past the last. (main gets copies.) */
const char* pd_argument(size_t index);

/* The shared region of that name; null if the description gives this domain none. */
const struct pd_boot_region* pd_region_find(const char* name);

/* ---- statuses for people ------------------------------------------------------------------- */

/* "the named slot is taken"; "unknown status" for a number that is none. */
const char* pd_status_text(pd_status status);
/* "REGION_CONFLICT" */
const char* pd_status_name(pd_status status);
/* Prints "what: text of the status" to standard error. Not in bare programs. */
void pd_perror(const char* what, pd_status status);

#ifdef __cplusplus
}
#endif

#endif
