/* Properties of stacks: G1, G2, G4, G6, G7, G12, high-water marks. */
#include "check.h"

#include <stdatomic.h>

/* ---- G1 -----------------------------------------------------------------------------------------
 */

enum { storm_slots = 256, storm_most_live = 4 };
static atomic_uint owner_of_slot[storm_slots];
static atomic_ulong storm_rounds;

static uint64_t storm_thread(void* argument)
{
    const unsigned self = (unsigned)(uintptr_t)argument;
    const uint64_t base = pd_boot()->stack_area_base;
    const uint64_t slot_size = pd_boot()->stack_slot_size;
    pd_stack mine[storm_most_live];
    const unsigned rounds = (unsigned)atoi(pd_argument(3));
    for (unsigned round = 0; round < rounds; ++round) {
        const unsigned count = 1 + (round + self) % storm_most_live;
        for (unsigned i = 0; i < count; ++i) {
            EXPECT(pd_stack_alloc(PAGE * (1 + i), 0, PD_ANY_SLOT, PD_SELF, &mine[i]), PD_OK);
            unsigned nobody = 0;
            CHECK(atomic_compare_exchange_strong(&owner_of_slot[(mine[i] - base) / slot_size],
                                                 &nobody, self));
        }
        for (unsigned i = 0; i < count; ++i) {
            unsigned me = self;
            CHECK(atomic_compare_exchange_strong(&owner_of_slot[(mine[i] - base) / slot_size], &me,
                                                 0));
            EXPECT(pd_stack_free(mine[i]), PD_OK);
        }
        atomic_fetch_add(&storm_rounds, 1);
    }
    return self;
}

static void storm(void)
{
    pd_thread threads[16];
    const unsigned count = (unsigned)atoi(pd_argument(2));
    CHECK(count <= 16);
    for (unsigned i = 0; i < count; ++i) {
        EXPECT(pd_thread_start(storm_thread, (void*)(uintptr_t)(i + 1), NULL, &threads[i]), PD_OK);
    }
    for (unsigned i = 0; i < count; ++i) {
        uint64_t value = 0;
        EXPECT(pd_thread_join(threads[i], PD_FOREVER, &value), PD_OK);
        CHECK(value == i + 1);
    }
    CHECK(storm_rounds == count * (unsigned)atoi(pd_argument(3)));
}

static void named_slot_taken(void)
{
    pd_stack first;
    pd_stack second = 0;
    EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &first), PD_OK);
    EXPECT(pd_stack_alloc(PAGE, 0, first, PD_SELF, &second), PD_REGION_CONFLICT);
    CHECK(second == 0);
    EXPECT(pd_stack_alloc(PAGE, 0, pd_boot()->main_stack, PD_SELF, &second), PD_REGION_CONFLICT);
    EXPECT(pd_stack_free(first), PD_OK);
    EXPECT(pd_stack_alloc(PAGE, 0, first, PD_SELF, &second), PD_OK);
    CHECK(second == first);
}

static void no_slot(void)
{
    const size_t slots = pd_boot()->stack_area_size / pd_boot()->stack_slot_size;
    pd_stack stack;
    for (size_t i = 1; i < slots; ++i) {
        EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    }
    pd_stack last = 0;
    EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &last), PD_NO_SLOT);
    EXPECT(pd_stack_free(stack), PD_OK);
    EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &last), PD_OK);
    CHECK(last == stack);
}

/* ---- G2, G12
 * -------------------------------------------------------------------------------------- */

static uint64_t fill_stack(void* argument)
{
    volatile unsigned char space[3 * 4096];
    memset((void*)space, 0xa5, sizeof space);
    return (uint64_t)(uintptr_t)argument + space[17];
}

static uint64_t count_residue(void* argument)
{
    const unsigned char* top = pd_stack_top((pd_stack)(uintptr_t)argument);
    uint64_t residue = 0;
    for (const unsigned char* byte = top - 4 * PAGE; byte < top - PAGE; ++byte) {
        residue += *byte == 0xa5;
    }
    return residue;
}

