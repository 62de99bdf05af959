/* Pages shared by parts and by groups: G3, G5, G8, and what each quota says. The domains of a test
 * meet in a region:
 *
 *   word 0   how far the owner has come
 *   word 1   address of the owner's pages
 *   word 4   domains that have said their number, which are in the words from 8 on
 *   word 16  and 4 more for each of them: what it read last, how often, how far it has come */
#include "check.h"

#include <stdatomic.h>

enum { rw = PD_PERM_READ | PD_PERM_WRITE };

static _Atomic uint64_t* meeting(void)
{
    return (_Atomic uint64_t*)pd_region_find("meet")->base;
}

struct place {
    _Atomic uint64_t last;
    _Atomic uint64_t count;
    _Atomic uint64_t stage;
    _Atomic uint64_t unused;
};

static struct place* place_of(uint64_t index)
{
    return (struct place*)(meeting() + 16) + index;
}

/* The caller's index among those that are not the owner. */
static uint64_t arrive(void)
{
    const uint64_t index = meeting()[4]++;
    meeting()[8 + index] = (uint64_t)pd_boot()->domain + 1;
    return index;
}

/* The domain with that index. */
static uint32_t peer(uint64_t index)
{
    while (meeting()[8 + index] == 0) {
        pd_thread_yield();
    }
    return (uint32_t)meeting()[8 + index] - 1;
}

static void await_stage(_Atomic uint64_t* word, uint64_t stage)
{
    while (*word < stage) {
        pd_thread_yield();
    }
}

static char* new_pages(size_t count)
{
    void* memory;
    EXPECT(pd_memory_alloc(count * PAGE, rw, &memory), PD_OK);
    meeting()[1] = (uint64_t)memory;
    return memory;
}

static char* pages_of_owner(uint64_t stage)
{
    await_stage(&meeting()[0], stage);
    return (char*)meeting()[1];
}

static pd_group group_of(uint64_t peers)
{
    pd_group group;
    EXPECT(pd_group_create(&group), PD_OK);
    for (uint64_t index = 0; index < peers; ++index) {
        EXPECT(pd_group_add(group, peer(index)), PD_OK);
    }
    return group;
}

/* ---- G8: those who spin -------------------------------------------------------------------- */

static uint64_t spin_in_place(void* argument)
{
    struct place* place = argument;
    volatile uint64_t* word = (volatile uint64_t*)pages_of_owner(1);
    for (;;) {
        place->last = *word;
        place->count++;
    }
}

static void spin(void)
{
    spin_in_place(place_of(arrive()));
}

/* The same on two vCPUs at once; both places are this domain's. */
static void spin_twice(void)
{
    const uint64_t index = arrive();
    pd_thread thread;
    EXPECT(pd_thread_start(spin_in_place, place_of(index + 1), NULL, &thread), PD_OK);
    spin_in_place(place_of(index));
}

/* The owner's part: `give`, wait until all spin, `take`; from then on nobody sees a change. */
static void take_from_spinning(uint64_t places, void (*give)(char*), void (*take)(char*))
{
    char* memory = new_pages(1);
    volatile uint64_t* word = (volatile uint64_t*)memory;
    *word = 5;
    give(memory);
    meeting()[0] = 1;
    for (uint64_t index = 0; index < places; ++index) {
        while (place_of(index)->count < 1000) {
        }
    }
    take(memory);
    *word = 6;
    for (int i = 0; i < 20; ++i) {
        pd_thread_sleep(1000000);
        for (uint64_t index = 0; index < places; ++index) {
            CHECK(place_of(index)->last == 5);
        }
    }
}

static pd_group spinners;

static void give_to_group(char* memory)
{
    spinners = group_of(2);
    EXPECT(pd_memory_set_group_permission(memory, PAGE, PD_PERM_READ, spinners, 0), PD_OK);
}

static void revoke_from_group(char* memory)
{
    EXPECT(pd_memory_set_group_permission(memory, PAGE, 0, spinners, 0), PD_OK);
}

