/* What a thread manager is told of the threads that it manages.  C11 and C++. */
#ifndef GLACIS_ABI_THREAD_H
#define GLACIS_ABI_THREAD_H

#include <assert.h>
#include <stdint.h>

/* A thread that can run. */
struct pd_thread_event {
    uint64_t thread;    /* OUT handle */
    uint64_t parameter; /* OUT of THREAD_SET_PARAMETER */
    uint32_t domain;    /* OUT handle of its domain */
    uint32_t reserved;
};
static_assert(sizeof(struct pd_thread_event) == 24, "ABI layout");

#endif
