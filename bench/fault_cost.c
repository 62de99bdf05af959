/* What a fault costs, beside a bare hypercall. Prints
 *
 *     at ADDRESS                of a struct with the two times below
 *
 * measures one bare exit by two readings of the clock, takes a third and faults at once. Each
 * restart does that again. */
#include <stdint.h>
#include <stdio.h>

#include <glacis/pd.h>

static volatile struct {
    uint64_t bare;  /* ns from one reading of the clock to the next */
    uint64_t begun; /* when the access began */
} times;

static uint64_t now(void)
{
    uint64_t time = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &time);
    return time;
}

int main(void)
{
    printf("at %llu\n", (unsigned long long)(uintptr_t)&times);
    now();
    const uint64_t first = now();
    const uint64_t second = now();
    times.bare = second - first;
    volatile char* volatile nowhere = NULL;
    times.begun = now();
    *nowhere = 1;
    return 0;
}
