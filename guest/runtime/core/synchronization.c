/* The states and who may change them how are in the header. */
#include <glacis/pd/synchronization.h>
#include <glacis/pd/thread.h>

enum { free_now, locked, contended };

/* ---- mutex --------------------------------------------------------------------------------- */

bool pd_mutex_try_lock(struct pd_mutex* mutex)
{
    uint32_t expected = free_now;
    return __atomic_compare_exchange_n(&mutex->state, &expected, locked, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

void pd_mutex_lock(struct pd_mutex* mutex)
{
    if (pd_mutex_try_lock(mutex))
        return;
    /* Whoever had to wait cannot know whether others still do: it takes the mutex as contended. */
    while (__atomic_exchange_n(&mutex->state, contended, __ATOMIC_ACQUIRE) != free_now)
        pd_thread_wait(&mutex->state, contended, PD_FOREVER);
}

void pd_mutex_unlock(struct pd_mutex* mutex)
{
    if (__atomic_exchange_n(&mutex->state, free_now, __ATOMIC_RELEASE) == contended)
        pd_thread_wake(&mutex->state, 1, NULL);
}

/* ---- condition variable -------------------------------------------------------------------- */

pd_status pd_condition_wait(struct pd_condition* condition, struct pd_mutex* mutex,
                            uint64_t timeout_ns)
{
    __atomic_add_fetch(&condition->waiters, 1, __ATOMIC_SEQ_CST);
    uint32_t sequence = __atomic_load_n(&condition->sequence, __ATOMIC_SEQ_CST);
    pd_mutex_unlock(mutex);
    pd_status status = pd_thread_wait(&condition->sequence, sequence, timeout_ns);
    __atomic_sub_fetch(&condition->waiters, 1, __ATOMIC_SEQ_CST);
    pd_mutex_lock(mutex);
    return status == PD_TIMED_OUT ? PD_TIMED_OUT : PD_OK;
}

static void wake(struct pd_condition* condition, uint64_t count)
{
    __atomic_add_fetch(&condition->sequence, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&condition->waiters, __ATOMIC_SEQ_CST) > 0)
        pd_thread_wake(&condition->sequence, count, NULL);
}

void pd_condition_signal(struct pd_condition* condition)
{
    wake(condition, 1);
}

void pd_condition_broadcast(struct pd_condition* condition)
{
    wake(condition, UINT64_MAX);
}

/* ---- semaphore ----------------------------------------------------------------------------- */

static bool take_one(struct pd_semaphore* semaphore)
{
    uint32_t count = __atomic_load_n(&semaphore->count, __ATOMIC_RELAXED);
    while (count > 0) {
        if (__atomic_compare_exchange_n(&semaphore->count, &count, count - 1, true,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    }
    return false;
}

pd_status pd_semaphore_acquire(struct pd_semaphore* semaphore, uint64_t timeout_ns)
{
    uint64_t now = 0;
    uint64_t deadline = PD_FOREVER;
    if (take_one(semaphore))
        return PD_OK;
    if (timeout_ns != PD_FOREVER && pd_clock(PD_CLOCK_MONOTONIC, &now) == PD_OK &&
        __builtin_add_overflow(now, timeout_ns, &deadline))
        deadline = PD_FOREVER;

    pd_status status = PD_OK;
    __atomic_add_fetch(&semaphore->waiters, 1, __ATOMIC_SEQ_CST);
    while (!take_one(semaphore)) {
        uint64_t left = PD_FOREVER;
        if (deadline != PD_FOREVER) {
            pd_clock(PD_CLOCK_MONOTONIC, &now);
            left = now < deadline ? deadline - now : 0;
        }
        if (pd_thread_wait(&semaphore->count, 0, left) == PD_TIMED_OUT) {
            status = take_one(semaphore) ? PD_OK : PD_TIMED_OUT;
            break;
        }
    }
    __atomic_sub_fetch(&semaphore->waiters, 1, __ATOMIC_SEQ_CST);
    return status;
}

void pd_semaphore_release(struct pd_semaphore* semaphore)
{
    __atomic_add_fetch(&semaphore->count, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&semaphore->waiters, __ATOMIC_SEQ_CST) > 0)
        pd_thread_wake(&semaphore->count, 1, NULL);
}

/* ---- once ---------------------------------------------------------------------------------- */

enum { not_yet, running, awaited, done };

void pd_once_run(struct pd_once* once, void (*function)(void))
{
    uint32_t state = not_yet;
    if (__atomic_load_n(&once->state, __ATOMIC_ACQUIRE) == done)
        return;
    if (__atomic_compare_exchange_n(&once->state, &state, running, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE)) {
        function();
        if (__atomic_exchange_n(&once->state, done, __ATOMIC_ACQ_REL) == awaited)
            pd_thread_wake(&once->state, UINT64_MAX, NULL);
        return;
    }
    while (state != done) {
        if (state == awaited || __atomic_compare_exchange_n(&once->state, &state, awaited, false,
                                                            __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
            pd_thread_wait(&once->state, awaited, PD_FOREVER);
        state = __atomic_load_n(&once->state, __ATOMIC_ACQUIRE);
    }
}