static void take_for_own_group(char* memory)
{
    pd_group own;
    EXPECT(pd_group_create(&own), PD_OK);
    EXPECT(pd_group_add(own, PD_SELF), PD_OK);
    EXPECT(pd_memory_set_group_permission(memory, PAGE, rw, own, PD_EXCLUSIVE), PD_OK);
}

static void give_to_first(char* memory)
{
    EXPECT(pd_memory_set_permission(memory, PAGE, PD_PERM_READ, peer(0), 0), PD_OK);
}

static void revoke_from_first(char* memory)
{
    EXPECT(pd_memory_set_permission(memory, PAGE, 0, peer(0), 0), PD_OK);
}

static void group_revocation(void)
{
    take_from_spinning(2, give_to_group, revoke_from_group);
}

static void group_exclusive(void)
{
    take_from_spinning(2, give_to_group, take_for_own_group);
}

static void revocation_from_two_vcpus(void)
{
    take_from_spinning(2, give_to_first, revoke_from_first);
}

/* Counts in the first and the last of three pages, and tells each time that it has. */
static void count_in_parts(void)
{
    struct place* place = place_of(arrive());
    char* memory = pages_of_owner(1);
    for (uint64_t count = 1;; ++count) {
        *(volatile uint64_t*)memory = count;
        *(volatile uint64_t*)(memory + 2 * PAGE) = count;
        place->count = count;
    }
}

static void await_progress(const struct place* place)
{
    const uint64_t before = place->count;
    while (place->count < before + 1000) {
    }
}

static void exclusive_on_parts(void)
{
    char* memory = new_pages(3);
    const uint32_t other = peer(0);
    EXPECT(pd_memory_set_permission(memory, 3 * PAGE, rw, other, 0), PD_OK);
    meeting()[0] = 1;
    await_progress(place_of(0));
    EXPECT(pd_memory_set_permission(memory + PAGE, PAGE, rw, PD_SELF, PD_EXCLUSIVE), PD_OK);
    memset(memory + PAGE, 1, PAGE);
    await_progress(place_of(0)); /* the parts on both sides are as they were */
    EXPECT(pd_memory_set_permission(memory + 2 * PAGE, PAGE, rw, PD_SELF, PD_EXCLUSIVE), PD_OK);
    const uint64_t taken = *(volatile uint64_t*)(memory + 2 * PAGE);
    for (int i = 0; i < 20; ++i) {
        pd_thread_sleep(1000000);
        CHECK(*(volatile uint64_t*)(memory + 2 * PAGE) == taken);
        CHECK(*(volatile uint64_t*)memory <= taken + 1); /* it got no further than to this page */
    }
}

/* ---- G5: parts ----------------------------------------------------------------------------- */

static void expect_query(const char* address, const char* base, size_t pages, uint32_t owner,
                         uint32_t permission)
{
    struct pd_memory_info information;
    EXPECT(pd_memory_query(address, &information), PD_OK);
    CHECK(information.base == (uint64_t)base && information.length == pages * PAGE);
    CHECK(information.owner == owner && information.perm == permission);
}

static void expect_nothing(const char* address)
{
    struct pd_memory_info information;
    EXPECT(pd_memory_query(address, &information), PD_NOT_COMMITTED);
}

