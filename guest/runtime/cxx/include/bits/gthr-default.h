// The thread layer under libstdc++'s headers, on top of Glacis: std::mutex, std::lock_guard and the
// counts of std::shared_ptr use it. Found before the POSIX one.
#ifndef _GLIBCXX_GCC_GTHR_DEFAULT_H
#define _GLIBCXX_GCC_GTHR_DEFAULT_H

#include <errno.h>

#include <glacis/pd/synchronization.h>
#include <glacis/pd/thread.h>

#define __GTHREADS 1
#define __GTHREADS_CXX0X 1
#define __GTHREAD_HAS_COND 1

typedef pd_thread __gthread_t;
typedef struct pd_once __gthread_once_t;
typedef struct pd_mutex __gthread_mutex_t;
typedef struct pd_condition __gthread_cond_t;
typedef struct {
    struct pd_mutex mutex;
    pd_thread owner;
    unsigned depth;
} __gthread_recursive_mutex_t;
typedef struct {
    long tv_sec;
    long tv_nsec;
} __gthread_time_t;

#define __GTHREAD_ONCE_INIT                                                                        \
    {                                                                                              \
        0                                                                                          \
    }
#define __GTHREAD_MUTEX_INIT                                                                       \
    {                                                                                              \
        0                                                                                          \
    }
#define __GTHREAD_COND_INIT                                                                        \
    {                                                                                              \
        0, 0                                                                                       \
    }
#define __GTHREAD_RECURSIVE_MUTEX_INIT                                                             \
    {                                                                                              \
        {0}, 0, 0                                                                                  \
    }

static inline int __gthread_active_p(void)
{
    return 1;
}

static inline int __gthread_once(__gthread_once_t* once, void (*function)(void))
{
    pd_once_run(once, function);
    return 0;
}

static inline __gthread_t __gthread_self(void)
{
    return pd_thread_self();
}

static inline int __gthread_equal(__gthread_t left, __gthread_t right)
{
    return left == right;
}

static inline int __gthread_yield(void)
{
    pd_thread_yield();
    return 0;
}

static inline int __gthread_mutex_lock(__gthread_mutex_t* mutex)
{
    pd_mutex_lock(mutex);
    return 0;
}

static inline int __gthread_mutex_trylock(__gthread_mutex_t* mutex)
{
    return pd_mutex_try_lock(mutex) ? 0 : EBUSY;
}

static inline int __gthread_mutex_unlock(__gthread_mutex_t* mutex)
{
    pd_mutex_unlock(mutex);
    return 0;
}

static inline int __gthread_mutex_destroy(__gthread_mutex_t*)
{
    return 0;
}

static inline int __gthread_recursive_mutex_lock(__gthread_recursive_mutex_t* mutex)
{
    pd_thread self = pd_thread_self();
    if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != self) {
        pd_mutex_lock(&mutex->mutex);
        __atomic_store_n(&mutex->owner, self, __ATOMIC_RELAXED);
    }
    mutex->depth++;
    return 0;
}

static inline int __gthread_recursive_mutex_trylock(__gthread_recursive_mutex_t* mutex)
{
    pd_thread self = pd_thread_self();
    if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != self) {
        if (!pd_mutex_try_lock(&mutex->mutex))
            return EBUSY;
        __atomic_store_n(&mutex->owner, self, __ATOMIC_RELAXED);
    }
    mutex->depth++;
    return 0;
}

static inline int __gthread_recursive_mutex_unlock(__gthread_recursive_mutex_t* mutex)
{
    if (--mutex->depth == 0) {
        __atomic_store_n(&mutex->owner, 0, __ATOMIC_RELAXED);
        pd_mutex_unlock(&mutex->mutex);
    }
    return 0;
}

static inline int __gthread_recursive_mutex_destroy(__gthread_recursive_mutex_t*)
{
    return 0;
}

static inline int __gthread_cond_wait(__gthread_cond_t* condition, __gthread_mutex_t* mutex)
{
    pd_condition_wait(condition, mutex, PD_FOREVER);
    return 0;
}

static inline int __gthread_cond_wait_recursive(__gthread_cond_t* condition,
                                                __gthread_recursive_mutex_t* mutex)
{
    return __gthread_cond_wait(condition, &mutex->mutex);
}

/* `until` is a time of PD_CLOCK_REALTIME. */
static inline int __gthread_cond_timedwait(__gthread_cond_t* condition, __gthread_mutex_t* mutex,
                                           const __gthread_time_t* until)
{
    uint64_t now = 0;
    pd_clock(PD_CLOCK_REALTIME, &now);
    uint64_t end = (uint64_t)until->tv_sec * 1000000000u + (uint64_t)until->tv_nsec;
    pd_status status = pd_condition_wait(condition, mutex, end > now ? end - now : 0);
    return status == PD_TIMED_OUT ? ETIMEDOUT : 0;
}

static inline int __gthread_cond_signal(__gthread_cond_t* condition)
{
    pd_condition_signal(condition);
    return 0;
}

static inline int __gthread_cond_broadcast(__gthread_cond_t* condition)
{
    pd_condition_broadcast(condition);
    return 0;
}

static inline int __gthread_cond_destroy(__gthread_cond_t*)
{
    return 0;
}

#endif
