/* One program that goes wrong in five ways: its argument says which.
 *
 * A thread, the neighbour, sleeps with a large array in its frame. Another one, the culprit, then
 * touches a stack where it must not. With protection it gets no further: the fault is named, the
 * domain stopped. Without (--protection none) it goes on and the program says what nobody noticed.
 */
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { stack_size = 16 * 1024, footprint = 0xaa, overrun = 64 };

/* ---- the ways ------------------------------------------------------------------------------ */

/* Recursion without an end: past the bottom of the stack, through its slot, into the stack below.
 */
__attribute__((noinline)) static unsigned descend(unsigned depth)
{
    volatile unsigned char frame[512];
    memset((unsigned char*)frame, footprint, sizeof frame);
    /* Only reached where nothing stops it. */
    if ((uintptr_t)frame < (uintptr_t)neighbour_array + neighbour_array_size / 2)
        go_on("recursion went on far below the stack");
    return descend(depth + 1) + frame[depth % sizeof frame];
}

/* A loop that fills a buffer on the stack and does not stop at the stack's end. */
__attribute__((noinline)) static void fill_upwards(void)
{
    unsigned char* top = pd_stack_top(pd_stack_current());
    for (volatile unsigned char* byte = __builtin_frame_address(0); byte < top + overrun; byte++)
        *byte = footprint;
    go_on("a loop wrote past the top of its stack");
}

/* A pointer into another thread's frame. */
static void write_to_neighbour(void)
{
    memset(neighbour_array, footprint, overrun);
    go_on("a thread wrote into another thread's frame");
}

static pd_stack new_stack(void)
{
    pd_stack stack = 0;
    pd_status status = pd_stack_alloc(stack_size, 0, PD_ANY_SLOT, PD_SELF, &stack);
    if (status != PD_OK) {
        pd_perror("no stack", status);
        exit(EXIT_FAILURE);
    }
    return stack;
}

static void write_below_top(pd_stack stack)
{
    volatile unsigned char* last = (unsigned char*)pd_stack_top(stack) - 1;
    *last = footprint;
    if (*last != footprint)
        exit(EXIT_FAILURE);
}

/* A pointer that outlived its stack. */
static void write_to_freed(void)
{
    pd_stack stack = new_stack();
    pd_stack_free(stack);
    write_below_top(stack);
    go_on("a stack was used after it had been freed");
}

/* A stack that nobody has made active. */
static void write_to_inactive(void)
{
    write_below_top(new_stack());
    go_on("a stack was written that is not active");
}

/* ---- the culprit --------------------------------------------------------------------------- */

uint64_t culprit(void* argument)
{
    const char* way = argument;
    if (strcmp(way, "overflow") == 0)
        return descend(0);
    if (strcmp(way, "underflow") == 0)
        fill_upwards();
    else if (strcmp(way, "neighbour") == 0)
        write_to_neighbour();
    else if (strcmp(way, "freed") == 0)
        write_to_freed();
    else if (strcmp(way, "inactive") == 0)
        write_to_inactive();
    fprintf(stderr, "usage: overflow, underflow, neighbour, freed or inactive\n");
    exit(2);
}
