/* Two threads hand items over through a mailbox of one place. Each looks whether it can go on, and
 * sleeps if it cannot. Between the look and the sleep the other one may have changed the mailbox
 * and rung the bell: nobody slept then, so nobody heard it, and the sleep has no end. (Right would
 * be to sleep on the word that was looked at: pd_thread_wait() compares it in the same step.) */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { items = 2 };

static atomic_uint mailbox; /* 0: empty */
static unsigned bell;       /* never changes: nothing but a place to sleep at */

static void sleep_until_bell(void)
{
    pd_thread_wait(&bell, 0, PD_FOREVER);
}

static void put(unsigned item)
{
    while (atomic_load(&mailbox) != 0)
        sleep_until_bell();
    atomic_store(&mailbox, item);
    pd_thread_wake(&bell, 1, NULL);
}

static unsigned take(void)
{
    while (atomic_load(&mailbox) == 0)
        sleep_until_bell();
    unsigned item = atomic_exchange(&mailbox, 0);
    pd_thread_wake(&bell, 1, NULL);
    return item;
}

static uint64_t consume(void* sum)
{
    for (int i = 0; i < items; i++)
        *(unsigned*)sum += take();
    return 0;
}

int main(void)
{
    unsigned sum = 0;
    pd_thread consumer = 0;
    static unsigned consumed;
    struct pd_thread_options options = {.name = "consumer"};
    if (pd_thread_start(consume, &consumed, &options, &consumer) != PD_OK)
        return EXIT_FAILURE;
    for (unsigned item = 1; item <= items; item++) {
        put(item);
        sum += item;
    }
    pd_thread_join(consumer, PD_FOREVER, NULL);
    printf("put %u, took %u\n", sum, consumed);
    return sum == consumed ? EXIT_SUCCESS : EXIT_FAILURE;
}
