/* Properties of calls across domains, from the caller's side; the callee is server.c in the domain
 * "server". */
#include "check.h"
#include "raw_call.h"

#include <stdatomic.h>

static pd_gate find(const char* name)
{
    pd_gate gate = pd_gate_find("server", name);
    CHECK(gate != 0);
    return gate;
}

/* ---- what arrives -------------------------------------------------------------------------------
 */

static void arguments_and_result(void)
{
    uint64_t value = 0;
    EXPECT(pd_gate_call_2(find("add"), 40, 2, &value), PD_OK);
    CHECK(value == 42);
    EXPECT(pd_gate_call_6(find("digits"), 1, 2, 3, 4, 5, 6, &value), PD_OK);
    CHECK(value == 123456);
    for (uint64_t i = 1; i <= 1000; i++) {
        EXPECT(pd_gate_call_0(find("count"), &value), PD_OK);
        CHECK(value == i);
    }
}

static void window_and_modes(void)
{
    uint64_t value = 0;
    /* Modes of the caller's that would kill the callee: all exceptions unmasked, another rounding.
     */
    uint32_t strict = 0x6000;
    uint32_t before;
    uint32_t after;
    __asm__ volatile("stmxcsr %0" : "=m"(before));
    __asm__ volatile("ldmxcsr %0" : : "m"(strict));
    uint64_t window = (uint64_t)__builtin_frame_address(0) & ~(uint64_t)(PAGE - 1);
    pd_status status = pd_gate_call_1(find("surroundings"), window, &value);
    __asm__ volatile("stmxcsr %0" : "=m"(after));
    __asm__ volatile("ldmxcsr %0" : : "m"(before));
    EXPECT(status, PD_OK);
    CHECK(value == 0);
    CHECK((after & 0xffc0) == strict);
}

/* ---- refusals -----------------------------------------------------------------------------------
 */

static uint64_t window_here(void)
{
    return ((uint64_t)__builtin_frame_address(0) - 64) & ~(uint64_t)(PAGE - 1);
}

static void refusals(void)
{
    uint64_t value = 77;
    EXPECT(pd_gate_call_2(0, 1, 2, &value), PD_BAD_HANDLE);
    EXPECT(pd_gate_call_2(500, 1, 2, &value), PD_BAD_HANDLE);
    EXPECT(pd_gate_call_2(GLACIS_GATES_MAX + 1, 1, 2, &value), PD_BAD_HANDLE);
    EXPECT(pd_gate_call_1(find("add"), 1, &value), PD_BAD_ARGUMENT);
    EXPECT(pd_gate_call_3(find("add"), 1, 2, 3, &value), PD_BAD_ARGUMENT);
    EXPECT(pd_gate_call(find("add"), NULL, 7, &value), PD_BAD_ARGUMENT);
    CHECK(value == 77);
    CHECK(pd_gate_find("server", "nothing") == 0);
    CHECK(pd_gate_find("nobody", "add") == 0);
    CHECK(pd_gate_domain(find("add")) == 1 && pd_gate_domain(0) == PD_SELF);

    uint64_t tag = (uint64_t)find("add") << GLACIS_GATE_HANDLE_SHIFT | 2;
    struct pd_stack_info stack;
    EXPECT(pd_stack_query(pd_stack_current(), &stack), PD_OK);
    CHECK(raw_call(window_here() | tag, 0).status == PD_OK);
    CHECK(raw_call((stack.top + PAGE) | tag, 0).status == PD_BAD_ARGUMENT);
    CHECK(raw_call(UINT64_MAX << GLACIS_PAGE_SHIFT | tag, 0).status == PD_BAD_ARGUMENT);
    CHECK(raw_call((stack.top - stack.committed) | tag, 0).status == PD_STACK_TOO_SMALL);
    CHECK(raw_call((stack.top - stack.committed + PAGE) | tag, 0).status == PD_STACK_TOO_SMALL);
    CHECK(raw_call((stack.stack - PAGE) | tag, 0).status == PD_STACK_TOO_SMALL);
    CHECK(raw_call(tag, 0).status == PD_STACK_TOO_SMALL);
    CHECK(raw_call(0, 0).status == PD_BAD_HANDLE);
    CHECK(raw_call(window_here() | tag, UINT64_MAX).status == PD_OK);
    CHECK(raw_call(window_here() | tag, 0).value == 3);
}

