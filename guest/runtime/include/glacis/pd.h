/* What a domain program can ask of Glacis, in C. (In C++: glacis/pd.hpp adds types that clean up.)
 *
 * Every function that can be refused returns a pd_status and gives its results through pointers,
 * which may be null where a result is not wanted and are written only with PD_OK. Addresses and
 * lengths are in bytes, times in nanoseconds. Anything a status can be, beside what is listed with
 * a function, says abi/hypercall.h, which is also where the rules are that the supervisor checks.
 *
 * Two things differ from what one is used to:
 *
 *   - A thread reaches its own stack and no other, those of its own domain included. What is handed
 * to another thread (its argument, buffers, mutexes) lies on the heap or in static storage.
 *   - Running code is the only thing a domain does by itself: whatever needs the supervisor costs
 * an exit from the guest. */
#ifndef GLACIS_PD_H
#define GLACIS_PD_H

#include <glacis/pd/domain.h>
#include <glacis/pd/fault.h>
#include <glacis/pd/gate.h>
#include <glacis/pd/general.h>
#include <glacis/pd/group.h>
#include <glacis/pd/memory.h>
#include <glacis/pd/stack.h>
#include <glacis/pd/synchronization.h>
#include <glacis/pd/thread.h>

#endif
