/* Mutexes, condition variables, semaphores and once, on top of wait and wake: without contention
 * they cost no hypercall. All are usable when zero-initialised, lie in memory that every thread
 * concerned reaches (no stack), and work between domains in a shared region as well, where a domain
 * that dies with a mutex locked leaves it locked. */
#ifndef GLACIS_PD_SYNCHRONIZATION_H
#define GLACIS_PD_SYNCHRONIZATION_H

#include <stdbool.h>

#include <glacis/pd/general.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Not recursive. */
struct pd_mutex {
    uint32_t state; /* 0 free, 1 locked, 2 locked and somebody may be waiting */
};
void pd_mutex_lock(struct pd_mutex* mutex);
bool pd_mutex_try_lock(struct pd_mutex* mutex);
/* Precondition: the calling thread has locked it. */
void pd_mutex_unlock(struct pd_mutex* mutex);

struct pd_condition {
    uint32_t sequence;
    uint32_t waiters;
};
/* Unlocks the mutex, waits for a signal and locks it again. Wakes without a cause happen: wait in a
 * loop. PD_OK or PD_TIMED_OUT; the mutex is locked either way. */
pd_status pd_condition_wait(struct pd_condition* condition, struct pd_mutex* mutex,
                            uint64_t timeout_ns);
void pd_condition_signal(struct pd_condition* condition);
void pd_condition_broadcast(struct pd_condition* condition);

struct pd_semaphore {
    uint32_t count;
    uint32_t waiters;
};
/* PD_OK or PD_TIMED_OUT. */
pd_status pd_semaphore_acquire(struct pd_semaphore* semaphore, uint64_t timeout_ns);
void pd_semaphore_release(struct pd_semaphore* semaphore);

struct pd_once {
    uint32_t state; /* 0 not yet, 1 running, 2 running and somebody waits, 3 done */
};
/* Returns after `function` has run once, whoever ran it. */
void pd_once_run(struct pd_once* once, void (*function)(void));

#ifdef __cplusplus
}
#endif

#endif
