/* What a thread of another domain needs here while it is in a call of an exported function. */
#ifndef GLACIS_RUNTIME_VISITOR_H
#define GLACIS_RUNTIME_VISITOR_H

#include <stdint.h>

/* Bytes of the visitor's stack, aligned to 64, that glacis_visitor_begin gets; 0: neither function
 * is called. The hosted runtime sets it before main. */
extern uint64_t glacis_visitor_size;

/* Before the exported function: makes the thread's storage in `storage` its thread pointer's. */
__attribute__((weak)) void glacis_visitor_begin(void* storage);
/* After it. */
__attribute__((weak)) void glacis_visitor_end(void);

#endif
