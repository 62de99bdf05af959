/* What spawner and worker share: two pieces of memory for each job. */
#ifndef GLACIS_EXAMPLES_JOB_H
#define GLACIS_EXAMPLES_JOB_H

#include <stdint.h>

/* The region "text" of a worker, which it may read: the expression, with its zero. Of its pages
 * only the first is granted at the start. The region "answer", which it may write: */
struct answer {
    uint32_t is_there;
    uint32_t is_error; /* the text is no expression */
    int64_t value;
};

#endif
