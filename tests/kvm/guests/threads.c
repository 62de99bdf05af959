/* Properties of threads: registers survive, waiting and waking, restarts, kicks (G13). */
#include "check.h"

#include <stdatomic.h>

static atomic_ulong progress[8];
static atomic_uint word;

static uint64_t count_for_ever(void* argument)
{
    for (;;) {
        atomic_fetch_add((atomic_ulong*)argument, 1);
    }
}

static void slices_are_shared(void)
{
    for (int i = 0; i < 3; ++i) {
        EXPECT(pd_thread_start(count_for_ever, &progress[i], NULL, NULL), PD_OK);
    }
    for (int i = 0; i < 3; ++i) {
        while (atomic_load(&progress[i]) < 1000) {
        }
    }
    pd_domain_exit(0);
}

static void spin_for_ever(void)
{
    const int threads = atoi(pd_argument(2));
    for (int i = 1; i < threads; ++i) {
        EXPECT(pd_thread_start(count_for_ever, &progress[i], NULL, NULL), PD_OK);
    }
    count_for_ever(&progress[0]);
}

/* ---- registers
 * ------------------------------------------------------------------------------------- */

/* Fills registers with a pattern of its own, stays in the loop for a few slices, and looks whether
 * they are still so. */
static uint64_t keep_registers(void* argument)
{
    const uint64_t mine = (uint64_t)(uintptr_t)argument;
    for (int round = 0; round < 400; ++round) {
        uint64_t wrong = 0;
        __asm__ volatile(
            "mov %1, %%rbx; mov %1, %%r12; mov %1, %%r13; mov %1, %%r14; mov %1, %%r15\n\t"
            "movq %1, %%xmm0; movq %1, %%xmm7; movq %1, %%xmm15\n\t"
            "mov $20000, %%ecx\n\t"
            "1: dec %%ecx; jnz 1b\n\t"
            "xor %1, %%rbx; xor %1, %%r12; xor %1, %%r13; xor %1, %%r14; xor %1, %%r15\n\t"
            "or %%r12, %%rbx; or %%r13, %%rbx; or %%r14, %%rbx; or %%r15, %%rbx\n\t"
            "movq %%xmm0, %%r12; xor %1, %%r12; or %%r12, %%rbx\n\t"
            "movq %%xmm7, %%r12; xor %1, %%r12; or %%r12, %%rbx\n\t"
            "movq %%xmm15, %%r12; xor %1, %%r12; or %%r12, %%rbx\n\t"
            "mov %%rbx, %0"
            : "=r"(wrong)
            : "r"(mine * 0x0101010101010101u)
            : "rbx", "rcx", "r12", "r13", "r14", "r15", "xmm0", "xmm7", "xmm15", "cc");
        CHECK(wrong == 0);
    }
    return mine;
}

static _Thread_local uint64_t thread_value;

static uint64_t keep_thread_pointer(void* argument)
{
    thread_value = (uint64_t)(uintptr_t)argument;
    for (int i = 0; i < 50; ++i) {
        pd_thread_yield();
        CHECK(thread_value == (uint64_t)(uintptr_t)argument);
    }
    return thread_value;
}

static void run_four(uint64_t (*function)(void*))
{
    pd_thread threads[4];
    for (uint64_t i = 0; i < 4; ++i) {
        EXPECT(pd_thread_start(function, (void*)(uintptr_t)(i + 1), NULL, &threads[i]), PD_OK);
    }
    for (uint64_t i = 0; i < 4; ++i) {
        uint64_t value = 0;
        EXPECT(pd_thread_join(threads[i], PD_FOREVER, &value), PD_OK);
        CHECK(value == i + 1);
    }
}

static void registers_survive(void)
{
    run_four(keep_registers);
}
static void thread_pointers_survive(void)
{
    run_four(keep_thread_pointer);
}

