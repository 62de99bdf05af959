/* What the hosted runtime does when its threads end. Null in programs without it. */
#ifndef GLACIS_RUNTIME_THREAD_HOOKS_H
#define GLACIS_RUNTIME_THREAD_HOOKS_H

#include <glacis/pd/thread.h>

/* Frees what belonged to a thread that has ended and was joined. */
__attribute__((weak)) void glacis_thread_joined(pd_thread thread);

/* Last act of a thread before it ends. It may not touch thread-local storage afterwards. */
__attribute__((weak)) void glacis_thread_exiting(void);

#endif
