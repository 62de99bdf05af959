/* For thread managers: domains that decide when threads of other domains run.
 *
 * A description makes a domain one by naming it as another's `thread_manager`.  A manager is a loop
 * around pd_thread_run, in a thread for each vCPU:
 *
 *     for (;;) {
 *         pick a thread; where there is none, pd_thread_take one
 *         pd_thread_run it
 *         unless it waits or has ended it can be picked again
 *         if there is news, pd_thread_take that
 *     }
 *
 * The supervisor tells of each thread once, when it has become able to run, and first those of the
 * manager's threads that wait in pd_thread_take.  So a loop that found nothing to do misses
 * nothing. How a manager does it that has one queue for several vCPUs: guest/manager/round_robin.c.
 */
#ifndef GLACIS_PD_MANAGER_H
#define GLACIS_PD_MANAGER_H

#include <stdbool.h>

#include <glacis/abi/thread.h>
#include <glacis/pd/thread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For pd_thread_run: no thread that becomes able to run ends the loan. */
#define PD_RUN_UNDISTURBED UINT64_MAX

/* Why a thread gave the vCPU back, and whether pd_thread_take has something to tell. */
struct pd_run {
    uint32_t reason; /* PD_RUN_SLICE_OVER, _YIELDED, _WAITS, _ENDED, _FAULTED, _RECALLED */
    bool has_news;
};

/* Lends the calling vCPU to a thread for at most `slice_ns` nanoseconds (PD_FOREVER: until
 * something happens; + PD_SLICE_UNLESS_ALONE: for longer while there is no news), or until a thread
 * with a parameter of `recall_from` or more becomes able to run that no other thread of the manager
 * takes.  PD_BAD_ARGUMENT (no time), PD_BAD_HANDLE, PD_NOT_PERMITTED (a thread that this domain
 * does not manage, or a call within a call), PD_IN_USE (it runs), PD_NOT_READY (it waits, or has
 * ended). */
pd_status pd_thread_run(pd_thread thread, uint64_t slice_ns, uint64_t recall_from,
                        struct pd_run* run);

/* The next thread that can run and that nobody was told of; waits for one.  `has_more` may be null:
 * whether there is another.  PD_TIMED_OUT, PD_NOT_RUNNING (nobody is left to be managed),
 * PD_NOT_PERMITTED, PD_BAD_POINTER. */
pd_status pd_thread_take(uint64_t timeout_ns, struct pd_thread_event* event, bool* has_more);

/* Hands a thread back that pd_thread_take has told of: another loop is told.  PD_BAD_HANDLE,
 * PD_NOT_PERMITTED, PD_IN_USE, PD_NOT_READY. */
pd_status pd_thread_offer(pd_thread thread);

#ifdef __cplusplus
}
#endif

#endif
