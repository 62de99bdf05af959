/* Properties of fault handlers. A domain of the description, or a parent of children that are this
 * same program, answers what others do wrong. */
#include "check.h"

#include <stdatomic.h>

enum { rw = PD_PERM_READ | PD_PERM_WRITE, pages = 40 };

/* ---- parents' tools
 * ------------------------------------------------------------------------------- */

static struct pd_domain_parameters parameters;
static uint64_t* shared; /* a page that parent and child have */

static void* alloc(size_t length)
{
    void* memory;
    EXPECT(pd_memory_alloc(length, rw, &memory), PD_OK);
    return memory;
}

/* A child that does `what`, with an address as its second argument; its faults are the caller's. */
static pd_domain make(const char* what, const void* address, uint32_t flags)
{
    static char arguments[96];
    static struct pd_grant grant;
    const struct pd_boot_region* program = pd_region_find("program");
    pd_domain domain = PD_SELF;
    CHECK(program != NULL);
    shared = alloc(PAGE);
    grant = (struct pd_grant){
        .name = "shared", .address = (uint64_t)(uintptr_t)shared, .length = PAGE, .perm = rw};
    EXPECT(pd_domain_parameters_init(&parameters, "child"), PD_OK);
    const int first = snprintf(arguments, sizeof arguments, "%s", what);
    const int second = snprintf(arguments + first + 1, sizeof arguments - (size_t)first - 1, "%llx",
                                (unsigned long long)(uintptr_t)address);
    parameters.arguments = (uint64_t)(uintptr_t)arguments;
    parameters.arguments_size = (uint32_t)(first + second + 2);
    parameters.grants = (uint64_t)(uintptr_t)&grant;
    parameters.grant_count = 1;
    parameters.flags = PD_DOMAIN_HANDLED | flags;
    parameters.max_restarts = 2;
    parameters.handler_timeout = PD_FOREVER;
    EXPECT(pd_domain_create((const void*)(uintptr_t)program->base, program->content_size,
                            &parameters, &domain),
           PD_OK);
    return domain;
}

static struct pd_fault next_fault(void)
{
    static struct pd_fault fault;
    EXPECT(pd_fault_wait(PD_FOREVER, &fault), PD_OK);
    return fault;
}

static struct pd_domain_info end_of(pd_domain domain)
{
    struct pd_domain_info information;
    EXPECT(pd_domain_wait(domain, PD_FOREVER, &information), PD_OK);
    EXPECT(pd_domain_destroy(domain), PD_OK);
    return information;
}

/* ---- children and culprits
 * ------------------------------------------------------------------------ */

static void find_shared(void)
{
    shared = (uint64_t*)(uintptr_t)pd_region_find("shared")->base;
}

static volatile uint64_t* given_address(void)
{
    return (volatile uint64_t*)(uintptr_t)strtoull(pd_argument(2), NULL, 16);
}

static void child_touches_pages(void)
{
    volatile uint64_t* memory = given_address();
    for (size_t i = 0; i < pages; ++i) {
        memory[i * PAGE / 8] = i;
    }
    for (size_t i = 0; i < pages; ++i) {
        CHECK(memory[i * PAGE / 8] == i);
    }
}

static void child_is_mended(void)
{
    uint64_t got = 0;
    __asm__ volatile("mov $1, %%eax\n\tud2\n\tmov %%rax, %0" : "=r"(got)::"rax");
    CHECK(got == 4711);
}

static void child_faults(void)
{
    *(volatile int*)8 = 1;
}

static void child_aborts(void)
{
    abort();
}

static void child_faults_until_third_start(void)
{
    find_shared();
    shared[0] = pd_boot()->restarts;
    child_faults();
}

static uint64_t count(void* argument)
{
    (void)argument;
    for (;;) {
        atomic_fetch_add((_Atomic uint64_t*)shared, 1);
    }
}

static void child_counts_and_faults(void)
{
    find_shared();
    EXPECT(pd_thread_start(count, NULL, NULL, NULL), PD_OK);
    while (atomic_load((_Atomic uint64_t*)shared) < 100) {
        pd_thread_yield();
    }
    *given_address() = 1;
    pd_domain_exit(0);
}

