/* What the programs of this example share. */
#ifndef STACK_FAULTS_H
#define STACK_FAULTS_H

#include <stddef.h>
#include <stdint.h>

#include <glacis/pd.h>

/* Runs as a thread of its own; gets the program's first argument. */
uint64_t culprit(void* argument);

/* An array in the frame of the neighbour, a sleeping thread whose stack lies in the slot below the
 * culprit's. */
extern unsigned char* neighbour_array;
enum { neighbour_array_size = 64 * 1024 };

/* For the culprit that got away with it: says what it did, lets the neighbour look at its array,
 * and ends the program. */
_Noreturn void go_on(const char* what);

#endif