/* Six pages: 1 and 2 are granted to the second, 2 and 3 passed on to it, 4 is freed. */
static void parts_owner(void)
{
    const uint32_t self = pd_boot()->domain;
    char* memory = new_pages(6);
    memset(memory, 0x11, 6 * PAGE);
    const uint32_t other = peer(0);
    EXPECT(pd_memory_set_permission(memory + PAGE, 2 * PAGE, PD_PERM_READ, other, 0), PD_OK);
    EXPECT(pd_memory_set_permission(memory, PAGE, PD_PERM_READ, PD_SELF, 0), PD_OK);
    EXPECT(pd_memory_transfer(memory + 2 * PAGE, 2 * PAGE, other), PD_OK);
    EXPECT(pd_memory_free(memory + 4 * PAGE, PAGE), PD_OK);
    expect_query(memory + PAGE, memory + PAGE, 1, self, rw);
    expect_query(memory + 3 * PAGE, memory + 2 * PAGE, 2, other, rw);
    expect_nothing(memory + 4 * PAGE);
    meeting()[0] = 1;
    await_stage(&place_of(0)->stage, 1);
    expect_nothing(memory + 3 * PAGE); /* freed by the new owner, with what it had of its own */
    expect_query(memory + 2 * PAGE, memory + 2 * PAGE, 1, other, PD_PERM_READ);
    CHECK(memory[2 * PAGE] == 0x22);
    EXPECT(pd_memory_set_permission(memory + PAGE, PAGE, 0, other, 0), PD_OK);
    meeting()[0] = 2;
    await_stage(&place_of(0)->stage, 2);
}

static void parts_heir(void)
{
    const uint32_t self = pd_boot()->domain;
    struct place* place = place_of(arrive());
    char* memory = pages_of_owner(1);
    const uint32_t owner = (uint32_t)meeting()[5];
    expect_nothing(memory);
    expect_query(memory + PAGE, memory + PAGE, 1, owner, PD_PERM_READ);
    expect_query(memory + 2 * PAGE, memory + 2 * PAGE, 1, self, PD_PERM_READ);
    expect_query(memory + 3 * PAGE, memory + 3 * PAGE, 1, self, 0);
    CHECK(memory[2 * PAGE] == 0x11);
    EXPECT(pd_memory_set_permission(memory + 2 * PAGE, PAGE, rw, PD_SELF, 0), PD_OK);
    memory[2 * PAGE] = 0x22;
    EXPECT(pd_memory_set_permission(memory + 2 * PAGE, PAGE, PD_PERM_READ, owner, 0), PD_OK);
    EXPECT(pd_memory_free(memory + 3 * PAGE, PAGE), PD_OK);
    EXPECT(pd_memory_free(memory + PAGE, 2 * PAGE), PD_NOT_OWNER);
    place->stage = 1;
    await_stage(&meeting()[0], 2);
    expect_nothing(memory + PAGE);
    EXPECT(pd_memory_free(memory + 2 * PAGE, PAGE), PD_OK);
    place->stage = 2;
}

static void parts_owner_says_who_it_is(void)
{
    meeting()[5] = pd_boot()->domain;
    parts_owner();
}

static void free_over_allocations(void)
{
    void* memory[4];
    for (int i = 0; i < 4; ++i) {
        EXPECT(pd_memory_alloc(2 * PAGE, i == 2 ? PD_PERM_READ : rw, &memory[i]), PD_OK);
        CHECK(i == 0 || (char*)memory[i] == (char*)memory[i - 1] + 2 * PAGE);
    }
    char* base = memory[0];
    EXPECT(pd_memory_set_permission(base + 3 * PAGE, PAGE, 0, PD_SELF, 0), PD_OK);
    EXPECT(pd_memory_free(base + PAGE, 6 * PAGE), PD_OK);
    for (size_t page = 1; page < 7; ++page) {
        expect_nothing(base + page * PAGE);
    }
    memset(base, 1, PAGE);
    memset(base + 7 * PAGE, 1, PAGE);
    EXPECT(pd_memory_free(base + 7 * PAGE, PAGE), PD_OK);
}

