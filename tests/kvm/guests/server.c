/* A domain whose functions others call. Argument 1: "serve" (the default), or what else its first
 * thread does. */
#include "check.h"
#include "raw_call.h"

#include <errno.h>
#include <stdatomic.h>

/* Each call of it counts. */
uint64_t add(uint64_t left, uint64_t right)
{
    return left + right;
}

static atomic_uint_fast64_t counter;

uint64_t count(void)
{
    return atomic_fetch_add(&counter, 1) + 1;
}

/* All six arguments arrive in order. */
uint64_t digits(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    return ((((a * 10 + b) * 10 + c) * 10 + d) * 10 + e) * 10 + f;
}

/* What the callee finds: its stack's place, floating-point modes, errno, thread-local variables. */
static _Thread_local uint64_t visits = 40;

uint64_t surroundings(uint64_t expected_window)
{
    volatile double third = 1.0;
    third /= 3.0;
    errno = 7;
    uint64_t here = (uint64_t)__builtin_frame_address(0);
    if (here >= expected_window || expected_window - here > 8192)
        return 1;
    if (third < 0.3333 || third > 0.3334)
        return 2;
    if (errno != 7)
        return 3;
    if (++visits != 41)
        return 4; /* thread-local variables begin anew */
    char* memory = malloc(100);
    if (memory == NULL)
        return 5;
    free(memory);
    return 0;
}

/* Reads or writes where it is told; what of that is allowed is the caller's question. */
uint64_t peek(uint64_t address)
{
    return *(volatile uint64_t*)address;
}

uint64_t poke(uint64_t address, uint64_t value)
{
    *(volatile uint64_t*)address = value;
    return 0;
}

static uint64_t recurse(uint64_t depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    uint64_t below = depth == 0 ? 0 : recurse(depth - 1);
    return below + 1 + (uint64_t)(frame[0] - (char)depth);
}

uint64_t deep(uint64_t depth)
{
    return recurse(depth);
}

uint64_t crash(void)
{
    *(volatile int*)8 = 1;
    return 0;
}

uint64_t hang(void)
{
    for (;;)
        __asm__ volatile("pause");
}

uint64_t sleep_for(uint64_t nanoseconds)
{
    pd_thread_sleep(nanoseconds);
    return 1;
}

/* Comes back with everything that a callee can spoil: flags, registers, stack pointer. */
__attribute__((naked)) uint64_t wreck(void)
{
    __asm__("movq $-1, %rax\n"
            "movq %rax, %xmm6\n"
            "fldz\n fldz\n fldz\n fldz\n fldz\n fldz\n fldz\n fldz\n"
            "movl $0x5f80, %ecx\n pushq %rcx\n ldmxcsr (%rsp)\n"
            "pushfq\n orq $0x40400, (%rsp)\n popfq\n" /* AC and DF */
            "movq %rax, %rbx\n movq %rax, %rcx\n movq %rax, %rsi\n movq %rax, %rdi\n"
            "movq %rax, %rbp\n movq %rax, %r8\n movq %rax, %r9\n movq %rax, %r10\n"
            "movq %rax, %r12\n movq %rax, %r13\n movq %rax, %r14\n movq %rax, %r15\n"
            "wrfsbase %rsp\n"
            "movl $99, %edx\n"
            "movl $0x7777, %esp\n"
            "movl $0x108030, %r11d\n" /* GLACIS_GATE_RETURN */
            "jmp *%r11\n");
}

/* Two threads of one domain, or of others that are in calls of it, share everything but stacks. */
static _Atomic(uint64_t*) published;

uint64_t publish_local(void)
{
    volatile uint64_t local = 1;
    atomic_store(&published, (uint64_t*)&local);
    while (local == 1)
        __asm__ volatile("pause");
    puts("my frame was written to");
    return 0;
}

uint64_t poke_published(void)
{
    uint64_t* local;
    while ((local = atomic_load(&published)) == NULL)
        __asm__ volatile("pause");
    *local = 2;
    return 0;
}

uint64_t finish(uint64_t nanoseconds)
{
    pd_thread_sleep(nanoseconds);
    puts("finished");
    return 0;
}

/* Ends this domain in the middle of a call. */
uint64_t leave(void)
{
    pd_domain_exit(0);
}

/* An end of the thread is not the callee's to decide. */
uint64_t exit_thread(void)
{
    struct glacis_reply reply = glacis_hypercall(0, 0, 0, 0, 0, 0, GLACIS_CALL_THREAD_EXIT);
    return reply.status;
}

/* Calls back into the domain "guest", which may call here again, and so on. */
uint64_t bounce(uint64_t depth)
{
    static pd_gate back;
    if (back == 0)
        back = pd_gate_find("guest", "again");
    uint64_t value = 0;
    if (depth == 0)
        return 0;
    pd_status status = pd_gate_call_1(back, depth - 1, &value);
    return status == PD_OK ? value + 1 : (uint64_t)status << 32;
}

/* Makes a call as its caller made one, with a handle that this domain does not have. */
uint64_t borrow(uint64_t tag, uint64_t hint)
{
    return raw_call(tag, hint).status;
}

/* Fills the stack below with a pattern. */
__attribute__((noinline)) static void fill_below(unsigned char pattern)
{
    volatile unsigned char frame[6000];
    for (size_t i = 0; i < sizeof frame; i++)
        frame[i] = pattern;
}

uint64_t litter(uint64_t pattern)
{
    fill_below((unsigned char)pattern);
    return 0;
}

int main(void)
{
    const char* what = pd_argument(1);
    if (what != NULL && strcmp(what, "late") == 0)
        pd_thread_sleep(20000000);
    if (what != NULL && strcmp(what, "never") == 0)
        return 0;
    if (what != NULL && strcmp(what, "open_and_leave") == 0) {
        pd_gate_open();
        pd_thread_sleep(20000000);
        return 0;
    }
    if (what != NULL && strcmp(what, "crash_later") == 0) {
        pd_gate_open();
        while (atomic_load(&counter) < 3)
            pd_thread_yield();
        *(volatile int*)8 = 1;
    }
    if (pd_boot()->restarts != 0)
        printf("restart %u\n", pd_boot()->restarts);
    EXPECT(pd_gate_serve(), PD_OK);
    puts("served");
    return 0;
}
