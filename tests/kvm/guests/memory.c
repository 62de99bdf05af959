/* Properties of memory: G5, G7, G8, G12. */
#include "check.h"

#include <stdatomic.h>

enum { rw = PD_PERM_READ | PD_PERM_WRITE, rx = PD_PERM_READ | PD_PERM_EXECUTE };

static volatile uint64_t* meeting(void)
{
    return (volatile uint64_t*)pd_region_find("meet")->base;
}

/* ---- ranges -------------------------------------------------------------------------------------
 */

static void bad_ranges(void)
{
    void* memory;
    char* p;
    EXPECT(pd_memory_alloc(0, rw, &memory), PD_EMPTY_RANGE);
    EXPECT(pd_memory_alloc(1, rw, &memory), PD_MISALIGNED);
    EXPECT(pd_memory_alloc(PAGE, PD_PERM_WRITE | PD_PERM_EXECUTE, &memory), PD_BAD_ARGUMENT);
    EXPECT(pd_memory_alloc(PAGE, rw | PD_PERM_EXECUTE, &memory), PD_BAD_ARGUMENT);
    EXPECT(pd_memory_alloc(PAGE, 8, &memory), PD_BAD_ARGUMENT);
    EXPECT(pd_memory_alloc((size_t)1 << 40, rw, &memory), PD_NO_MEMORY);
    EXPECT(pd_memory_alloc(UINT64_MAX - PAGE + 1, rw, &memory), PD_NO_MEMORY);

    EXPECT(pd_memory_alloc(4 * PAGE, rw, &memory), PD_OK);
    p = memory;
    EXPECT(pd_memory_free(p + 1, PAGE), PD_MISALIGNED);
    EXPECT(pd_memory_free(p, PAGE - 1), PD_MISALIGNED);
    EXPECT(pd_memory_free(p, 0), PD_EMPTY_RANGE);
    EXPECT(pd_memory_free(p, UINT64_MAX - PAGE + 1), PD_RANGE_OVERFLOW);
    EXPECT(pd_memory_free(NULL, PAGE), PD_NOT_COMMITTED);
    EXPECT(pd_memory_free((void*)(uintptr_t)GLACIS_SHIM_BASE, PAGE), PD_NOT_COMMITTED);
    EXPECT(pd_memory_free((void*)(uintptr_t)pd_boot()->stack_area_base, PAGE), PD_NOT_COMMITTED);
    EXPECT(pd_memory_free(p, (size_t)1 << 36), PD_NOT_COMMITTED);
    EXPECT(pd_memory_set_permission(p, 4 * PAGE, rw | PD_PERM_EXECUTE, PD_SELF, 0),
           PD_BAD_ARGUMENT);
    EXPECT(pd_memory_set_permission(p, 4 * PAGE, rw, 1000, 0), PD_BAD_HANDLE);
    EXPECT(pd_memory_set_permission(p, 4 * PAGE, rw, PD_SELF, 2), PD_BAD_ARGUMENT);
    EXPECT(pd_memory_transfer(p, 4 * PAGE, 1000), PD_BAD_HANDLE);
    memset(p, 1, 4 * PAGE); /* all of it is still as it was */

    EXPECT(pd_memory_free(p + PAGE, PAGE), PD_OK);
    EXPECT(pd_memory_free(p, 4 * PAGE), PD_NOT_COMMITTED); /* half mapped */
    EXPECT(pd_memory_set_permission(p, 2 * PAGE, PD_PERM_READ, PD_SELF, 0), PD_NOT_COMMITTED);
    memset(p, 2, PAGE);
    memset(p + 2 * PAGE, 2, 2 * PAGE);
    EXPECT(pd_memory_free(p, PAGE), PD_OK);
    EXPECT(pd_memory_free(p + 2 * PAGE, 2 * PAGE), PD_OK);
    EXPECT(pd_memory_free(p, PAGE), PD_NOT_COMMITTED);
}

static void unknown_calls(void)
{
    for (uint64_t number = 0; number < 0x200; ++number) {
        const int is_known =
            number <= GLACIS_CALL_ABORT ||
            (number >= GLACIS_CALL_MEMORY_ALLOC && number <= GLACIS_CALL_MEMORY_SET_GROUP_PERM) ||
            (number >= GLACIS_CALL_STACK_ALLOC && number <= GLACIS_CALL_STACK_INFO) ||
            (number >= GLACIS_CALL_DOMAIN_CREATE && number <= GLACIS_CALL_DOMAIN_WAIT) ||
            (number >= GLACIS_CALL_GATE_OPEN && number <= GLACIS_CALL_GATE_SERVE) ||
            (number >= GLACIS_CALL_THREAD_CREATE && number <= GLACIS_CALL_THREAD_SET_PARAMETER) ||
            (number >= GLACIS_CALL_FAULT_WAIT && number <= GLACIS_CALL_FAULT_RESTART);
        if (!is_known) {
            CHECK(glacis_hypercall(1, 2, 3, 4, 5, 6, number).status == PD_UNKNOWN_CALL);
        }
    }
    for (int bit = 9; bit < 64; ++bit) {
        CHECK(glacis_hypercall(1, 2, 3, 4, 5, 6, (uint64_t)1 << bit).status == PD_UNKNOWN_CALL);
        CHECK(glacis_hypercall(1, 2, 3, 4, 5, 6, (uint64_t)1 << bit | GLACIS_CALL_DOMAIN_EXIT)
                  .status == PD_UNKNOWN_CALL);
    }
}

