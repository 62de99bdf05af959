/* What it costs two threads to take turns under a thread manager: each yields to the other.
 * Argument: rounds. Prints
 *
 *     mark                      then MARKED turns of two switches each, then `mark` again
 *     round BARE TURN           `rounds` times: ns for four bare hypercalls, for two switches */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { batch = 20, marked = 50 };

static atomic_bool is_over;

static uint64_t now(void)
{
    uint64_t time = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &time);
    return time;
}

static uint64_t partner(void* argument)
{
    while (!atomic_load(&is_over))
        pd_thread_yield();
    return (uint64_t)(uintptr_t)argument;
}

static uint64_t time_of_turns(void)
{
    const uint64_t begin = now();
    for (unsigned i = 0; i < batch; i++)
        pd_thread_yield();
    return (now() - begin) / batch;
}

static uint64_t time_of_hypercalls(void)
{
    const uint64_t begin = now();
    for (unsigned i = 0; i < 4 * batch; i++)
        glacis_hypercall(0, 0, 0, 0, 0, 0, UINT64_MAX);
    return (now() - begin) / batch;
}

int main(int count, char** arguments)
{
    const unsigned long rounds = count > 1 ? strtoul(arguments[1], NULL, 10) : 1;
    pd_thread thread = 0;
    if (pd_thread_start(partner, NULL, NULL, &thread) != PD_OK)
        return 1;
    pd_thread_yield();
    puts("mark");
    for (unsigned i = 0; i < marked; i++)
        pd_thread_yield();
    puts("mark");
    for (unsigned long round = 0; round < rounds; round++) {
        const uint64_t bare = time_of_hypercalls();
        const uint64_t turn = time_of_turns();
        printf("round %llu %llu\n", (unsigned long long)bare, (unsigned long long)turn);
    }
    atomic_store(&is_over, true);
    pd_thread_join(thread, PD_FOREVER, NULL);
    return 0;
}
