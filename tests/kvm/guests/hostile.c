/* Domains that mean harm, each in one way (argument 1), beside a bystander: G11. */
#include "check.h"

#include <setjmp.h>

#define ASM(...) __asm__ volatile(__VA_ARGS__)

static void bystander(void)
{
    volatile unsigned char* memory = malloc(64 * 1024);
    for (unsigned round = 0; round < 20; ++round) {
        for (unsigned i = 0; i < 64 * 1024; ++i) {
            memory[i] = (unsigned char)(i * 7 + round);
        }
        pd_thread_sleep(1000000);
        for (unsigned i = 0; i < 64 * 1024; ++i) {
            CHECK(memory[i] == (unsigned char)(i * 7 + round));
        }
    }
}

static void null_write(void)
{
    *(volatile int*)8 = 1;
}
static void null_call(void)
{
    ((void (*)(void))(uintptr_t)0)();
}
static void write_shim(void)
{
    *(volatile int*)(uintptr_t)GLACIS_SHIM_BASE = 1;
}
static void read_shim(void)
{
    (void)*(volatile int*)(uintptr_t)GLACIS_SHIM_BASE;
}
static void write_gate(void)
{
    *(volatile int*)(uintptr_t)GLACIS_GATE_BASE = 1;
}
static void write_vcpu_block(void)
{
    *(volatile int*)(uintptr_t)(GLACIS_VCPU_BASE + 0x1f80) = 1;
}
static void write_tables(void)
{
    *(volatile int*)(uintptr_t)GLACIS_TABLES_BASE = 1;
}
static void call_shim(void)
{
    ((void (*)(void))(uintptr_t)(GLACIS_SHIM_BASE + 0x40))();
}
static void write_code(void)
{
    *(volatile char*)(uintptr_t)write_code = 0;
}
static void write_far(void)
{
    *(volatile int*)(uintptr_t)0x7000000000 = 1;
}
static void write_beyond_limit(void)
{
    *(volatile int*)(uintptr_t)0x700000000000 = 1;
}
static void write_non_canonical(void)
{
    *(volatile int*)(uintptr_t)0x8000000000000000 = 1;
}

static void execute_heap(void)
{
    unsigned char* code = malloc(16);
    code[0] = 0xc3;
    ((void (*)(void))(uintptr_t)code)();
}

static void execute_stack(void)
{
    volatile unsigned char code[16] = {0xc3};
    ((void (*)(void))(uintptr_t)code)();
}

static void write_other_domain(void)
{
    /* The bystander is the first domain: its image begins where domain memory does. */
    uint64_t base = pd_boot()->stack_area_base + pd_boot()->stack_area_size;
    base = base < GLACIS_MEMORY_BASE_MIN ? GLACIS_MEMORY_BASE_MIN : base;
    *(volatile char*)(uintptr_t)base = 0;
}

static void divide(void)
{
    ASM("xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx" ::: "rax", "rcx", "rdx", "cc");
}
static void undefined(void)
{
    ASM("ud2");
}
static void breakpoint(void)
{
    ASM("int3");
}
static void halt(void)
{
    ASM("hlt");
}
static void clear_interrupts(void)
{
    ASM("cli");
}
static void write_port(void)
{
    ASM("outb %%al, $0x80" ::: "memory");
}
static void write_shim_port(void)
{
    ASM("outb %%al, $0xc6" ::: "memory");
}
static void read_cr3(void)
{
    ASM("mov %%cr3, %%rax" ::: "rax");
}
static void write_cr3(void)
{
    ASM("xor %%eax, %%eax; mov %%rax, %%cr3" ::: "rax");
}
static void load_idt(void)
{
    ASM("lidt (%%rsp)" ::: "memory");
}
static void write_msr(void)
{
    ASM("wrmsr" ::: "memory");
}
static void software_interrupt(void)
{
    ASM("int $0x80" ::: "rax", "memory");
}
static void software_page_fault(void)
{
    ASM("int $14" ::: "memory");
}
static void far_return(void)
{
    ASM("pushq $0x08; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:" ::: "rax", "memory");
}
static void fake_iret(void)
{
    ASM("mov %%rsp, %%rax; pushq $0x10; push %%rax; pushfq; pushq $0x08; lea 1f(%%rip), %%rax; "
        "push %%rax; "
        "iretq; 1:" ::
            : "rax", "memory");
}
static void raw_syscall(void)
{
    ASM("mov $0x53, %%eax; syscall" ::: "rax", "rcx", "r11", "rdx", "memory");
}
static void single_step(void)
{
    ASM("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" ::: "memory", "cc");
}
static void alignment_check(void)
{
    ASM("pushfq; orq $0x40000, (%%rsp); popfq; lea -64(%%rsp), %%rax; mov 1(%%rax), %%rbx; ud2" ::
            : "rax", "rbx", "memory", "cc");
}

/* A call through the gate with a stack pointer that points nowhere: the return must be the domain's
 * fault. */