/* Takes every page that becomes free. */
static void hog(void)
{
    void* memory;
    uint64_t taken = 0;
    for (int i = 0; i < 30000; i++)
        taken += pd_memory_alloc(PAGE, rw, &memory) == PD_OK;
    CHECK(taken > 0);
}

static void crash_at_once(void)
{
    *(volatile int*)8 = 1;
}

/* ---- owners
 * ---------------------------------------------------------------------------------------- */

/* Gives the second domain a page to look at and checks afterwards that it could do no more. */
static void owner(void)
{
    volatile uint64_t* meet = meeting();
    void* memory;
    EXPECT(pd_memory_alloc(4 * PAGE, rw, &memory), PD_OK);
    uint64_t* words = memory;
    words[0] = 11;
    while (meet[2] == 0) { /* the other's number */
        pd_thread_yield();
    }
    const uint32_t other = (uint32_t)meet[2] - 1;
    EXPECT(pd_memory_set_permission(memory, PAGE, PD_PERM_READ, other, 0), PD_OK);
    EXPECT(pd_memory_set_permission((char*)memory + PAGE, PAGE, rw, other, 0), PD_OK);
    meet[1] = (uint64_t)memory;
    meet[0] = 1;
    while (meet[0] != 2) {
        pd_thread_yield();
    }
    CHECK(words[0] == 11);
    CHECK(words[PAGE / 8] == 22);
    /* pages 2 and 3 now belong to the other */
    EXPECT(pd_memory_transfer((char*)memory + 2 * PAGE, 2 * PAGE, other), PD_OK);
    EXPECT(pd_memory_free((char*)memory + 2 * PAGE, PAGE), PD_NOT_OWNER);
    EXPECT(pd_memory_set_permission((char*)memory + 2 * PAGE, PAGE, rw, PD_SELF, 0), PD_NOT_OWNER);
    words[2 * PAGE / 8] = 33; /* permissions stay as they were */
    meet[0] = 3;
    while (meet[0] != 4) {
        pd_thread_yield();
    }
}

static void guest_of_owner(void)
{
    volatile uint64_t* meet = meeting();
    struct pd_memory_info information;
    meet[2] = pd_boot()->domain + 1;
    while (meet[0] != 1) {
        pd_thread_yield();
    }
    char* memory = (char*)meet[1];
    CHECK(*(volatile uint64_t*)memory == 11);
    EXPECT(pd_memory_query(memory, &information), PD_OK);
    CHECK(information.perm == PD_PERM_READ && information.owner != pd_boot()->domain);
    EXPECT(pd_memory_set_permission(memory, PAGE, rw, PD_SELF, 0), PD_NOT_OWNER);
    EXPECT(pd_memory_set_permission(memory, PAGE, rw, pd_boot()->domain, PD_EXCLUSIVE),
           PD_NOT_OWNER);
    EXPECT(pd_memory_transfer(memory, PAGE, PD_SELF), PD_NOT_OWNER);
    EXPECT(pd_memory_free(memory, PAGE), PD_NOT_OWNER);
    EXPECT(pd_memory_query(memory + 2 * PAGE, &information), PD_NOT_COMMITTED);
    *(volatile uint64_t*)(memory + PAGE) = 22;
    meet[0] = 2;
    while (meet[0] != 3) {
        pd_thread_yield();
    }
    EXPECT(pd_memory_set_permission(memory + 2 * PAGE, PAGE, rw, PD_SELF, PD_EXCLUSIVE), PD_OK);
    CHECK(*(volatile uint64_t*)(memory + 2 * PAGE) == 33);
    EXPECT(pd_memory_free(memory + 2 * PAGE, 2 * PAGE), PD_OK);
    meet[0] = 4;
    if (pd_argument(2) != NULL) {
        *(volatile uint64_t*)memory = 44; /* read only */
        puts("went unnoticed");
    }
}

static void own_region_rights(void)
{
    const struct pd_boot_region* region = pd_region_find("meet");
    void* base = (void*)(uintptr_t)region->base;
    CHECK(region->perm == PD_PERM_READ);
    EXPECT(pd_memory_set_permission(base, PAGE, rw, PD_SELF, 0), PD_NOT_OWNER);
    EXPECT(pd_memory_free(base, PAGE), PD_NOT_OWNER);
    EXPECT(pd_memory_transfer(base, PAGE, PD_SELF), PD_NOT_OWNER);
    *(volatile char*)base = 1;
    puts("went unnoticed");
}