/* A new thread finds nothing of others in its registers. */
extern void glacis_test_registers(void);
__asm__(
    ".text\n"
    "glacis_test_registers:\n"
    "mov %rax, %r11; or %rbx, %r11; or %rcx, %r11; or %rdx, %r11; or %rsi, %r11; or %rbp, %r11\n"
    "or %r8, %r11; or %r9, %r11; or %r10, %r11; or %r12, %r11; or %r13, %r11; or %r14, %r11\n"
    "or %r15, %r11\n"
    "movq %xmm0, %rax; or %rax, %r11; movq %xmm9, %rax; or %rax, %r11; movq %xmm15, %rax; or %rax, "
    "%r11\n"
    "mov %r11, %rdi\n"
    "mov $0x51, %eax\n" /* thread_exit */
    "mov $0x108000, %r11d\n"
    "call *%r11\n");

static void fresh_registers_are_clear(void)
{
    for (int i = 0; i < 8; ++i) {
        pd_stack stack;
        pd_thread thread;
        uint64_t value = 1;
        __asm__ volatile("movq %0, %%xmm0; movq %0, %%xmm9; movq %0, %%xmm15" ::"r"(~(uint64_t)0)
                         : "xmm0", "xmm9", "xmm15");
        EXPECT(pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
        EXPECT(pd_thread_create((void (*)(void*))glacis_test_registers, NULL, stack, NULL, 0, NULL,
                                &thread),
               PD_OK);
        EXPECT(pd_thread_join(thread, PD_FOREVER, &value), PD_OK);
        CHECK(value == 0);
        EXPECT(pd_stack_free(stack), PD_OK);
    }
}

/* ---- waiting
 * ------------------------------------------------------------------------------------------- */

static uint64_t wait_for_word(void* argument)
{
    (void)argument;
    while (atomic_load(&word) == 0) {
        const pd_status status = pd_thread_wait(&word, 0, PD_FOREVER);
        CHECK(status == PD_OK || status == PD_TRY_AGAIN);
    }
    return atomic_load(&word);
}

static void wait_and_wake(void)
{
    pd_thread threads[4];
    uint64_t before;
    uint64_t after;
    uint64_t value = 0;
    EXPECT(pd_thread_wait(&word, 1, PD_FOREVER), PD_TRY_AGAIN);
    EXPECT(pd_clock(PD_CLOCK_MONOTONIC, &before), PD_OK);
    EXPECT(pd_thread_wait(&word, 0, 5000000), PD_TIMED_OUT);
    EXPECT(pd_clock(PD_CLOCK_MONOTONIC, &after), PD_OK);
    CHECK(after - before >= 5000000);
    EXPECT(pd_thread_wait((char*)&word + 1, 0, 0), PD_MISALIGNED);
    for (int i = 0; i < 4; ++i) {
        EXPECT(pd_thread_start(wait_for_word, NULL, NULL, &threads[i]), PD_OK);
    }
    for (int i = 0; i < 10; ++i) {
        pd_thread_yield();
    }
    atomic_store(&word, 9);
    EXPECT(pd_thread_wake(&word, UINT64_MAX, &value), PD_OK);
    CHECK(value <= 4);
    for (int i = 0; i < 4; ++i) {
        EXPECT(pd_thread_join(threads[i], PD_FOREVER, &value), PD_OK);
        CHECK(value == 9);
        EXPECT(pd_thread_join(threads[i], PD_FOREVER, &value), PD_BAD_HANDLE);
    }
    EXPECT(pd_thread_join(pd_thread_self(), PD_FOREVER, &value), PD_DEADLOCK);
    EXPECT(pd_thread_join(0, PD_FOREVER, &value), PD_BAD_HANDLE);
    EXPECT(pd_thread_join(0x1234567890, PD_FOREVER, &value), PD_BAD_HANDLE);
}

static void ping_pong(int first)
{
    volatile uint32_t* ball = (volatile uint32_t*)pd_region_find("meet")->base;
    for (uint32_t i = 0; i < 200; ++i) {
        const uint32_t mine = 2 * i + (uint32_t)first;
        for (uint32_t seen = *ball; seen != mine; seen = *ball) {
            const pd_status status = pd_thread_wait((void*)ball, seen, PD_FOREVER);
            CHECK(status == PD_OK || status == PD_TRY_AGAIN);
        }
        *ball = mine + 1;
        EXPECT(pd_thread_wake((void*)ball, 1, NULL), PD_OK);
    }
}
static void ping(void)
{
    ping_pong(0);
}
static void pong(void)
{
    ping_pong(1);
}

static void wait_for_nothing(void)
{
    EXPECT(pd_thread_wait(&word, 0, PD_FOREVER), PD_OK);
}

/* ---- ends and restarts
 * ------------------------------------------------------------------------------------ */

static uint64_t global_state = 17;

static void fault_until_third_start(void)
{
    void* memory;
    CHECK(global_state == 17);
    global_state = 18;
    EXPECT(pd_memory_alloc(PAGE, PD_PERM_READ | PD_PERM_WRITE, &memory), PD_OK);
    CHECK(*(volatile uint64_t*)memory == 0);
    memset(memory, 1, PAGE);
    printf("start %u\n", pd_boot()->restarts);
    if (pd_boot()->restarts < 2) {
        *(volatile int*)8 = 1;
    }
}

static void fault_always(void)
{
    *(volatile int*)8 = 1;
}

/* Ends the system, by its policy, when it has got through. */
static void wait_wake_and_fault(void)
{
    wait_and_wake();
    fault_always();
}

static uint64_t storm_calls(void* argument)
{
    (void)argument;
    for (;;) {
        pd_stack stack;
        if (pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack) == PD_OK) {
            pd_stack_free(stack);
        }
    }
}

