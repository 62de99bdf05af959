/* The region "counts", which parser and printer share: the parser writes, the printer reads. */
#ifndef WORDCOUNT_SHARED_H
#define WORDCOUNT_SHARED_H

#include <stdint.h>

#include "table.h"

struct shared {
    uint32_t progress; /* goes up with every document; wait and wake on it */
    uint32_t is_done;
    uint32_t documents; /* counted */
    uint32_t refused;   /* documents on which the parser died */
    uint32_t restarts;  /* of the parser */

    /* The parser's own memory across restarts. */
    uint32_t is_reading; /* 1 while it is inside a document */
    uint64_t position;   /* where that document, or the next one, begins in the text */

    struct table table;
};

#endif