static uint64_t fault_too(void* argument)
{
    (void)argument;
    child_faults();
    return 0;
}

static void child_faults_in_three_threads(void)
{
    EXPECT(pd_thread_start(fault_too, NULL, NULL, NULL), PD_OK);
    EXPECT(pd_thread_start(fault_too, NULL, NULL, NULL), PD_OK);
    child_faults();
}

/* ---- properties of parents
 * ------------------------------------------------------------------------ */

static void pages_are_given_on_demand(void)
{
    char* memory = alloc(pages * PAGE);
    pd_domain domain = make("child_touches_pages", memory, 0);
    for (int i = 0; i < pages; ++i) {
        const struct pd_fault fault = next_fault();
        CHECK(fault.domain == domain && fault.fault_class == PD_FAULT_FOREIGN_MEMORY);
        CHECK(fault.flags == (PD_FAULT_RESUMABLE | PD_FAULT_HAS_ADDRESS | PD_FAULT_OF_CHILD));
        CHECK(fault.access == PD_PERM_WRITE && fault.bytes_past_limit == PD_FAULT_NOT_PAST);
        CHECK(fault.address == (uint64_t)(uintptr_t)memory + (uint64_t)i * PAGE);
        CHECK(fault.stack_bottom < fault.registers.stack_pointer &&
              fault.registers.stack_pointer < fault.stack_top);
        EXPECT(pd_memory_set_permission((void*)(uintptr_t)fault.address, PAGE, rw, domain, 0),
               PD_OK);
        EXPECT(pd_fault_resume(fault.fault, NULL), PD_OK);
    }
    const struct pd_domain_info end = end_of(domain);
    CHECK(end.state == PD_DOMAIN_EXITED && end.exit_value == 0 && end.faults == 0);
    CHECK(*(uint64_t*)(memory + (pages - 1) * PAGE) == pages - 1);
}

static void registers_are_mended(void)
{
    pd_domain domain = make("child_is_mended", NULL, 0);
    static struct pd_registers registers;
    const struct pd_fault fault = next_fault();
    CHECK(fault.fault_class == PD_FAULT_ILLEGAL_INSTRUCTION && fault.registers.general[0] == 1);
    registers = fault.registers;
    registers.program_counter = GLACIS_ADDRESS_LIMIT;
    EXPECT(pd_fault_resume(fault.fault, &registers), PD_BAD_ARGUMENT);
    registers.program_counter = UINT64_MAX;
    EXPECT(pd_fault_resume(fault.fault, &registers), PD_BAD_ARGUMENT);
    EXPECT(pd_fault_resume(fault.fault, (void*)8), PD_BAD_POINTER);
    EXPECT(pd_fault_read(fault.fault, (void*)8), PD_BAD_POINTER);
    registers.program_counter = fault.registers.program_counter + 2;
    registers.general[0] = 4711;
    registers.flags = ~(uint64_t)0x40500; /* all but single steps, direction, alignment checks */
    EXPECT(pd_fault_resume(fault.fault, &registers), PD_OK);
    EXPECT(pd_fault_resume(fault.fault, &registers), PD_BAD_HANDLE);
    EXPECT(pd_fault_kill(fault.fault), PD_BAD_HANDLE);
    EXPECT(pd_fault_restart(fault.fault), PD_BAD_HANDLE);
    CHECK(end_of(domain).state == PD_DOMAIN_EXITED);
}

/* Whatever a parent puts into registers, it harms its child alone. */
static void registers_are_hostile(void)
{
    const uint64_t bad[] = {0,
                            8,
                            GLACIS_SHIM_BASE,
                            GLACIS_GATE_BASE,
                            GLACIS_GATE_BASE + 3,
                            GLACIS_VCPU_BASE,
                            GLACIS_TABLES_BASE,
                            GLACIS_ADDRESS_LIMIT - 1};
    static struct pd_registers registers;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        pd_domain domain = make("child_faults", NULL, 0);
        struct pd_fault fault = next_fault();
        memset(&registers, 0xff, sizeof registers);
        registers.program_counter = bad[i];
        registers.stack_pointer = 0x8000000000000000;
        EXPECT(pd_fault_resume(fault.fault, &registers), PD_OK);
        fault = next_fault();
        CHECK(fault.domain == domain);
        EXPECT(pd_fault_kill(fault.fault), PD_OK);
        CHECK(end_of(domain).state == PD_DOMAIN_FAULTED);
    }
}