/* The other domain ends whenever it likes: from some moment on it cannot be named any more. */
static void name_the_dead(void)
{
    char* memory = new_pages(2);
    const uint32_t other = peer(0);
    pd_group group = group_of(1);
    pd_status status = PD_OK;
    EXPECT(pd_memory_set_permission(memory, PAGE, PD_PERM_READ, other, 0), PD_OK);
    meeting()[0] = 1;
    while (status == PD_OK) {
        pd_thread_yield();
        status = pd_memory_set_permission(memory + PAGE, PAGE, PD_PERM_READ, other, 0);
    }
    CHECK(status == PD_BAD_HANDLE);
    EXPECT(pd_memory_transfer(memory, PAGE, other), PD_BAD_HANDLE);
    EXPECT(pd_memory_set_permission(memory, PAGE, 0, other, 0), PD_BAD_HANDLE);
    EXPECT(pd_group_add(group, other), PD_BAD_HANDLE);
    EXPECT(pd_group_remove(group, other), PD_BAD_HANDLE);
    EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, other, NULL), PD_BAD_HANDLE);
    /* The group has lost it and is of use still. */
    EXPECT(pd_memory_set_group_permission(memory, 2 * PAGE, rw, group, 0), PD_OK);
    memset(memory, 1, 2 * PAGE);
    EXPECT(pd_memory_free(memory, 2 * PAGE), PD_OK);
}

static void die_soon(void)
{
    arrive();
    CHECK(*pages_of_owner(1) == 0);
}

/* ---- groups and quotas --------------------------------------------------------------------- */

static void group_of_all(void)
{
    char* memory = new_pages(3);
    pd_group group = group_of(2);
    pd_group stale;
    memset(memory, 7, 3 * PAGE);
    EXPECT(pd_memory_set_group_permission(memory + PAGE, 2 * PAGE, PD_PERM_READ, group, 0), PD_OK);
    meeting()[2] = group;
    meeting()[0] = 1;
    await_stage(&place_of(0)->stage, 1);
    await_stage(&place_of(1)->stage, 1);
    EXPECT(pd_group_remove(group, peer(1)), PD_OK);
    EXPECT(pd_memory_set_group_permission(memory + PAGE, PAGE, 0, group, 0), PD_OK);
    EXPECT(pd_group_delete(group), PD_OK);
    EXPECT(pd_group_create(&stale), PD_OK);
    CHECK(stale != group);
    EXPECT(pd_group_delete(group), PD_BAD_HANDLE);
    EXPECT(pd_memory_set_group_permission(memory, PAGE, rw, group, 0), PD_BAD_HANDLE);
    meeting()[0] = 2;
    await_stage(&place_of(0)->stage, 2);
    await_stage(&place_of(1)->stage, 2);
}

static void member(void)
{
    const uint64_t index = arrive();
    struct place* place = place_of(index);
    char* memory = pages_of_owner(1);
    expect_nothing(memory);
    CHECK(memory[PAGE] == 7 && memory[3 * PAGE - 1] == 7);
    EXPECT(pd_group_add(meeting()[2], PD_SELF), PD_NOT_OWNER);
    EXPECT(pd_group_delete(meeting()[2]), PD_NOT_OWNER);
    place->stage = 1;
    await_stage(&meeting()[0], 2);
    /* Which of the two was removed before the revocation is said by the order of arrival. */
    if (index == 0) {
        expect_nothing(memory + PAGE);
    } else {
        CHECK(memory[PAGE] == 7);
    }
    CHECK(memory[2 * PAGE] == 7);
    place->stage = 2;
}

/* With room for one grant alone: neither of the two gets anything. */
static void group_beyond_quota(void)
{
    char* memory = new_pages(1);
    pd_group group = group_of(2);
    EXPECT(pd_memory_set_group_permission(memory, PAGE, PD_PERM_READ, group, 0), PD_QUOTA_GRANTS);
    meeting()[0] = 1;
    await_stage(&place_of(0)->stage, 1);
    await_stage(&place_of(1)->stage, 1);
    EXPECT(pd_group_remove(group, peer(0)), PD_OK);
    EXPECT(pd_memory_set_group_permission(memory, PAGE, PD_PERM_READ, group, 0), PD_OK);
    meeting()[0] = 2;
    await_stage(&place_of(0)->stage, 2);
    await_stage(&place_of(1)->stage, 2);
}

