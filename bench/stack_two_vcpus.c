/* Throughput of stack allocation and release, one thread alone and two at once. Argument: rounds.
 * Prints
 *
 *     round ALONE BOTH          ns for a pair of allocation and release, all pairs counted */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { batch = 40, stack_size = 0x10000 };

static atomic_uint round_number; /* the helper sleeps until it changes */
static atomic_uint helper_ready;
static atomic_uint start;
static atomic_uint helper_done;
static atomic_bool is_over;

static uint64_t now(void)
{
    uint64_t time = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &time);
    return time;
}

static void pairs(void)
{
    for (int i = 0; i < batch; i++) {
        pd_stack stack = 0;
        if (pd_stack_alloc(stack_size, 0, PD_ANY_SLOT, PD_SELF, &stack) != PD_OK ||
            pd_stack_free(stack) != PD_OK)
            exit(1);
    }
}

static uint64_t help(void* unused)
{
    (void)unused;
    for (unsigned int number = 0;;) {
        while (atomic_load(&round_number) == number)
            pd_thread_wait(&round_number, number, PD_FOREVER);
        number = atomic_load(&round_number);
        if (atomic_load(&is_over))
            return 0;
        atomic_store(&helper_ready, number);
        while (atomic_load(&start) != number) {
        }
        pairs();
        atomic_store(&helper_done, number);
    }
}

static void wake_helper(unsigned int number)
{
    atomic_store(&round_number, number);
    pd_thread_wake(&round_number, 1, NULL);
}

int main(int count, char** arguments)
{
    if (count < 2)
        return 2;
    const unsigned long rounds = strtoul(arguments[1], NULL, 10);
    pd_thread helper = 0;
    if (pd_thread_start(help, NULL, NULL, &helper) != PD_OK)
        return 1;
    pairs();
    for (unsigned int number = 1; number <= rounds; number++) {
        const uint64_t begin = now();
        pairs();
        const uint64_t alone = now() - begin;

        wake_helper(number);
        while (atomic_load(&helper_ready) != number) {
        }
        atomic_store(&start, number);
        const uint64_t both_begin = now();
        pairs();
        while (atomic_load(&helper_done) != number) {
        }
        const uint64_t both = now() - both_begin;
        printf("round %llu %llu\n", (unsigned long long)(alone / batch),
               (unsigned long long)(both / (2 * batch)));
    }
    atomic_store(&is_over, true);
    wake_helper((unsigned int)rounds + 1);
    return pd_thread_join(helper, PD_FOREVER, NULL) == PD_OK ? 0 : 1;
}