static void bad_stack_pointer(void)
{
    ASM("mov $0x53, %%eax; mov $0x1000, %%rsp; mov %0, %%rcx; jmp *%%rcx" ::"i"(GLACIS_GATE_BASE));
}
static void non_canonical_stack_pointer(void)
{
    ASM("movabs $0x8000000000000000, %%rsp; push %%rax" ::: "memory");
}
static void non_canonical_jump(void)
{
    ASM("movabs $0x8000000000000000, %%rax; jmp *%%rax" ::: "rax");
}
static void call_bounce(void)
{
    ASM("mov %0, %%rax; jmp *%%rax" ::"i"(GLACIS_GATE_BASE + 16));
}

/* Pretends to be in the shim on its way to ring 3: the program counter in its range, the stack
 * pointer where its trap frame lies. */
static void pretend_to_be_shim(void)
{
    ASM("mov %0, %%rsp; mov %1, %%rax; jmp *%%rax" ::"i"(GLACIS_VCPU_BASE + 0x1f80 - 40),
        "i"(GLACIS_SHIM_BASE + 0xc60));
}

static uint64_t spin(void* argument)
{
    for (volatile uint64_t* count = argument;; ++*count) {
    }
}
static void hang(void)
{
    static uint64_t count;
    spin(&count);
}
static void hang_in_all_threads(void)
{
    static uint64_t counts[8];
    for (int i = 0; i < 8; ++i) {
        EXPECT(pd_thread_start(spin, &counts[i], NULL, NULL), PD_OK);
    }
    spin(&counts[0]);
}

static void flood_console(void)
{
    static char line[4096];
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 200; ++i) {
        size_t taken;
        EXPECT(pd_console_write(line, sizeof line, &taken), PD_OK);
    }
    abort();
}

static void exhaust_memory(void)
{
    void* memory;
    pd_stack stack;
    while (pd_memory_alloc(PAGE, PD_PERM_READ | PD_PERM_WRITE, &memory) == PD_OK) {
    }
    while (pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack) == PD_OK) {
    }
    abort();
}

static void hypercall_noise(void)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 3000; ++i) {
        uint64_t words[7];
        for (int k = 0; k < 7; ++k) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            words[k] = state;
            if (state % 3 == 0) {
                words[k] &= 0xffff;
            } else if (state % 5 == 0) {
                words[k] = pd_boot()->stack_area_base + (state >> 20) % 0x10000000;
            } else if (state % 7 == 0) {
                words[k] = (state >> 30) & ~(uint64_t)0xfff;
            }
        }
        uint64_t number = words[6] % 0x60;
        if (number == GLACIS_CALL_DOMAIN_EXIT || number == GLACIS_CALL_ABORT ||
            number == GLACIS_CALL_CONSOLE_WRITE || number == GLACIS_CALL_STACK_ACTIVATE ||
            (number >= GLACIS_CALL_THREAD_CREATE && number <= GLACIS_CALL_THREAD_WAIT)) {
            number = GLACIS_CALL_THREAD_SELF; /* these end, block or move the caller */
        }
        glacis_hypercall(words[0], words[1], words[2], words[3], words[4], words[5], number);
    }
    abort();
}

static void run_off_stack(void);
static void (*volatile recurse)(void) = run_off_stack;
static void run_off_stack(void)
{
    volatile char frame[512];
    frame[0] = 1;
    recurse();
    frame[1] = 2;
}

static const struct property properties[] = {
    {"bystander", bystander},
    {"null_write", null_write},
    {"null_call", null_call},
    {"write_shim", write_shim},
    {"read_shim", read_shim},
    {"write_gate", write_gate},
    {"write_vcpu_block", write_vcpu_block},
    {"write_tables", write_tables},
    {"call_shim", call_shim},
    {"write_code", write_code},
    {"write_far", write_far},
    {"write_beyond_limit", write_beyond_limit},
    {"write_non_canonical", write_non_canonical},
    {"execute_heap", execute_heap},
    {"execute_stack", execute_stack},
    {"write_other_domain", write_other_domain},
    {"divide", divide},
    {"undefined", undefined},
    {"breakpoint", breakpoint},
    {"halt", halt},
    {"clear_interrupts", clear_interrupts},
    {"write_port", write_port},
    {"write_shim_port", write_shim_port},
    {"read_cr3", read_cr3},
    {"write_cr3", write_cr3},
    {"load_idt", load_idt},
    {"write_msr", write_msr},
    {"software_interrupt", software_interrupt},
    {"software_page_fault", software_page_fault},
    {"far_return", far_return},
    {"fake_iret", fake_iret},
    {"raw_syscall", raw_syscall},
    {"single_step", single_step},
    {"alignment_check", alignment_check},
    {"bad_stack_pointer", bad_stack_pointer},
    {"non_canonical_stack_pointer", non_canonical_stack_pointer},
    {"non_canonical_jump", non_canonical_jump},
    {"call_bounce", call_bounce},
    {"pretend_to_be_shim", pretend_to_be_shim},
    {"hang", hang},
    {"hang_in_all_threads", hang_in_all_threads},
    {"flood_console", flood_console},
    {"exhaust_memory", exhaust_memory},
    {"hypercall_noise", hypercall_noise},
    {"run_off_stack", run_off_stack},
};

MAIN(properties)