/* A call is prepared for its caller alone: to the callee, with the same tag at the same place, the
 * handle means what it means to anybody who has no such right. The callee's own call may take one
 * of the places; it can't take all. */
static void borrowed_call(void)
{
    uint64_t tag = window_here() | (uint64_t)find("count") << GLACIS_GATE_HANDLE_SHIFT;
    uint64_t status = 0;
    for (uint64_t i = 1; i <= 4; i++) {
        uint64_t hint = i * GLACIS_ENTRY_SIZE;
        struct glacis_reply reply = raw_call(tag, hint);
        CHECK(reply.status == PD_OK && reply.value == i);
        EXPECT(pd_gate_call_2(find("borrow"), tag, hint, &status), PD_OK);
        CHECK(status == PD_BAD_HANDLE);
    }
}

static void return_without_call(void)
{
    uint64_t status;
    __asm__ volatile("movl %[gate], %%r11d\n call *%%r11\n"
                     : "=a"(status)
                     : [gate] "i"(GLACIS_GATE_RETURN)
                     : "rbx", "rcx", "rdx", "r11", "memory", "cc");
    CHECK(status == PD_NOT_IN_CALL);
}

static void granted_stack(void)
{
    struct pd_stack_info stack;
    uint64_t value;
    EXPECT(pd_stack_query(pd_stack_current(), &stack), PD_OK);
    EXPECT(pd_gate_call_2(find("add"), 1, 2, &value), PD_OK); /* is prepared now */
    char* low = (char*)(stack.top - stack.committed);
    EXPECT(pd_stack_set_permission(low, PAGE, PD_PERM_READ, 1, 0), PD_OK);
    EXPECT(pd_gate_call_2(find("add"), 1, 2, &value), PD_IN_USE);
    EXPECT(pd_stack_set_permission(low, PAGE, PD_PERM_NONE, 1, 0), PD_OK);
    EXPECT(pd_gate_call_2(find("add"), 1, 2, &value), PD_OK);
}

static uint64_t call_deep(void* depth)
{
    uint64_t value = 0;
    EXPECT(pd_gate_call_1(find("deep"), (uint64_t)depth, &value), PD_OK);
    return value;
}

/* Each time in the same slot, and larger: what was made for calls on the stack before is of no use.
 */
