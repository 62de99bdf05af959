/* The locks that the C library asks for, one for each stream and a few of its own. */
#include <stdlib.h>
#include <sys/lock.h>

#include <glacis/pd/synchronization.h>

#include "thread_control.h"

struct __lock {
    struct pd_mutex mutex;
    uint32_t depth; /* of a recursive lock: how often its owner has it */
    void* owner;    /* thread pointer; null when nobody has it */
};

struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

void __retarget_lock_init(_LOCK_T* lock)
{
    *lock = calloc(1, sizeof **lock);
    /* The caller has no way to fail. */
    if (*lock == NULL)
        pd_abort(PD_NO_MEMORY);
}

void __retarget_lock_init_recursive(_LOCK_T* lock)
{
    __retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    pd_mutex_lock(&lock->mutex);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return pd_mutex_try_lock(&lock->mutex);
}

void __retarget_lock_release(_LOCK_T lock)
{
    pd_mutex_unlock(&lock->mutex);
}

/* Only its owner ever sees itself there, so an unordered look is enough. */
static int is_mine(_LOCK_T lock, void* self)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == self;
}

static void take(_LOCK_T lock, void* self)
{
    __atomic_store_n(&lock->owner, self, __ATOMIC_RELAXED);
    lock->depth = 1;
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    void* self = glacis_thread_pointer();
    if (is_mine(lock, self)) {
        lock->depth++;
        return;
    }
    pd_mutex_lock(&lock->mutex);
    take(lock, self);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    void* self = glacis_thread_pointer();
    if (is_mine(lock, self)) {
        lock->depth++;
        return 1;
    }
    if (!pd_mutex_try_lock(&lock->mutex))
        return 0;
    take(lock, self);
    return 1;
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    if (--lock->depth > 0)
        return;
    __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
    pd_mutex_unlock(&lock->mutex);
}