/* A sibling faults while others are in the middle of calls, sleeping, waiting, spinning. */
static void fault_amid_everything(void)
{
    EXPECT(pd_thread_start(storm_calls, NULL, NULL, NULL), PD_OK);
    EXPECT(pd_thread_start(storm_calls, NULL, NULL, NULL), PD_OK);
    EXPECT(pd_thread_start(wait_for_word, NULL, NULL, NULL), PD_OK);
    EXPECT(pd_thread_start(count_for_ever, &progress[0], NULL, NULL), PD_OK);
    for (int i = 0; i < 3; ++i) {
        pd_thread_yield();
    }
    *(volatile int*)8 = 1;
}

static void exit_with_7(void)
{
    exit(7);
}

static uint64_t add_one(void* argument)
{
    atomic_fetch_add((atomic_uint*)argument, 1);
    return 0;
}

static void many_threads(void)
{
    enum { at_once = 50, rounds = 4 };
    static pd_thread threads[at_once];
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < at_once; ++i) {
            EXPECT(pd_thread_start(add_one, &word, NULL, &threads[i]), PD_OK);
        }
        for (int i = 0; i < at_once; ++i) {
            EXPECT(pd_thread_join(threads[i], PD_FOREVER, NULL), PD_OK);
        }
    }
    CHECK(word == at_once * rounds);
}

static const struct property properties[] = {
    {"slices_are_shared", slices_are_shared},
    {"spin_for_ever", spin_for_ever},
    {"registers_survive", registers_survive},
    {"thread_pointers_survive", thread_pointers_survive},
    {"fresh_registers_are_clear", fresh_registers_are_clear},
    {"wait_and_wake", wait_and_wake},
    {"ping", ping},
    {"pong", pong},
    {"wait_for_nothing", wait_for_nothing},
    {"fault_until_third_start", fault_until_third_start},
    {"fault_always", fault_always},
    {"wait_wake_and_fault", wait_wake_and_fault},
    {"fault_amid_everything", fault_amid_everything},
    {"exit_with_7", exit_with_7},
    {"many_threads", many_threads},
};

MAIN(properties)