static void answers_end_and_restart(void)
{
    pd_domain domain = make("child_faults", NULL, 0);
    struct pd_fault fault = next_fault();
    CHECK(fault.fault_class == PD_FAULT_NULL_POINTER);
    EXPECT(pd_fault_kill(fault.fault), PD_OK);
    EXPECT(pd_fault_kill(fault.fault), PD_BAD_HANDLE);
    EXPECT(pd_fault_read(fault.fault, &fault), PD_BAD_HANDLE);
    struct pd_domain_info end = end_of(domain);
    CHECK(end.state == PD_DOMAIN_FAULTED && end.fault_class == PD_FAULT_NULL_POINTER);

    domain = make("child_faults_until_third_start", NULL, 0);
    for (uint64_t restarts = 0; restarts < 3; ++restarts) {
        fault = next_fault();
        CHECK(shared[0] == restarts);
        EXPECT(pd_fault_restart(fault.fault), restarts < 2 ? PD_OK : PD_QUOTA);
    }
    EXPECT(pd_fault_kill(fault.fault), PD_OK);
    end = end_of(domain);
    CHECK(end.state == PD_DOMAIN_FAULTED && end.restarts == 2 && end.faults == 3);

    domain = make("child_aborts", NULL, 0);
    fault = next_fault();
    CHECK(fault.fault_class == PD_FAULT_ABORT && (fault.flags & PD_FAULT_RESUMABLE) == 0);
    EXPECT(pd_fault_resume(fault.fault, NULL), PD_BAD_ARGUMENT);
    EXPECT(pd_fault_kill(fault.fault), PD_OK);
    CHECK(end_of(domain).state == PD_DOMAIN_FAULTED);
}

static void faults_go_with_their_domain(void)
{
    pd_domain domain = make("child_faults", NULL, 0);
    struct pd_fault fault = next_fault();
    EXPECT(pd_domain_destroy(domain), PD_OK);
    EXPECT(pd_fault_read(fault.fault, &fault), PD_BAD_HANDLE);
    EXPECT(pd_fault_resume(fault.fault, NULL), PD_BAD_HANDLE);
    EXPECT(pd_fault_wait(1000000, &fault), PD_TIMED_OUT);

    domain = make("child_faults_in_three_threads", NULL, 0);
    fault = next_fault();
    fault = next_fault();
    EXPECT(pd_fault_kill(fault.fault), PD_OK);
    CHECK(end_of(domain).state == PD_DOMAIN_FAULTED);
    EXPECT(pd_fault_wait(0, &fault), PD_TIMED_OUT);
}

static uint64_t counted(void)
{
    return atomic_load((_Atomic uint64_t*)shared);
}

static void other_threads_go_on(void)
{
    uint64_t* memory = alloc(PAGE);
    pd_domain domain = make("child_counts_and_faults", memory, 0);
    const struct pd_fault fault = next_fault();
    const uint64_t before = counted();
    while (counted() == before) {
        pd_thread_sleep(1000000);
    }
    EXPECT(pd_memory_set_permission(memory, PAGE, rw, domain, 0), PD_OK);
    EXPECT(pd_fault_resume(fault.fault, NULL), PD_OK);
    CHECK(end_of(domain).state == PD_DOMAIN_EXITED);
}

static void other_threads_are_suspended(void)
{
    uint64_t* memory = alloc(PAGE);
    pd_domain domain = make("child_counts_and_faults", memory, PD_DOMAIN_SUSPENDED);
    const struct pd_fault fault = next_fault();
    uint64_t before;
    do { /* until the last of them has left */
        before = counted();
        pd_thread_sleep(3000000);
    } while (counted() != before);
    EXPECT(pd_memory_set_permission(memory, PAGE, rw, domain, 0), PD_OK);
    EXPECT(pd_fault_resume(fault.fault, NULL), PD_OK);
    CHECK(end_of(domain).state == PD_DOMAIN_EXITED);
}