/* ---- G8
 * ---------------------------------------------------------------------------------------------- */

/* Reads the page for as long as it can; what it read last stands in meet[3]. */
static void spin_on_page(void)
{
    volatile uint64_t* meet = meeting();
    meet[2] = pd_boot()->domain + 1;
    while (meet[0] != 1) {
    }
    volatile uint64_t* word = (volatile uint64_t*)meet[1];
    for (;;) {
        meet[3] = *word;
        meet[4] = meet[4] + 1;
    }
}

static void revoke(int flags)
{
    volatile uint64_t* meet = meeting();
    void* memory;
    EXPECT(pd_memory_alloc(PAGE, rw, &memory), PD_OK);
    volatile uint64_t* word = memory;
    *word = 5;
    while (meet[2] == 0) {
    }
    const uint32_t other = (uint32_t)meet[2] - 1;
    EXPECT(pd_memory_set_permission(memory, PAGE, PD_PERM_READ, other, 0), PD_OK);
    meet[1] = (uint64_t)memory;
    meet[0] = 1;
    while (meet[4] < 1000) { /* it spins on the other vCPU */
    }
    EXPECT(flags == 0 ? pd_memory_set_permission(memory, PAGE, 0, other, 0)
                      : pd_memory_set_permission(memory, PAGE, rw, PD_SELF, PD_EXCLUSIVE),
           PD_OK);
    *word = 6; /* nobody else can see this any more */
    for (int i = 0; i < 20; ++i) {
        pd_thread_sleep(1000000);
        CHECK(meet[3] == 5);
    }
}

static void revoke_from_spinning(void)
{
    revoke(0);
}

static void take_exclusively_from_spinning(void)
{
    revoke(PD_EXCLUSIVE);
}

static atomic_uint stage;
static char* shared_page;

static uint64_t spin_on_own_page(void* argument)
{
    (void)argument;
    atomic_store(&stage, 1);
    for (uint64_t count = 0;; ++count) {
        *(volatile uint64_t*)shared_page = count;
    }
}

/* The second vCPU writes while this one frees: it faults, and the memory's next owner reads zero.
 */
static void free_under_a_writer(void)
{
    void* memory;
    pd_thread thread;
    EXPECT(pd_memory_alloc(PAGE, rw, &memory), PD_OK);
    shared_page = memory;
    EXPECT(pd_thread_start(spin_on_own_page, NULL, NULL, &thread), PD_OK);
    while (atomic_load(&stage) == 0) {
    }
    EXPECT(pd_memory_free(memory, PAGE), PD_OK);
    for (;;) { /* the writer's fault ends the domain */
        pd_thread_sleep(1000000);
    }
}

/* ---- G12
 * -----------------------------------------------------------------------------------------------
 */

static void memory_is_zero(void)
{
    for (int round = 0; round < 4; ++round) {
        void* memory;
        EXPECT(pd_memory_alloc(64 * PAGE, rw, &memory), PD_OK);
        const unsigned char* bytes = memory;
        for (size_t i = 0; i < 64 * PAGE; ++i) {
            CHECK(bytes[i] == 0);
        }
        memset(memory, 0x5a, 64 * PAGE);
        EXPECT(pd_memory_free(memory, 64 * PAGE), PD_OK);
    }
}

static void fill_all(void)
{
    size_t pages = 0;
    for (void* memory; pd_memory_alloc(16 * PAGE, rw, &memory) == PD_OK; ++pages) {
        memset(memory, 0x77, 16 * PAGE);
    }
    CHECK(pages > 0);
    exit(0);
}

static void find_none_of_it(void)
{
    pd_thread_sleep(300000000); /* fill_all has ended or will find less */
    for (void* memory; pd_memory_alloc(16 * PAGE, rw, &memory) == PD_OK;) {
        const unsigned char* bytes = memory;
        for (size_t i = 0; i < 16 * PAGE; ++i) {
            CHECK(bytes[i] == 0);
        }
    }
}

static const struct property properties[] = {
    {"bad_ranges", bad_ranges},
    {"unknown_calls", unknown_calls},
    {"hog", hog},
    {"crash_at_once", crash_at_once},
    {"owner", owner},
    {"guest_of_owner", guest_of_owner},
    {"own_region_rights", own_region_rights},
    {"spin_on_page", spin_on_page},
    {"revoke_from_spinning", revoke_from_spinning},
    {"take_exclusively_from_spinning", take_exclusively_from_spinning},
    {"free_under_a_writer", free_under_a_writer},
    {"memory_is_zero", memory_is_zero},
    {"fill_all", fill_all},
    {"find_none_of_it", find_none_of_it},
};

MAIN(properties)
