/* The expressions to be evaluated. */
#ifndef GLACIS_EXAMPLES_JOBS_H
#define GLACIS_EXAMPLES_JOBS_H

#include <stddef.h>

struct job {
    const char* title; /* for people */
    char* text;        /* whole pages, granted to the worker one by one */
    size_t size;       /* of these */
};

/* Writes job `index` into memory from pd_memory_alloc, which the caller frees; 0 when there is
 * none. */
int make_job(size_t index, struct job* job);

#endif