static void member_within_quota(void)
{
    const uint64_t index = arrive();
    struct place* place = place_of(index);
    char* memory = pages_of_owner(1);
    expect_nothing(memory);
    place->stage = 1;
    await_stage(&meeting()[0], 2);
    if (index == 0) {
        expect_nothing(memory);
    } else {
        CHECK(*memory == 0);
    }
    place->stage = 2;
}

static uint64_t wait_for_ever(void* argument)
{
    pd_thread_sleep(PD_FOREVER);
    return (uint64_t)argument;
}

/* The description gives this domain two stacks more than it has, 16 KiB of stack more, one thread
 * more, less than 1 MiB of memory, and one grant. */
static void every_quota_has_its_status(void)
{
    void* memory;
    pd_stack one;
    pd_stack two;
    pd_thread thread;
    EXPECT(pd_stack_alloc(8 * PAGE, 0, PD_ANY_SLOT, PD_SELF, &one), PD_QUOTA_STACK_BYTES);
    EXPECT(pd_stack_alloc(PAGE, 8 * PAGE, PD_ANY_SLOT, PD_SELF, &one), PD_OK);
    EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &two), PD_OK);
    EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, NULL), PD_QUOTA_STACKS);
    EXPECT(pd_stack_grow(one, 4 * PAGE), PD_QUOTA_STACK_BYTES);
    EXPECT(pd_stack_free(one), PD_OK);
    EXPECT(pd_stack_free(two), PD_OK);
    const struct pd_thread_options small = {.stack_commit = 2 * PAGE, .stack_limit = 2 * PAGE};
    EXPECT(pd_thread_start(wait_for_ever, NULL, &small, &thread), PD_OK);
    EXPECT(pd_thread_start(wait_for_ever, NULL, &small, &thread), PD_QUOTA_THREADS);
    EXPECT(pd_memory_alloc((size_t)1 << 20, rw, &memory), PD_QUOTA_MEMORY);
    EXPECT(pd_memory_alloc(3 * PAGE, rw, &memory), PD_OK);
    const uint32_t other = peer(0);
    EXPECT(pd_memory_set_permission(memory, PAGE, PD_PERM_READ, other, 0), PD_OK);
    EXPECT(pd_memory_set_permission((char*)memory + 2 * PAGE, PAGE, PD_PERM_READ, other, 0),
           PD_QUOTA_GRANTS);
    EXPECT(pd_memory_set_permission(memory, PAGE, 0, other, 0), PD_OK);
    EXPECT(pd_memory_set_permission(memory, 3 * PAGE, PD_PERM_READ, other, 0), PD_OK);
    EXPECT(pd_memory_set_permission((char*)memory + PAGE, PAGE, 0, other, 0), PD_QUOTA_GRANTS);
    EXPECT(pd_memory_set_permission(memory, 3 * PAGE, 0, other, 0), PD_OK);
    meeting()[0] = 1;
    exit(0);
}

static void stay_until_told(void)
{
    arrive();
    await_stage(&meeting()[0], 1);
}

static const struct property properties[] = {
    {"spin", spin},
    {"spin_twice", spin_twice},
    {"group_revocation", group_revocation},
    {"group_exclusive", group_exclusive},
    {"revocation_from_two_vcpus", revocation_from_two_vcpus},
    {"count_in_parts", count_in_parts},
    {"exclusive_on_parts", exclusive_on_parts},
    {"parts_owner", parts_owner_says_who_it_is},
    {"parts_heir", parts_heir},
    {"free_over_allocations", free_over_allocations},
    {"name_the_dead", name_the_dead},
    {"die_soon", die_soon},
    {"group_of_all", group_of_all},
    {"member", member},
    {"group_beyond_quota", group_beyond_quota},
    {"member_within_quota", member_within_quota},
    {"every_quota_has_its_status", every_quota_has_its_status},
    {"stay_until_told", stay_until_told},
};

MAIN(properties)
