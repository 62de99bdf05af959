/* pd_thread_start and what has to be tidied up when such a thread has ended.
 *
 * Storage of a joined thread is freed by the thread that joins it. Nobody joins a detached thread
 * and it cannot free what its own thread pointer points to, so the next pd_thread_start does. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <glacis/pd/synchronization.h>
#include <glacis/pd/thread.h>

#include "thread_control.h"
#include "thread_hooks.h"

enum { bucket_count = 64 };

/* Threads that have not been joined, by handle; one list for the detached ones. */
static struct glacis_thread_control* joinable[bucket_count];
static struct glacis_thread_control* detached;
static struct pd_mutex table_mutex;

static struct glacis_thread_control** bucket(pd_thread handle)
{
    return &joinable[handle % bucket_count];
}

static void insert(struct glacis_thread_control* control)
{
    struct glacis_thread_control** list = control->detached ? &detached : bucket(control->handle);
    control->next = *list;
    *list = control;
}

static struct glacis_thread_control* make_storage(void)
{
    struct glacis_thread_storage need = glacis_thread_storage();
    char* storage = memalign(need.alignment, need.size + sizeof(struct _reent));
    if (storage == NULL)
        return NULL;
    struct glacis_thread_control* control = glacis_thread_prepare(storage);
    control->storage = storage;
    control->reentrancy = (void*)(storage + need.size);
    _REENT_INIT_PTR(control->reentrancy);
    return control;
}

static void free_ended_detached(void)
{
    struct glacis_thread_control* ended = NULL;
    pd_mutex_lock(&table_mutex);
    struct glacis_thread_control** link = &detached;
    while (*link != NULL) {
        struct glacis_thread_control* control = *link;
        if (__atomic_load_n(&control->ended, __ATOMIC_ACQUIRE)) {
            *link = control->next;
            control->next = ended;
            ended = control;
        } else {
            link = &control->next;
        }
    }
    pd_mutex_unlock(&table_mutex);
    while (ended != NULL) {
        struct glacis_thread_control* next = ended->next;
        free(ended->storage);
        ended = next;
    }
}

static pd_status alloc_stack(const struct pd_thread_options* options, pd_stack* stack)
{
    const struct pd_boot_info* boot = pd_boot();
    size_t commit = options->stack_commit != 0 ? options->stack_commit : boot->default_stack_commit;
    size_t limit = options->stack_limit != 0 ? options->stack_limit : boot->default_stack_limit;
    return pd_stack_alloc(commit, limit > commit ? limit : commit, PD_ANY_SLOT, PD_SELF, stack);
}

static void free_stack(pd_stack stack)
{
    if (stack != 0)
        pd_stack_free(stack);
}

pd_status pd_thread_start(uint64_t (*function)(void*), void* argument,
                          const struct pd_thread_options* options, pd_thread* thread)
{
    static const struct pd_thread_options defaults;
    if (options == NULL)
        options = &defaults;
    if (__atomic_load_n(&detached, __ATOMIC_RELAXED) != NULL)
        free_ended_detached();

    /* Of ours only: the caller's own stack stays the caller's. */
    pd_stack own_stack = 0;
    pd_status status = options->stack == 0 ? alloc_stack(options, &own_stack) : PD_OK;
    if (status != PD_OK)
        return status;
    struct glacis_thread_control* control = make_storage();
    if (control == NULL) {
        free_stack(own_stack);
        return PD_NO_MEMORY;
    }
    control->start = (struct glacis_thread_start){function, argument};
    control->own_stack = own_stack;
    control->detached = (options->flags & PD_THREAD_DETACHED) != 0;

    /* Under the mutex, so that whoever learns the handle finds the thread in the table. */
    pd_mutex_lock(&table_mutex);
    status = pd_thread_create(glacis_thread_entry, &control->start,
                              own_stack != 0 ? own_stack : options->stack, control, options->flags,
                              options->name, &control->handle);
    if (status == PD_OK) {
        if (thread != NULL)
            *thread = control->handle;
        insert(control);
    }
    pd_mutex_unlock(&table_mutex);

    if (status != PD_OK) {
        free(control->storage);
        free_stack(own_stack);
    }
    return status;
}

void glacis_thread_exiting(void)
{
    /* Threads of pd_thread_create have nothing of ours. */
    if (!glacis_has_thread_pointer())
        return;
    glacis_run_destructors();
    struct glacis_thread_control* control = glacis_this_thread();
    if (control->storage == NULL)
        return;
    _reclaim_reent(control->reentrancy);
    __atomic_store_n(&control->ended, 1, __ATOMIC_RELEASE);
}

void glacis_thread_joined(pd_thread thread)
{
    pd_mutex_lock(&table_mutex);
    struct glacis_thread_control** link = bucket(thread);
    while (*link != NULL && (*link)->handle != thread)
        link = &(*link)->next;
    struct glacis_thread_control* control = *link;
    if (control != NULL)
        *link = control->next;
    pd_mutex_unlock(&table_mutex);
    if (control != NULL) {
        free_stack(control->own_stack);
        free(control->storage);
    }
}
