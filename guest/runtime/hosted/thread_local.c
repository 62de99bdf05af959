/* Destructors of thread-local objects: compiled C++ registers them here. */
#include <stdbool.h>
#include <stdlib.h>

#include <glacis/pd/synchronization.h>

#include "thread_control.h"

/* The first thread does not end by pd_thread_exit as a rule, but by exit. */
static void register_at_exit(void)
{
    atexit(glacis_run_destructors);
}

int __cxa_thread_atexit(void (*function)(void*), void* object, void* module)
{
    static struct pd_once once;
    (void)module;
    struct glacis_destructor* destructor = malloc(sizeof *destructor);
    if (destructor == NULL)
        return -1;
    pd_once_run(&once, register_at_exit);
    struct glacis_thread_control* control = glacis_this_thread();
    *destructor = (struct glacis_destructor){control->destructors, function, object};
    control->destructors = destructor;
    return 0;
}