static void stack_made_anew(void)
{
    pd_stack first = 0;
    for (uint64_t round = 1; round <= 4; round++) {
        pd_stack stack;
        uint64_t value = 0;
        EXPECT(pd_stack_alloc(round * 32768, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
        first = first == 0 ? stack : first;
        CHECK(stack == first);
        EXPECT(pd_stack_run_on(stack, call_deep, (void*)(round * 30), &value), PD_OK);
        CHECK(value == round * 30 + 1);
        EXPECT(pd_stack_free(stack), PD_OK);
    }
}

/* ---- frames -------------------------------------------------------------------------------------
 */

static void read_my_frame(void)
{
    volatile uint64_t secret = 4711;
    uint64_t value = 0;
    pd_status status = pd_gate_call_1(find("peek"), (uint64_t)&secret, &value);
    EXPECT(status, PD_CALLEE_FAULTED);
    CHECK(value == 0);
    CHECK(secret == 4711);
}

static void write_my_frame(void)
{
    volatile uint64_t secret = 4711;
    EXPECT(pd_gate_call_2(find("poke"), (uint64_t)&secret, 1, NULL), PD_CALLEE_FAULTED);
    CHECK(secret == 4711);
}

/* What was granted of the stack above the window can be used. */
static void lend_a_page(void)
{
    __attribute__((aligned(4096))) volatile uint64_t page[2 * 512];
    page[0] = 1;
    EXPECT(pd_stack_set_permission((void*)page, PAGE, PD_PERM_READ | PD_PERM_WRITE, 1, 0), PD_OK);
    EXPECT(pd_gate_call_2(find("poke"), (uint64_t)&page[0], 4712, NULL), PD_OK);
    CHECK(page[0] == 4712);
    EXPECT(pd_stack_set_permission((void*)page, PAGE, 0, 1, 0), PD_OK);
    EXPECT(pd_gate_call_2(find("poke"), (uint64_t)&page[0], 1, NULL), PD_CALLEE_FAULTED);
    CHECK(page[0] == 4712);
}

static void overflow_in_callee(void)
{
    uint64_t value;
    EXPECT(pd_gate_call_1(find("deep"), 10, &value), PD_OK);
    CHECK(value == 11);
    EXPECT(pd_gate_call_1(find("deep"), 1000000, &value), PD_CALLEE_FAULTED);
}

/* ---- ends ---------------------------------------------------------------------------------------
 */

static void crash_and_go_on(void)
{
    uint64_t value = 5;
    volatile double kept = 2.5;
    EXPECT(pd_gate_call_0(find("crash"), &value), PD_CALLEE_FAULTED);
    CHECK(value == 5 && kept == 2.5);
    EXPECT(pd_gate_call_2(find("add"), 1, 2, &value), PD_NOT_RUNNING);
}

static void crash_and_call_again(void)
{
    uint64_t value = 0;
    for (int i = 0; i < 3; i++) {
        EXPECT(pd_gate_call_2(find("add"), 1, (uint64_t)i, &value), PD_OK);
        CHECK(value == 1 + (uint64_t)i);
        EXPECT(pd_gate_call_0(find("crash"), &value), PD_CALLEE_FAULTED);
        pd_status status;
        do {
            status = pd_gate_call_2(find("add"), 1, 2, &value);
        } while (status == PD_NOT_RUNNING);
        EXPECT(status, PD_OK);
    }
}

/* The server goes on serving while its only caller is started anew. */
static void crash_oneself_and_call(void)
{
    uint64_t value = 0;
    EXPECT(pd_gate_call_2(find("add"), 40, 2, &value), PD_OK);
    CHECK(value == 42);
    if (pd_boot()->restarts == 0)
        *(volatile int*)8 = 1;
}

static void time_limit(void)
{
    EXPECT(pd_gate_call_0(find("hang"), NULL), PD_CALL_TIME_LIMIT);
}

static void time_limit_asleep(void)
{
    EXPECT(pd_gate_call_1(find("sleep_for"), PD_FOREVER, NULL), PD_CALL_TIME_LIMIT);
}

static void callee_leaves(void)
{
    EXPECT(pd_gate_call_0(find("leave"), NULL), PD_CALLEE_STOPPED);
}

static void thread_exit_in_call(void)
{
    uint64_t value;
    EXPECT(pd_gate_call_0(find("exit_thread"), &value), PD_OK);
    CHECK(value == PD_NOT_IN_CALL);
}

static void never_opened(void)
{
    EXPECT(pd_gate_call_2(find("add"), 1, 2, NULL), PD_NOT_RUNNING);
}

static void stopped_by_others(void)
{
    /* The server's own thread crashes while this one is in a call of it. */
    for (int i = 0; i < 3; i++)
        EXPECT(pd_gate_call_0(find("count"), NULL), PD_OK);
    EXPECT(pd_gate_call_0(find("hang"), NULL), PD_CALLEE_STOPPED);
}

/* ---- nesting ------------------------------------------------------------------------------------
 */

uint64_t again(uint64_t depth)
{
    static pd_gate bounce;
    uint64_t value = 0;
    if (bounce == 0)
        bounce = pd_gate_find("server", "bounce");
    if (depth == 0)
        return 0;
    pd_status status = pd_gate_call_1(bounce, depth - 1, &value);
    return status == PD_OK ? value + 1 : (uint64_t)status << 32;
}

static void nested(void)
{
    uint64_t value = 0;
    EXPECT(pd_gate_open(), PD_OK);
    for (int i = 0; i < 50; i++) {
        EXPECT(pd_gate_call_1(find("bounce"), 6, &value), PD_OK);
        CHECK(value == 6);
    }
}

static void too_deep(void)
{
    uint64_t value = 0;
    EXPECT(pd_gate_open(), PD_OK);
    EXPECT(pd_gate_call_1(find("bounce"), 1000, &value), PD_OK);
    CHECK(value >> 32 == PD_CALL_DEPTH || value >> 32 == PD_STACK_TOO_SMALL);
}

/* ---- several threads ----------------------------------------------------------------------------
 */

static uint64_t call_many(void* argument)
{
    uint64_t calls = (uint64_t)argument;
    for (uint64_t i = 0; i < calls; i++) {
        uint64_t value = 0;
        EXPECT(pd_gate_call_2(find("add"), i, calls, &value), PD_OK);
        CHECK(value == i + calls);
    }
    return calls;
}

static void storm(void)
{
    uint64_t threads = strtoull(pd_argument(2), NULL, 10);
    uint64_t calls = strtoull(pd_argument(3), NULL, 10);
    pd_thread handles[16];
    for (uint64_t i = 0; i < threads; i++)
        EXPECT(pd_thread_start(call_many, (void*)(calls + i), NULL, &handles[i]), PD_OK);
    for (uint64_t i = 0; i < threads; i++) {
        uint64_t value;
        EXPECT(pd_thread_join(handles[i], PD_FOREVER, &value), PD_OK);
        CHECK(value == calls + i);
    }
}

static uint64_t call_through_crashes(void* argument)
{
    uint64_t calls = (uint64_t)argument;
    for (uint64_t i = 0; i < calls; i++) {
        uint64_t value = 0;
        pd_status status = pd_gate_call_2(find("add"), i, 1, &value);
        CHECK(status == PD_OK || status == PD_NOT_RUNNING || status == PD_CALLEE_STOPPED);
        if (status == PD_OK)
            CHECK(value == i + 1);
    }
    return 0;
}

static void crash_storm(void)
{
    pd_thread handles[4];
    for (uint64_t i = 0; i < 4; i++)
        EXPECT(pd_thread_start(call_through_crashes, (void*)2000, NULL, &handles[i]), PD_OK);
    for (int i = 0; i < 20; i++) {
        pd_status status = pd_gate_call_0(find("crash"), NULL);
        CHECK(status == PD_CALLEE_FAULTED || status == PD_CALLEE_STOPPED ||
              status == PD_NOT_RUNNING);
        pd_thread_sleep(1000000);
    }
    for (uint64_t i = 0; i < 4; i++)
        EXPECT(pd_thread_join(handles[i], PD_FOREVER, NULL), PD_OK);
}

/* ---- what a callee cannot spoil
 * ------------------------------------------------------------------
 */

static void wrecked_registers(void)
{
    uint64_t kept[6];
    uint32_t modes = 0;
    for (int i = 0; i < 50; i++) {
        uint64_t flags = 0;
        uint64_t value = 0;
        for (uint64_t j = 0; j < 6; j++)
            kept[j] = (uint64_t)i * 10 + j;
        EXPECT(pd_gate_call_0(find("wreck"), &value), PD_OK);
        __asm__ volatile("pushfq\n popq %0" : "=r"(flags));
        __asm__ volatile("stmxcsr %0" : "=m"(modes));
        CHECK(value == 99);
        CHECK((flags & 0x40500) == 0);
        CHECK((modes & 0xffc0) == 0x1f80);
        for (uint64_t j = 0; j < 6; j++)
            CHECK(kept[j] == (uint64_t)i * 10 + j);
        volatile long double third = 1.0L;
        third /= 3.0L; /* the x87 stack is free again */
        CHECK(third > 0.333L && third < 0.334L);
    }
}

static uint64_t call_by_name(void* name)
{
    return (uint64_t)pd_gate_call_0(find(name), NULL);
}

static void threads_in_callee(void)
{
    pd_thread first;
    pd_thread second;
    uint64_t status;
    EXPECT(pd_thread_start(call_by_name, "publish_local", NULL, &first), PD_OK);
    EXPECT(pd_thread_start(call_by_name, "poke_published", NULL, &second), PD_OK);
    EXPECT(pd_thread_join(second, PD_FOREVER, &status), PD_OK);
    CHECK(status == PD_CALLEE_FAULTED);
    EXPECT(pd_thread_join(first, PD_FOREVER, &status), PD_OK);
    CHECK(status == PD_CALLEE_STOPPED);
}

static uint64_t call_finish(void* unused)
{
    (void)unused;
    pd_gate_call_1(find("finish"), 30000000, NULL);
    puts("not reached");
    return 0;
}

static void die_elsewhere(void)
{
    pd_thread thread;
    EXPECT(pd_gate_call_2(find("add"), 1, 2, NULL), PD_OK); /* the server is there */
    EXPECT(pd_thread_start(call_finish, NULL, NULL, &thread), PD_OK);
    pd_thread_sleep(10000000);
    *(volatile int*)8 = 1;
}

/* ---- residue ------------------------------------------------------------------------------------
 */

static uint64_t count_below(unsigned char pattern)
{
    volatile unsigned char* here = (unsigned char*)__builtin_frame_address(0);
    uint64_t found = 0;
    struct pd_stack_info stack;
    EXPECT(pd_stack_query(pd_stack_current(), &stack), PD_OK);
    uint64_t bottom = stack.top - stack.committed;
    for (volatile unsigned char* p = (unsigned char*)bottom; p < here - 1024; p++)
        found += *p == pattern;
    return found;
}

static void residue_stays(void)
{
    EXPECT(pd_gate_call_1(find("litter"), 0xa7, NULL), PD_OK);
    CHECK(count_below(0xa7) >= 5000);
}

static void residue_is_scrubbed(void)
{
    for (int i = 0; i < 10; i++) {
        EXPECT(pd_gate_call_1(find("litter"), 0xa7, NULL), PD_OK);
        CHECK(count_below(0xa7) < 16);
    }
    struct pd_stack_info stack;
    EXPECT(pd_stack_query(pd_stack_current(), &stack), PD_OK);
    CHECK(stack.peak >= 2 * PAGE);
}

static const struct property properties[] = {
    {"arguments_and_result", arguments_and_result},
    {"window_and_modes", window_and_modes},
    {"refusals", refusals},
    {"borrowed_call", borrowed_call},
    {"return_without_call", return_without_call},
    {"granted_stack", granted_stack},
    {"stack_made_anew", stack_made_anew},
    {"read_my_frame", read_my_frame},
    {"write_my_frame", write_my_frame},
    {"lend_a_page", lend_a_page},
    {"overflow_in_callee", overflow_in_callee},
    {"crash_and_go_on", crash_and_go_on},
    {"crash_and_call_again", crash_and_call_again},
    {"crash_oneself_and_call", crash_oneself_and_call},
    {"time_limit", time_limit},
    {"time_limit_asleep", time_limit_asleep},
    {"callee_leaves", callee_leaves},
    {"thread_exit_in_call", thread_exit_in_call},
    {"never_opened", never_opened},
    {"stopped_by_others", stopped_by_others},
    {"nested", nested},
    {"too_deep", too_deep},
    {"storm", storm},
    {"crash_storm", crash_storm},
    {"wrecked_registers", wrecked_registers},
    {"threads_in_callee", threads_in_callee},
    {"die_elsewhere", die_elsewhere},
    {"residue_stays", residue_stays},
    {"residue_is_scrubbed", residue_is_scrubbed},
};

MAIN(properties)
