/* The same load and more, with the supervisor choosing: claim and publication are one step of its,
 * so there is nothing to race for. The program keeps books of its own to see whether that is true.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum {
    most_workers = 8,
    held_at_once = 12, /* stacks of each worker */
    page = 4096,
};

/* Arguments make them fewer, for whoever wants to go through all schedules. */
static unsigned total = 100000;
static unsigned worker_count = most_workers;

/* Who has which slot, as the answers of the supervisor say; 0: nobody. */
static atomic_uint* holders;
static uint64_t slot_count;

static atomic_uint live;
static atomic_uint most_live;
static atomic_uint refused;
static atomic_uint overlaps;

static unsigned next_random(unsigned* seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static atomic_uint* holder_of(pd_stack stack)
{
    const struct pd_boot_info* boot = pd_boot();
    uint64_t index = (stack - boot->stack_area_base) / boot->stack_slot_size;
    if (stack < boot->stack_area_base || stack % boot->stack_slot_size != 0 || index >= slot_count)
        return NULL;
    return &holders[index];
}

static void note_allocated(pd_stack stack, unsigned worker)
{
    atomic_uint* holder = holder_of(stack);
    unsigned before = holder == NULL ? worker : atomic_exchange(holder, worker);
    if (before != 0) {
        atomic_fetch_add(&overlaps, 1);
        printf("worker %u got slot %#llx, which worker %u has\n", worker, (unsigned long long)stack,
               before);
    }
    unsigned now = atomic_fetch_add(&live, 1) + 1;
    unsigned most = atomic_load(&most_live);
    while (now > most && !atomic_compare_exchange_weak(&most_live, &most, now)) {
    }
}

/* Before the stack is freed: afterwards it may be somebody else's at once. */
static void note_freed(pd_stack stack)
{
    atomic_uint* holder = holder_of(stack);
    if (holder != NULL)
        atomic_store(holder, 0);
    atomic_fetch_sub(&live, 1);
}

static void free_stack(pd_stack* stack)
{
    note_freed(*stack);
    if (pd_stack_free(*stack) != PD_OK)
        atomic_fetch_add(&refused, 1);
    *stack = 0;
}

static uint64_t work(void* argument)
{
    unsigned worker = (unsigned)(uintptr_t)argument;
    unsigned seed = worker;
    pd_stack held[held_at_once] = {0};
    for (unsigned i = 0; i < total / worker_count; i++) {
        pd_stack* mine = &held[next_random(&seed) % held_at_once];
        if (*mine != 0)
            free_stack(mine);
        size_t size = (1 + next_random(&seed) % 4) * page;
        pd_status status = pd_stack_alloc(size, 0, PD_ANY_SLOT, PD_SELF, mine);
        if (status == PD_OK) {
            note_allocated(*mine, worker);
        } else {
            atomic_fetch_add(&refused, 1);
            pd_perror("allocation refused", status);
        }
    }
    for (int i = 0; i < held_at_once; i++) {
        if (held[i] != 0)
            free_stack(&held[i]);
    }
    return 0;
}

/* Starts the workers [first, last) and waits for them. */
static void run_workers(unsigned first, unsigned last)
{
    pd_thread threads[most_workers];
    unsigned started = 0;
    for (unsigned worker = first; worker < last; worker++) {
        struct pd_thread_options options = {.name = "worker"};
        pd_status status =
            pd_thread_start(work, (void*)(uintptr_t)(worker + 1), &options, &threads[started]);
        if (status == PD_OK) {
            started++;
        } else {
            atomic_fetch_add(&refused, 1);
            pd_perror("cannot start a worker", status);
        }
    }
    for (unsigned i = 0; i < started; i++)
        pd_thread_join(threads[i], PD_FOREVER, NULL);
}

static uint64_t first_thread(void* argument)
{
    (void)argument;
    run_workers(worker_count / 2, worker_count);
    return 0;
}

static unsigned argument_or(int count, char** arguments, int index, unsigned otherwise)
{
    unsigned long value = index < count ? strtoul(arguments[index], NULL, 10) : 0;
    return value > 0 && value <= otherwise ? (unsigned)value : otherwise;
}

int main(int argc, char** argv)
{
    total = argument_or(argc, argv, 1, total);
    worker_count = argument_or(argc, argv, 2, worker_count);
    slot_count = pd_boot()->stack_area_size / pd_boot()->stack_slot_size;
    holders = calloc(slot_count, sizeof *holders);
    pd_thread first = 0;
    if (holders == NULL || pd_thread_start(first_thread, NULL, NULL, &first) != PD_OK)
        return EXIT_FAILURE;
    run_workers(0, worker_count / 2);
    pd_thread_join(first, PD_FOREVER, NULL);

    printf("%u stacks allocated and freed by %u threads on %u vCPUs, %u live at once at most\n",
           total, worker_count, pd_boot()->vcpus, atomic_load(&most_live));
    printf("%u refused, %u overlaps\n", atomic_load(&refused), atomic_load(&overlaps));
    return atomic_load(&refused) + atomic_load(&overlaps) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
