/* What a stack's allocation and release cost, beside two bare hypercalls.
 *
 * Arguments: rounds, then numbers of live stacks, one after the other. For each number it prints
 *
 *     live NUMBER
 *     mark                      then MARKED pairs of allocation and release, then `mark` again
 *     round BARE PAIR           `rounds` times: ns for two bare hypercalls, for a pair */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { batch = 20, marked = 50, stack_size = 0x10000, most_live = 40000 };

static pd_stack live[most_live];
static size_t live_count;

static uint64_t now(void)
{
    uint64_t time = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &time);
    return time;
}

static pd_stack allocate(void)
{
    pd_stack stack = 0;
    const pd_status status = pd_stack_alloc(stack_size, 0, PD_ANY_SLOT, PD_SELF, &stack);
    if (status != PD_OK) {
        printf("failed %d\n", (int)status);
        exit(1);
    }
    return stack;
}

static void pair(void)
{
    if (pd_stack_free(allocate()) != PD_OK)
        exit(1);
}

/* A number that no call has: the supervisor says so and does nothing else. */
static void bare(void)
{
    glacis_hypercall(0, 0, 0, 0, 0, 0, UINT64_MAX);
}

static void have_live(size_t count)
{
    while (live_count < count)
        live[live_count++] = allocate();
    while (live_count > count)
        pd_stack_free(live[--live_count]);
}

static void measure(unsigned long rounds)
{
    for (unsigned long round = 0; round < rounds; round++) {
        const uint64_t begin = now();
        for (int i = 0; i < batch; i++) {
            bare();
            bare();
        }
        const uint64_t middle = now();
        for (int i = 0; i < batch; i++)
            pair();
        const uint64_t end = now();
        printf("round %llu %llu\n", (unsigned long long)((middle - begin) / batch),
               (unsigned long long)((end - middle) / batch));
    }
}

int main(int count, char** arguments)
{
    if (count < 3)
        return 2;
    const unsigned long rounds = strtoul(arguments[1], NULL, 10);
    for (int i = 2; i < count; i++) {
        const unsigned long wanted = strtoul(arguments[i], NULL, 10);
        if (wanted > most_live)
            return 2;
        have_live(wanted);
        printf("live %lu\n", wanted);
        pair();
        printf("mark\n");
        for (int j = 0; j < marked; j++)
            pair();
        printf("mark\n");
        measure(rounds);
    }
    return 0;
}
