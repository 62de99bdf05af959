/* A frame so large that the first thing it touches lies beyond the guard below the stack, in the
 * stack of another thread. Compiled without -fstack-clash-protection, which would touch every page
 * on the way and meet the guard. */
#include "faults.h"

enum { footprint = 0xaa };

__attribute__((noinline)) static void jump(size_t size)
{
    volatile unsigned char frame[size];
    for (size_t i = 0; i < 64; i++)
        frame[i] = footprint;
    /* Only reached where nothing stops it. */
    go_on("a large frame jumped over the guard into another thread's stack");
}

uint64_t culprit(void* argument)
{
    (void)argument;
    uintptr_t target = (uintptr_t)neighbour_array + neighbour_array_size / 2;
    jump((uintptr_t)__builtin_frame_address(0) - target);
    return 0;
}
