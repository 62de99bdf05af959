/* Domains that name no thread manager, and so are run by the default one; and what they may try
 * against it.  Argument 1 picks the property. */
#include "check.h"

#include <stdatomic.h>

enum { loops_until_seen = 100 };

static atomic_ulong progress[4];
static atomic_uint finished;
static unsigned order[4];

/* Hardly ever interrupted where it was before: that would count as not having begun. */
static void walk(void)
{
    __asm__ volatile(".rept 4096; nop; .endr");
}

/* More threads that can run than there are vCPUs, so that the manager is there afterwards. */
static uint64_t count_until_told(void* argument)
{
    while (atomic_load(&finished) == 0) {
        atomic_fetch_add((atomic_ulong*)argument, 1);
        walk();
    }
    return 0;
}

static void make_manager_come(void)
{
    pd_thread threads[3];
    for (int i = 0; i < 3; i++)
        EXPECT(pd_thread_start(count_until_told, &progress[i], NULL, &threads[i]), PD_OK);
    for (int i = 0; i < 3; i++) {
        while (atomic_load(&progress[i]) < loops_until_seen) {
        }
    }
    atomic_store(&finished, 1);
    for (int i = 0; i < 3; i++)
        EXPECT(pd_thread_join(threads[i], PD_FOREVER, NULL), PD_OK);
    atomic_store(&finished, 0);
}

static uint64_t note_order(void* argument)
{
    order[atomic_fetch_add(&finished, 1)] = (unsigned)(uintptr_t)argument;
    return 0;
}

/* On one vCPU: whoever has the higher priority runs first, whoever was made first. */
static void higher_priorities_run_first(void)
{
    static const unsigned priorities[3] = {10, 30, 20};
    pd_thread threads[3];
    EXPECT(pd_thread_set_parameter(0, 31), PD_OK);
    for (int i = 0; i < 3; i++) {
        EXPECT(pd_thread_start(note_order, (void*)(uintptr_t)priorities[i], NULL, &threads[i]),
               PD_OK);
        EXPECT(pd_thread_set_parameter(threads[i], priorities[i]), PD_OK);
    }
    for (int i = 0; i < 3; i++)
        EXPECT(pd_thread_join(threads[i], PD_FOREVER, NULL), PD_OK);
    printf("%u %u %u\n", order[0], order[1], order[2]);
}

static uint64_t note_it(void* argument)
{
    (void)argument;
    atomic_fetch_add(&finished, 1);
    return 0;
}

/* On one vCPU and with endless turns: one that matters more does not wait for the end of a turn. */
static void higher_priorities_do_not_wait(void)
{
    pd_thread thread;
    EXPECT(pd_thread_set_parameter(0, 5), PD_OK);
    EXPECT(pd_thread_start(note_it, NULL, NULL, &thread), PD_OK);
    EXPECT(pd_thread_set_parameter(0, 4), PD_OK);
    CHECK(atomic_load(&finished) == 1);
    EXPECT(pd_thread_join(thread, PD_FOREVER, NULL), PD_OK);
}

/* A thread of the lowest priority gets on although one of the highest never waits. */
static void nobody_starves(void)
{
    pd_thread low;
    EXPECT(pd_thread_start(count_until_told, &progress[0], NULL, &low), PD_OK);
    EXPECT(pd_thread_set_parameter(0, 31), PD_OK);
    while (atomic_load(&progress[0]) < loops_until_seen)
        walk();
    atomic_store(&finished, 1);
    EXPECT(pd_thread_join(low, PD_FOREVER, NULL), PD_OK);
}

/* All slots and all memory of the description can be had, with the manager there and before. */
static void gets_all_that_is_described(void)
{
    make_manager_come();
    const struct pd_boot_info* boot = pd_boot();
    const uint64_t slots = boot->stack_area_size / boot->stack_slot_size;
    uint64_t stacks = 1;
    pd_stack stack = 0;
    pd_status status = PD_OK;
    while ((status = pd_stack_alloc(PAGE, PAGE, PD_ANY_SLOT, PD_SELF, &stack)) == PD_OK) {
        CHECK(stack < boot->stack_area_base + boot->stack_area_size);
        stacks++;
    }
    CHECK(status == PD_NO_SLOT);
    CHECK(stacks == slots);
    EXPECT(
        pd_stack_alloc(PAGE, PAGE, boot->stack_area_base + boot->stack_area_size, PD_SELF, &stack),
        PD_BAD_ARGUMENT);
    void* pages = NULL;
    while (pd_memory_alloc(PAGE, PD_PERM_READ, &pages) == PD_OK) {
    }
    struct pd_domain_info info;
    EXPECT(pd_domain_query(PD_SELF, &info), PD_OK);
    printf("%llu bytes\n", (unsigned long long)info.memory.held);
}

/* The manager's handle would be the first that no described domain has. */
static void cannot_name_the_manager(void)
{
    make_manager_come();
    void* pages = NULL;
    pd_stack stack = 0;
    EXPECT(pd_memory_alloc(PAGE, PD_PERM_READ | PD_PERM_WRITE, &pages), PD_OK);
    for (uint32_t handle = 0; handle < 64; handle++) {
        if (handle == pd_boot()->domain)
            continue;
        EXPECT(pd_domain_destroy(handle), PD_BAD_HANDLE);
        EXPECT(pd_memory_set_permission(pages, PAGE, PD_PERM_READ, handle, 0), PD_BAD_HANDLE);
        EXPECT(pd_memory_transfer(pages, PAGE, handle), PD_BAD_HANDLE);
        EXPECT(pd_stack_alloc(PAGE, PAGE, PD_ANY_SLOT, handle, &stack), PD_BAD_HANDLE);
    }
}

/* Reads where the manager lies: argument 2 picks the memory or a stack. */
static void reads_the_manager(void)
{
    make_manager_come();
    const struct pd_boot_info* boot = pd_boot();
    const uint64_t memory = strtoull(pd_argument(3), NULL, 0);
    const uint64_t stacks_end =
        boot->stack_area_base + boot->stack_area_size + boot->stack_slot_size;
    const uint64_t address = strcmp(pd_argument(2), "memory") == 0 ? memory : stacks_end - 8;
    printf("about to read\n");
    printf("%d\n", *(volatile char*)(uintptr_t)address);
}

static uint64_t walk_for_ever(void* argument)
{
    for (;;)
        walk();
    return (uint64_t)(uintptr_t)argument;
}

static void spins_beside_another(void)
{
    EXPECT(pd_thread_start(walk_for_ever, NULL, NULL, NULL), PD_OK);
    walk_for_ever(NULL);
}

/* Tells its watcher when the manager is there, and goes on. */
static void says_so_and_goes_on(void)
{
    make_manager_come();
    printf("manager is there\n");
    for (;;)
        pd_thread_yield();
}

static const struct property properties[] = {
    {"higher_priorities_run_first", higher_priorities_run_first},
    {"higher_priorities_do_not_wait", higher_priorities_do_not_wait},
    {"nobody_starves", nobody_starves},
    {"gets_all_that_is_described", gets_all_that_is_described},
    {"cannot_name_the_manager", cannot_name_the_manager},
    {"reads_the_manager", reads_the_manager},
    {"spins_beside_another", spins_beside_another},
    {"says_so_and_goes_on", says_so_and_goes_on},
};

MAIN(properties)