/* ---- domains of the description
 * ------------------------------------------------------------------- */

/* Its handler lets it go on three times, at the cost of one fault each. */
static void culprit(void)
{
    for (volatile int i = 0; i < 3; ++i) {
        __asm__ volatile("int3");
    }
    puts("went on");
}

static void watcher_resumes(void)
{
    static struct pd_registers registers;
    for (int i = 0; i < 3; ++i) {
        const struct pd_fault fault = next_fault();
        CHECK(fault.fault_class == PD_FAULT_BREAKPOINT);
        CHECK((fault.flags & PD_FAULT_OF_CHILD) == 0);
        registers = fault.registers;
        EXPECT(pd_fault_resume(fault.fault, &registers), PD_NOT_PERMITTED);
        EXPECT(pd_fault_resume(fault.fault, NULL), PD_OK);
    }
}

static void watcher_never_answers(void)
{
    const struct glacis_reply told =
        glacis_hypercall(PD_FOREVER, 0, 0, 0, 0, 0, GLACIS_CALL_FAULT_WAIT);
    struct pd_fault fault;
    CHECK(told.status == PD_OK);
    while (pd_fault_read(told.value, &fault) == PD_OK) {
        pd_thread_sleep(1000000);
    }
    EXPECT(pd_fault_kill(told.value), PD_BAD_HANDLE);
    EXPECT(pd_fault_resume(told.value, NULL), PD_BAD_HANDLE);
}

/* However long it waits. */
static void watcher_hears_nothing(void)
{
    const struct glacis_reply told =
        glacis_hypercall(200000000, 0, 0, 0, 0, 0, GLACIS_CALL_FAULT_WAIT);
    CHECK(told.status == PD_TIMED_OUT);
}

static void watcher_dies(void)
{
    next_fault();
    child_faults();
}

static void watcher_exits(void)
{
    next_fault();
}

static void watcher_does_nothing(void) {}

static void watcher_restarts(void)
{
    for (int i = 0; i < 2; ++i) {
        EXPECT(pd_fault_restart(next_fault().fault), PD_OK);
    }
    EXPECT(pd_fault_kill(next_fault().fault), PD_OK);
}

static void stranger(void)
{
    struct pd_fault fault;
    for (uint64_t handle = 0; handle < 64; ++handle) {
        EXPECT(pd_fault_read(handle, &fault), PD_BAD_HANDLE);
        EXPECT(pd_fault_resume(handle, NULL), PD_BAD_HANDLE);
        EXPECT(pd_fault_kill(handle), PD_BAD_HANDLE);
        EXPECT(pd_fault_restart(handle), PD_BAD_HANDLE);
    }
}

static void noise(void)
{
    for (;;) {
        stranger();
    }
}

static const struct property properties[] = {
    {"child_touches_pages", child_touches_pages},
    {"child_is_mended", child_is_mended},
    {"child_faults", child_faults},
    {"child_aborts", child_aborts},
    {"child_faults_until_third_start", child_faults_until_third_start},
    {"child_counts_and_faults", child_counts_and_faults},
    {"child_faults_in_three_threads", child_faults_in_three_threads},
    {"pages_are_given_on_demand", pages_are_given_on_demand},
    {"registers_are_mended", registers_are_mended},
    {"registers_are_hostile", registers_are_hostile},
    {"answers_end_and_restart", answers_end_and_restart},
    {"faults_go_with_their_domain", faults_go_with_their_domain},
    {"other_threads_go_on", other_threads_go_on},
    {"other_threads_are_suspended", other_threads_are_suspended},
    {"culprit", culprit},
    {"watcher_resumes", watcher_resumes},
    {"watcher_never_answers", watcher_never_answers},
    {"watcher_hears_nothing", watcher_hears_nothing},
    {"watcher_dies", watcher_dies},
    {"watcher_exits", watcher_exits},
    {"watcher_does_nothing", watcher_does_nothing},
    {"watcher_restarts", watcher_restarts},
    {"stranger", stranger},
    {"noise", noise},
};

MAIN(properties)