static void reused_stack_is_zero(void)
{
    for (int round = 0; round < 8; ++round) {
        pd_stack stack;
        uint64_t value = 0;
        EXPECT(pd_stack_alloc(4 * PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
        EXPECT(pd_stack_run_on(stack, fill_stack, NULL, &value), PD_OK);
        CHECK(value == 0xa5);
        EXPECT(pd_stack_run_on(stack, count_residue, (void*)stack, &value), PD_OK);
        CHECK(value > 0);
        EXPECT(pd_stack_free(stack), PD_OK);
        EXPECT(pd_stack_alloc(4 * PAGE, 0, stack, PD_SELF, &stack), PD_OK);
        EXPECT(pd_stack_run_on(stack, count_residue, (void*)stack, &value), PD_OK);
        CHECK(value == 0);
        EXPECT(pd_stack_free(stack), PD_OK);
    }
}

static atomic_bool helper_has_run;

static uint64_t run_and_end(void* argument)
{
    atomic_store(&helper_has_run, true);
    return (uint64_t)argument;
}

static uint64_t do_nothing(void* argument)
{
    return (uint64_t)argument;
}

/* A second vCPU runs a thread that ends and then nothing, while tables of more stacks come and go
 * than are ever set aside; then it runs a thread again. */
static void tables_come_and_go_while_a_vcpu_is_idle(void)
{
    enum { stacks = 2500 };
    for (int round = 0; round < 2; ++round) {
        pd_thread helper;
        uint64_t value = 0;
        atomic_store(&helper_has_run, false);
        EXPECT(pd_thread_start(run_and_end, (void*)7, NULL, &helper), PD_OK);
        while (!atomic_load(&helper_has_run)) {
        }
        EXPECT(pd_thread_join(helper, PD_FOREVER, &value), PD_OK);
        CHECK(value == 7);
        for (int i = 0; i < stacks; ++i) {
            pd_stack stack;
            void* memory;
            if (i % 1000 == 500) { /* takes a table, so that those of later stacks change roles */
                EXPECT(pd_memory_alloc(2 << 20, PD_PERM_READ, &memory), PD_OK);
            }
            EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
            EXPECT(pd_stack_run_on(stack, do_nothing, NULL, &value), PD_OK);
            EXPECT(pd_stack_free(stack), PD_OK);
        }
    }
}

static void write_to_freed(void)
{
    pd_stack stack;
    uint64_t value = 0;
    EXPECT(pd_stack_alloc(4 * PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    EXPECT(pd_stack_run_on(stack, fill_stack, NULL, &value), PD_OK);
    char* place = (char*)pd_stack_top(stack) - 64;
    EXPECT(pd_stack_free(stack), PD_OK);
    printf("%p\n", (void*)place);
    *(volatile char*)place = 1;
    puts("went unnoticed");
}

static void handles_after_free(void)
{
    pd_stack stack;
    struct pd_stack_info information;
    EXPECT(pd_stack_alloc(PAGE, 2 * PAGE, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    EXPECT(pd_stack_free(stack), PD_OK);
    EXPECT(pd_stack_free(stack), PD_BAD_HANDLE);
    EXPECT(pd_stack_grow(stack, 2 * PAGE), PD_BAD_HANDLE);
    EXPECT(pd_stack_activate(stack, PD_THIS_VCPU), PD_BAD_HANDLE);
    EXPECT(pd_stack_query(stack, &information), PD_BAD_HANDLE);
    EXPECT(pd_stack_query(stack + PAGE, &information), PD_BAD_HANDLE);
    EXPECT(pd_stack_query(0, &information), PD_BAD_HANDLE);
    EXPECT(pd_stack_query(UINT64_MAX, &information), PD_BAD_HANDLE);
}

static void own_stack_is_in_use(void)
{
    EXPECT(pd_stack_free(pd_stack_current()), PD_IN_USE);
}

/* ---- G4
 * ------------------------------------------------------------------------------------------- */

/* Touches the byte at `distance` (argument 2, may be negative) from the stack's lowest committed
 * address. */
static void touch(void)
{
    struct pd_stack_info information;
    EXPECT(pd_stack_query(pd_stack_current(), &information), PD_OK);
    const uint64_t bottom = information.top - information.committed;
    volatile char* place = (volatile char*)(bottom + (uint64_t)atoll(pd_argument(2)));
    printf("%p\n", (void*)place);
    *place = 1;
}

static uint64_t touch_each_page(void* argument)
{
    const pd_stack stack = (pd_stack)(uintptr_t)argument;
    struct pd_stack_info information;
    EXPECT(pd_stack_query(stack, &information), PD_OK);
    for (uint64_t page = information.top - PAGE; page >= information.top - information.committed;
         page -= PAGE) {
        *(volatile char*)page = 1;
    }
    EXPECT(pd_stack_query(stack, &information), PD_OK);
    return information.peak;
}

static void growth_stops_at_the_guard(void)
{
    pd_stack stack;
    const size_t most = pd_boot()->stack_slot_size - pd_boot()->stack_guard_size;
    EXPECT(pd_stack_alloc(PAGE, most + PAGE, PD_ANY_SLOT, PD_SELF, &stack), PD_TOO_LARGE);
    EXPECT(pd_stack_alloc(PAGE, most, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    EXPECT(pd_stack_grow(stack, most + PAGE), PD_TOO_LARGE);
    EXPECT(pd_stack_grow(stack, 5 * PAGE), PD_OK);
    EXPECT(pd_stack_grow(stack, most), PD_OK);
    uint64_t peak = 0;
    EXPECT(pd_stack_run_on(stack, touch_each_page, (void*)stack, &peak), PD_OK);
    CHECK(peak == most);
    if (pd_argument(2) != NULL) { /* now one byte further */
        printf("%p\n", (void*)(stack + pd_boot()->stack_guard_size - 1));
        *(volatile char*)(stack + pd_boot()->stack_guard_size - 1) = 1;
    }
}

static uint64_t use_grown_part(void* argument)
{
    const pd_stack stack = (pd_stack)(uintptr_t)argument;
    EXPECT(pd_stack_grow(stack, 8 * PAGE), PD_OK); /* while it is active: its root exists */
    char* place = (char*)pd_stack_top(stack) - 8 * PAGE;
    *(volatile char*)place = 42;
    return (uint64_t)(unsigned char)*place;
}

static void growth_of_the_active_stack(void)
{
    pd_stack stack;
    uint64_t value = 0;
    EXPECT(pd_stack_alloc(2 * PAGE, 16 * PAGE, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    EXPECT(pd_stack_run_on(stack, use_grown_part, (void*)stack, &value), PD_OK);
    CHECK(value == 42);
}

/* ---- high-water marks
 * --------------------------------------------------------------------------------- */

static uint64_t touch_to_depth(void* argument)
{
    const uint64_t place = (uint64_t)(uintptr_t)argument;
    *(volatile char*)place = 1;
    return 0;
}

static void high_water_mark(void)
{
    for (size_t pages = 2; pages <= 12; ++pages) {
        pd_stack stack;
        struct pd_stack_info information;
        EXPECT(pd_stack_alloc(16 * PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
        EXPECT(pd_stack_query(stack, &information), PD_OK);
        CHECK(information.peak == 0 && information.committed == 16 * PAGE);
        uint64_t place = (uint64_t)(uintptr_t)pd_stack_top(stack) - pages * PAGE + pages;
        EXPECT(pd_stack_run_on(stack, touch_to_depth, (void*)(uintptr_t)place, NULL), PD_OK);
        EXPECT(pd_stack_query(stack, &information), PD_OK);
        CHECK(information.peak == pages * PAGE);
        EXPECT(pd_stack_free(stack), PD_OK);
    }
}

/* ---- G6
 * ------------------------------------------------------------------------------------------------
 */

static atomic_uint wait_word;
static pd_stack neighbour_stack;

static uint64_t sit_on_stack(void* argument)
{
    (void)argument;
    neighbour_stack = pd_stack_current();
    atomic_store(&wait_word, 1);
    pd_thread_wake(&wait_word, 1, NULL);
    while (atomic_load(&wait_word) == 1) {
        pd_thread_wait(&wait_word, 1, PD_FOREVER);
    }
    return 0;
}

static uint64_t active_checks(void* argument)
{
    const pd_stack home = (pd_stack)(uintptr_t)argument;
    const pd_stack here = pd_stack_current();
    char* top = pd_stack_top(here);
    char* home_top = pd_stack_top(home);
    /* permissions: only of the active stack */
    EXPECT(pd_stack_set_permission(home_top - PAGE, PAGE, PD_PERM_READ, PD_SELF, 0), PD_NOT_ACTIVE);
    EXPECT(pd_stack_set_permission((char*)pd_stack_top(neighbour_stack) - PAGE, PAGE, PD_PERM_READ,
                                   PD_SELF, 0),
           PD_NOT_ACTIVE);
    EXPECT(pd_stack_set_permission(top - 4 * PAGE, PAGE, PD_PERM_READ, PD_SELF, 0), PD_OK);
    CHECK(*(volatile char*)(top - 4 * PAGE) == 0);
    EXPECT(pd_stack_set_permission(top - 4 * PAGE, PAGE, PD_PERM_READ | PD_PERM_WRITE, PD_SELF, 0),
           PD_OK);
    *(volatile char*)(top - 4 * PAGE) = 1;
    EXPECT(
        pd_stack_set_permission(top - 4 * PAGE, PAGE, PD_PERM_READ | PD_PERM_EXECUTE, PD_SELF, 0),
        PD_BAD_ARGUMENT);
    /* activation */
    EXPECT(pd_stack_activate(neighbour_stack, PD_THIS_VCPU), PD_IN_USE);
    EXPECT(pd_stack_activate(here, 63), PD_BAD_ARGUMENT);
    EXPECT(pd_stack_free(here), PD_IN_USE);
    EXPECT(pd_stack_free(home), PD_IN_USE);
    EXPECT(pd_stack_free(neighbour_stack), PD_IN_USE);
    return 7;
}

static void active_stack(void)
{
    pd_thread thread;
    pd_stack stack;
    uint64_t value = 0;
    EXPECT(pd_thread_start(sit_on_stack, NULL, NULL, &thread), PD_OK);
    while (atomic_load(&wait_word) == 0) {
        pd_thread_wait(&wait_word, 0, PD_FOREVER);
    }
    EXPECT(pd_stack_alloc(8 * PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    EXPECT(pd_stack_run_on(stack, active_checks, (void*)pd_stack_current(), &value), PD_OK);
    CHECK(value == 7);
    atomic_store(&wait_word, 2);
    EXPECT(pd_thread_wake(&wait_word, UINT64_MAX, NULL), PD_OK);
    EXPECT(pd_thread_join(thread, PD_FOREVER, NULL), PD_OK);
    EXPECT(pd_stack_free(stack), PD_OK);
}

/* The neighbour's stack-ID comes through the shared region "meet". */
static void offer_stack(void)
{
    volatile uint64_t* meet = (volatile uint64_t*)pd_region_find("meet")->base;
    pd_stack stack;
    EXPECT(pd_stack_alloc(2 * PAGE, 4 * PAGE, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    meet[1] = stack;
    meet[0] = 1;
    while (meet[0] != 2) {
        pd_thread_yield();
    }
    struct pd_stack_info information;
    EXPECT(pd_stack_query(stack, &information), PD_OK);
    CHECK(information.committed == 2 * PAGE && information.vcpu == PD_THIS_VCPU);
    EXPECT(pd_stack_free(stack), PD_OK);
}

static void try_foreign_stack(void)
{
    volatile uint64_t* meet = (volatile uint64_t*)pd_region_find("meet")->base;
    struct pd_stack_info information;
    pd_thread thread;
    while (meet[0] != 1) {
        pd_thread_yield();
    }
    const pd_stack stack = meet[1];
    EXPECT(pd_stack_activate(stack, PD_THIS_VCPU), PD_NOT_PERMITTED);
    EXPECT(pd_stack_query(stack, &information), PD_NOT_PERMITTED);
    EXPECT(pd_stack_free(stack), PD_NOT_OWNER);
    EXPECT(pd_stack_grow(stack, 4 * PAGE), PD_NOT_OWNER);
    EXPECT(pd_thread_create((void (*)(void*))touch, NULL, stack, NULL, 0, NULL, &thread),
           PD_NOT_PERMITTED);
    const pd_status status =
        pd_stack_set_permission((char*)pd_stack_top(stack) - PAGE, PAGE, PD_PERM_READ, PD_SELF, 0);
    CHECK(status == PD_NOT_PERMITTED || status == PD_NOT_ACTIVE);
    meet[0] = 2;
    if (pd_argument(2) != NULL) {
        *(volatile char*)((char*)pd_stack_top(stack) - 8) = 1;
        puts("went unnoticed");
    }
}

/* ---- G7
 * ---------------------------------------------------------------------------------------------- */

static void bad_sizes(void)
{
    pd_stack stack;
    const uint64_t base = pd_boot()->stack_area_base;
    EXPECT(pd_stack_alloc(0, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_EMPTY_RANGE);
    EXPECT(pd_stack_alloc(100, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_MISALIGNED);
    EXPECT(pd_stack_alloc(PAGE, PAGE + 1, PD_ANY_SLOT, PD_SELF, &stack), PD_MISALIGNED);
    EXPECT(pd_stack_alloc(2 * PAGE, PAGE, PD_ANY_SLOT, PD_SELF, &stack), PD_BAD_ARGUMENT);
    EXPECT(pd_stack_alloc(UINT64_MAX - PAGE + 1, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_TOO_LARGE);
    EXPECT(pd_stack_alloc(PAGE, 0, base + PAGE, PD_SELF, &stack), PD_MISALIGNED);
    EXPECT(pd_stack_alloc(PAGE, 0, base + pd_boot()->stack_area_size, PD_SELF, &stack),
           PD_BAD_ARGUMENT);
    EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, 77, &stack), PD_BAD_HANDLE);
    char* top = pd_stack_top(pd_stack_current());
    EXPECT(pd_stack_set_permission(top - PAGE, 0, PD_PERM_READ, PD_SELF, 0), PD_EMPTY_RANGE);
    EXPECT(pd_stack_set_permission(top - PAGE + 1, PAGE, PD_PERM_READ, PD_SELF, 0), PD_MISALIGNED);
    EXPECT(pd_stack_set_permission(top - PAGE, UINT64_MAX - PAGE + 1, PD_PERM_READ, PD_SELF, 0),
           PD_RANGE_OVERFLOW);
    EXPECT(pd_stack_set_permission(top - PAGE, PAGE, 9, PD_SELF, 0), PD_BAD_ARGUMENT);
    EXPECT(pd_stack_set_permission(top - PAGE, PAGE, PD_PERM_READ, PD_SELF, 2), PD_BAD_ARGUMENT);
    EXPECT(pd_stack_set_permission(top - PAGE, PAGE, PD_PERM_READ, 77, 0), PD_BAD_HANDLE);
    EXPECT(pd_stack_set_permission(top - pd_boot()->stack_slot_size + pd_boot()->stack_guard_size,
                                   PAGE, PD_PERM_READ, PD_SELF, 0),
           PD_NOT_COMMITTED);
}

static const struct property properties[] = {
    {"storm", storm},
    {"named_slot_taken", named_slot_taken},
    {"no_slot", no_slot},
    {"reused_stack_is_zero", reused_stack_is_zero},
    {"tables_come_and_go_while_a_vcpu_is_idle", tables_come_and_go_while_a_vcpu_is_idle},
    {"write_to_freed", write_to_freed},
    {"handles_after_free", handles_after_free},
    {"own_stack_is_in_use", own_stack_is_in_use},
    {"touch", touch},
    {"growth_stops_at_the_guard", growth_stops_at_the_guard},
    {"growth_of_the_active_stack", growth_of_the_active_stack},
    {"high_water_mark", high_water_mark},
    {"active_stack", active_stack},
    {"offer_stack", offer_stack},
    {"try_foreign_stack", try_foreign_stack},
    {"bad_sizes", bad_sizes},
};

MAIN(properties)
