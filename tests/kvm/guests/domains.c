/* Properties of domains made at run time. The program makes children of itself: argument 1 of a
 * child picks what it does. */
#include "check.h"

#include <stdatomic.h>

enum { rw = PD_PERM_READ | PD_PERM_WRITE, kib = 1024 };

/* ---- parents' tools
 * ------------------------------------------------------------------------------- */

static const void* program;
static size_t program_size;

static void find_program(void)
{
    const struct pd_boot_region* region = pd_region_find("program");
    CHECK(region != NULL);
    program = (const void*)(uintptr_t)region->base;
    program_size = region->content_size;
}

static struct pd_domain_parameters modest(const char* name)
{
    struct pd_domain_parameters parameters;
    EXPECT(pd_domain_parameters_init(&parameters, name), PD_OK);
    return parameters;
}

/* A child that does `what`. */
static pd_domain make_with(struct pd_domain_parameters* parameters, const char* what)
{
    static char block[64];
    pd_domain domain = PD_SELF;
    snprintf(block, sizeof block, "%s", what);
    parameters->arguments = (uint64_t)(uintptr_t)block;
    parameters->arguments_size = (uint32_t)strlen(block) + 1;
    EXPECT(pd_domain_create(program, program_size, parameters, &domain), PD_OK);
    return domain;
}

static pd_domain make(const char* what)
{
    struct pd_domain_parameters parameters = modest("child");
    return make_with(&parameters, what);
}

static struct pd_domain_info end_of(pd_domain domain)
{
    struct pd_domain_info information;
    EXPECT(pd_domain_wait(domain, PD_FOREVER, &information), PD_OK);
    return information;
}

static void create_is_refused(const struct pd_domain_parameters* parameters, pd_status expected)
{
    struct pd_domain_info before;
    struct pd_domain_info after;
    pd_domain domain = 77;
    EXPECT(pd_domain_query(PD_SELF, &before), PD_OK);
    EXPECT(pd_domain_create(program, program_size, parameters, &domain), expected);
    CHECK(domain == 77);
    EXPECT(pd_domain_query(PD_SELF, &after), PD_OK);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

/* ---- what children do
 * ----------------------------------------------------------------------------- */

static void child_exits_with_5(void)
{
    /* Gates come from descriptions alone. */
    CHECK(pd_boot()->gates == 0 && pd_gate_find("parent", "main") == 0);
    CHECK(pd_gate_call_0(1, NULL) == PD_BAD_HANDLE);
    EXPECT(pd_gate_serve(), PD_OK); /* nobody could call */
    exit(5);
}

static void child_faults(void)
{
    *(volatile int*)8 = 1;
}

static void child_spins(void)
{
    for (;;) {
    }
}

static void child_sleeps(void)
{
    pd_thread_sleep(PD_FOREVER);
}

static uint64_t spin(void* argument)
{
    (void)argument;
    for (;;) {
    }
}

static uint64_t call_for_ever(void* argument)
{
    (void)argument;
    for (;;) {
        void* memory;
        pd_stack stack;
        if (pd_memory_alloc(PAGE, rw, &memory) == PD_OK) {
            pd_memory_free(memory, PAGE);
        }
        if (pd_stack_alloc(PAGE, 0, PD_ANY_SLOT, PD_SELF, &stack) == PD_OK) {
            pd_stack_free(stack);
        }
    }
}

static void child_does_everything(void)
{
    pd_thread_start(call_for_ever, NULL, NULL, NULL);
    pd_thread_start(spin, NULL, NULL, NULL);
    call_for_ever(NULL);
}

static volatile uint64_t* granted(void)
{
    const struct pd_boot_region* region = pd_region_find("job");
    CHECK(region != NULL && region->size == PAGE);
    return (volatile uint64_t*)(uintptr_t)region->base;
}

static void child_faults_when_told(void)
{
    while (*(volatile uint32_t*)granted() == 0) {
        pd_thread_yield();
    }
    child_faults();
}

static void child_doubles(void)
{
    granted()[1] = 2 * granted()[0];
}

static void child_writes_what_it_may_read(void)
{
    CHECK(granted()[0] == 21);
    granted()[1] = 1;
}

static void child_faults_until_third_start(void)
{
    granted()[pd_boot()->restarts] = 1 + pd_boot()->restarts;
    if (pd_boot()->restarts < 2) {
        child_faults();
    }
}

static void child_faults_always(void)
{
    child_faults();
}

static void child_makes_grandchildren(void)
{
    struct pd_domain_parameters parameters = modest("grandchild");
    find_program();
    parameters.quota_memory = 512 * kib;
    make_with(&parameters, "child_spins");
    make_with(&parameters, "child_sleeps");
    granted()[0] = 7;
    pd_thread_wake(granted(), 1, NULL);
    child_spins();
}

static void child_looks_around(void)
{
    struct pd_domain_info information;
    EXPECT(pd_domain_query(PD_SELF, &information), PD_OK);
    CHECK(information.domain == pd_boot()->domain);
    CHECK(information.memory.quota == 1 << 20);
    CHECK(information.domains.quota == 0);
    const pd_domain parent = information.parent;
    EXPECT(pd_domain_destroy(parent), PD_NOT_PERMITTED);
    EXPECT(pd_domain_destroy(information.domain), PD_NOT_PERMITTED);
    EXPECT(pd_domain_query(parent, &information), PD_NOT_PERMITTED);
    EXPECT(pd_domain_wait(parent, 0, NULL), PD_NOT_PERMITTED);
    void* memory;
    EXPECT(pd_memory_alloc(1 << 20, rw, &memory), PD_QUOTA_MEMORY);
    CHECK(strcmp(pd_argument(1), "child_looks_around") == 0 && pd_argument(2) == NULL);
}

/* ---- properties
 * ----------------------------------------------------------------------------------- */

static void ends_are_told(void)
{
    find_program();
    pd_domain domain = make("child_exits_with_5");
    struct pd_domain_info information = end_of(domain);
    CHECK(information.state == PD_DOMAIN_EXITED && information.exit_value == 5);
    CHECK(information.domain == domain && information.parent == pd_boot()->domain);
    EXPECT(pd_domain_wait(domain, 0, NULL), PD_OK); /* it is kept */
    EXPECT(pd_domain_destroy(domain), PD_OK);
    EXPECT(pd_domain_destroy(domain), PD_BAD_HANDLE);
    EXPECT(pd_domain_query(domain, &information), PD_BAD_HANDLE);
    EXPECT(pd_domain_wait(domain, 0, NULL), PD_BAD_HANDLE);

    domain = make("child_faults");
    information = end_of(domain);
    CHECK(information.state == PD_DOMAIN_FAULTED && information.faults == 1);
    CHECK(information.fault_class == PD_FAULT_NULL_POINTER);
    EXPECT(pd_domain_destroy(domain), PD_OK);

    domain = make("child_sleeps");
    EXPECT(pd_domain_wait(domain, 1000000, NULL), PD_TIMED_OUT);
    EXPECT(pd_domain_query(domain, &information), PD_OK);
    CHECK(information.state == PD_DOMAIN_RUNNING);
    EXPECT(pd_domain_destroy(domain), PD_OK);

    domain = make("child_looks_around");
    information = end_of(domain);
    CHECK(information.state == PD_DOMAIN_EXITED && information.exit_value == 0);
    EXPECT(pd_domain_destroy(domain), PD_OK);
}

static void children_are_destroyed_with_it(void)
{
    find_program();
    make("child_spins");
    make("child_sleeps");
    puts("made two");
    exit(0);
}

static void faults_with_children(void)
{
    find_program();
    printf("start %u\n", pd_boot()->restarts);
    fflush(stdout);
    make("child_spins");
    struct pd_domain_info information;
    EXPECT(pd_domain_query(PD_SELF, &information), PD_OK);
    CHECK(information.domains.held == 1);
    if (pd_boot()->restarts < 2) {
        child_faults();
    }
}

static char* page(void)
{
    void* memory;
    EXPECT(pd_memory_alloc(PAGE, rw, &memory), PD_OK);
    return memory;
}

static struct pd_grant* job_grant(void* memory, uint32_t perm)
{
    static struct pd_grant grant;
    grant = (struct pd_grant){
        .name = "job", .address = (uint64_t)(uintptr_t)memory, .length = PAGE, .perm = perm};
    return &grant;
}

static pd_domain make_granted(const char* what, void* memory, uint32_t perm)
{
    struct pd_domain_parameters parameters = modest("child");
    parameters.grants = (uint64_t)(uintptr_t)job_grant(memory, perm);
    parameters.grant_count = 1;
    return make_with(&parameters, what);
}

static void fault_is_not_collected(void)
{
    struct pd_memory_info information;
    find_program();
    volatile uint32_t* memory = (volatile uint32_t*)page();
    pd_domain domain = make_granted("child_faults_when_told", (void*)memory, PD_PERM_READ);
    EXPECT(pd_memory_transfer((void*)memory, PAGE, domain), PD_OK);
    *memory = 1; /* its memory by now, and the caller's to write until it goes with its owner */
    while (pd_memory_query((void*)memory, &information) == PD_OK) {
        pd_thread_yield();
    }
    pd_domain_exit(0); /* without having asked */
}

static void grants_are_given(void)
{
    find_program();
    uint64_t* memory = (uint64_t*)page();
    memory[0] = 21;
    pd_domain domain = make_granted("child_doubles", memory, rw);
    CHECK(end_of(domain).state == PD_DOMAIN_EXITED);
    CHECK(memory[1] == 42);
    EXPECT(pd_domain_destroy(domain), PD_OK);
    memory[1] = 0;
    domain = make_granted("child_writes_what_it_may_read", memory, PD_PERM_READ);
    struct pd_domain_info information = end_of(domain);
    CHECK(information.state == PD_DOMAIN_FAULTED);
    CHECK(memory[1] == 0);
    EXPECT(pd_domain_destroy(domain), PD_OK);
    EXPECT(pd_memory_free(memory, PAGE), PD_OK);
}

static void restarts_keep_grants(void)
{
    find_program();
    uint64_t* memory = (uint64_t*)page();
    struct pd_domain_parameters parameters = modest("child");
    parameters.on_fault = PD_ON_FAULT_RESTART;
    parameters.max_restarts = 3;
    parameters.grants = (uint64_t)(uintptr_t)job_grant(memory, rw);
    parameters.grant_count = 1;
    pd_domain domain = make_with(&parameters, "child_faults_until_third_start");
    struct pd_domain_info information = end_of(domain);
    CHECK(information.state == PD_DOMAIN_EXITED && information.restarts == 2);
    CHECK(memory[0] == 1 && memory[1] == 2 && memory[2] == 3);
    EXPECT(pd_domain_destroy(domain), PD_OK);
    domain = make_with(&parameters, "child_faults_always");
    information = end_of(domain);
    CHECK(information.state == PD_DOMAIN_FAULTED && information.restarts == 3);
    CHECK(information.faults == 4);
    EXPECT(pd_domain_destroy(domain), PD_OK);
}

/* As many as argument 2 says, in every way in which a child can end. */
static void cycles_leave_nothing(void)
{
    static const char* const ways[] = {"child_exits_with_5", "child_faults", "child_spins",
                                       "child_sleeps", "child_does_everything"};
    const int cycles = atoi(pd_argument(2));
    struct pd_domain_info before;
    struct pd_domain_info after;
    find_program();
    for (int i = 0; i < cycles; ++i) {
        if (i == 10) { /* streams and heap have what they need */
            EXPECT(pd_domain_query(PD_SELF, &before), PD_OK);
        }
        pd_domain domain = make(ways[i % 5]);
        if (i % 5 < 2) {
            end_of(domain);
        } else if (i % 2 == 0) {
            pd_thread_yield();
        }
        EXPECT(pd_domain_destroy(domain), PD_OK);
    }
    EXPECT(pd_domain_query(PD_SELF, &after), PD_OK);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

static void descendants_are_destroyed(void)
{
    find_program();
    for (int i = 0; i < 10; ++i) {
        static struct pd_grant grants[2];
        volatile uint32_t* memory = (volatile uint32_t*)page();
        struct pd_domain_parameters parameters = modest("child");
        struct pd_domain_info before;
        struct pd_domain_info after;
        EXPECT(pd_domain_query(PD_SELF, &before), PD_OK);
        grants[0] = *job_grant((void*)memory, rw);
        grants[1] = (struct pd_grant){.name = "program",
                                      .address = (uint64_t)(uintptr_t)program,
                                      .length = pd_region_find("program")->size,
                                      .perm = PD_PERM_READ};
        parameters.quota_memory = 4 << 20;
        parameters.quota_stacks = parameters.quota_threads = 12;
        parameters.quota_stack_bytes = 12 * 128 * kib;
        parameters.quota_grants = 48;
        parameters.quota_domains = 3;
        parameters.grants = (uint64_t)(uintptr_t)grants;
        parameters.grant_count = 2;
        pd_domain domain = make_with(&parameters, "child_makes_grandchildren");
        while (memory[0] != 7) {
            pd_thread_wait(memory, 0, PD_FOREVER);
        }
        EXPECT(pd_domain_destroy(domain), PD_OK);
        EXPECT(pd_domain_query(PD_SELF, &after), PD_OK);
        CHECK(memcmp(&before, &after, sizeof before) == 0);
        EXPECT(pd_memory_free((void*)memory, PAGE), PD_OK);
    }
}

static void time_of_children_is_limited(void)
{
    find_program();
    struct pd_domain_parameters parameters = modest("child");
    parameters.time_limit = 3000000;
    const pd_domain domain = make_with(&parameters, "child_spins");
    const struct pd_domain_info information = end_of(domain);
    CHECK(information.state == PD_DOMAIN_FAULTED);
    CHECK(information.fault_class == PD_FAULT_TIME_LIMIT);
    EXPECT(pd_domain_destroy(domain), PD_OK);
}

/* Its own limit is its children's too, and what they use is used up. */
static void time_is_passed_on(void)
{
    find_program();
    for (;;) {
        end_of(make("child_spins"));
    }
}

/* ---- refusals
 * ------------------------------------------------------------------------------------- */

static void bad_parameters(void)
{
    find_program();
    const struct pd_domain_parameters good = modest("child");
    struct pd_domain_parameters bad = good;

    CHECK(pd_domain_create(program, 0, &good, NULL) == PD_EMPTY_RANGE);
    CHECK(pd_domain_create(program, PD_IMAGE_MAX + 1, &good, NULL) == PD_TOO_LARGE);
    CHECK(pd_domain_create(program, SIZE_MAX, &good, NULL) == PD_TOO_LARGE);
    CHECK(pd_domain_create(program, 100 * PAGE * PAGE, &good, NULL) == PD_TOO_LARGE);
    CHECK(pd_domain_create(program, PD_IMAGE_MAX, &good, NULL) == PD_BAD_POINTER);
    CHECK(pd_domain_create(NULL, 100, &good, NULL) == PD_BAD_POINTER);
    CHECK(pd_domain_create((void*)(UINT64_MAX - 10), 100, &good, NULL) == PD_BAD_POINTER);
    CHECK(pd_domain_create((void*)(uintptr_t)GLACIS_SHIM_BASE, 100, &good, NULL) == PD_BAD_POINTER);
    CHECK(pd_domain_create(program, program_size, NULL, NULL) == PD_BAD_POINTER);
    CHECK(pd_domain_create(program, program_size, (void*)(UINT64_MAX - 10), NULL) ==
          PD_BAD_POINTER);

    bad.size = 0, create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.flags = 8, create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.on_fault = 9, create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.max_restarts = 1, create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.on_fault = PD_ON_FAULT_RESTART, bad.max_restarts = PD_RESTARTS_MAX + 1;
    create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.name[0] = 0, create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.name[1] = '\n', create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.name[1] = '\x1b', create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    memset(bad.name, 'a', sizeof bad.name);
    create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.stack_commit = 1, create_is_refused(&bad, PD_MISALIGNED), bad = good;
    bad.stack_commit = 0, create_is_refused(&bad, PD_EMPTY_RANGE), bad = good;
    bad.stack_commit = (uint64_t)1 << 40, create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.stack_limit = (uint64_t)1 << 40, create_is_refused(&bad, PD_TOO_LARGE), bad = good;
    bad.stack_limit = PAGE, create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.quota_memory = PAGE, create_is_refused(&bad, PD_QUOTA_TOO_SMALL), bad = good;
    bad.quota_stacks = 0, create_is_refused(&bad, PD_QUOTA_TOO_SMALL), bad = good;
    bad.quota_threads = 0, create_is_refused(&bad, PD_QUOTA_TOO_SMALL), bad = good;
    bad.quota_stack_bytes = PAGE, create_is_refused(&bad, PD_QUOTA_TOO_SMALL), bad = good;

    bad.arguments_size = 1, create_is_refused(&bad, PD_BAD_POINTER), bad = good;
    bad.arguments_size = UINT32_MAX, create_is_refused(&bad, PD_TOO_LARGE), bad = good;
    bad.arguments = (uint64_t)(uintptr_t) "text", bad.arguments_size = 4;
    create_is_refused(&bad, PD_BAD_ARGUMENT), bad = good;
    bad.arguments = UINT64_MAX, bad.arguments_size = 4;
    create_is_refused(&bad, PD_BAD_POINTER), bad = good;
    bad.grant_count = 1, create_is_refused(&bad, PD_BAD_POINTER), bad = good;
    bad.grant_count = PD_GRANTS_MAX + 1, create_is_refused(&bad, PD_TOO_LARGE), bad = good;
}

static void refuse_grant(struct pd_grant grant, pd_status expected)
{
    static struct pd_grant grants[1];
    struct pd_domain_parameters parameters = modest("child");
    grants[0] = grant;
    parameters.grants = (uint64_t)(uintptr_t)grants;
    parameters.grant_count = 1;
    create_is_refused(&parameters, expected);
}

static void bad_grants(void)
{
    find_program();
    char* memory = page();
    const struct pd_grant good = *job_grant(memory, rw);
    struct pd_grant bad = good;
    bad.address += 1, refuse_grant(bad, PD_MISALIGNED), bad = good;
    bad.length = 0, refuse_grant(bad, PD_EMPTY_RANGE), bad = good;
    bad.length = -PAGE, refuse_grant(bad, PD_RANGE_OVERFLOW), bad = good;
    bad.length = 64 * PAGE, refuse_grant(bad, PD_NOT_COMMITTED), bad = good;
    bad.perm = 0, refuse_grant(bad, PD_BAD_ARGUMENT), bad = good;
    bad.perm = PD_PERM_WRITE, refuse_grant(bad, PD_BAD_ARGUMENT), bad = good;
    bad.perm = 7, refuse_grant(bad, PD_BAD_ARGUMENT), bad = good;
    bad.reserved = 1, refuse_grant(bad, PD_BAD_ARGUMENT), bad = good;
    memset(bad.name, 'x', sizeof bad.name);
    refuse_grant(bad, PD_BAD_ARGUMENT), bad = good;
    bad.address = 0, refuse_grant(bad, PD_NOT_COMMITTED), bad = good;
    bad.address = GLACIS_SHIM_BASE, refuse_grant(bad, PD_NOT_COMMITTED), bad = good;
    bad.address = pd_stack_current() + pd_boot()->stack_slot_size - PAGE;
    refuse_grant(bad, PD_NOT_COMMITTED), bad = good;
    /* a region that it may only read */
    bad.address = (uint64_t)(uintptr_t)program;
    refuse_grant(bad, PD_NOT_PERMITTED), bad = good;
    /* another domain's memory, though it may use it */
    pd_domain domain = make("child_sleeps");
    EXPECT(pd_memory_transfer(memory, PAGE, domain), PD_OK);
    refuse_grant(good, PD_NOT_OWNER);
    EXPECT(pd_domain_destroy(domain), PD_OK);
    refuse_grant(good, PD_NOT_COMMITTED); /* it went with its owner */
}

/* The description gives this domain 4 MiB, 6 stacks, 1 MiB of stack bytes, 6 threads, 3 children.
 */
static void quotas_are_carved_out(void)
{
    find_program();
    struct pd_domain_parameters good = modest("child");
    good.quota_stacks = good.quota_threads = 2;
    good.quota_stack_bytes = 256 * kib;
    struct pd_domain_parameters bad = good;
    bad.quota_memory = 4 << 20, create_is_refused(&bad, PD_QUOTA_MEMORY), bad = good;
    bad.quota_memory = PD_UNLIMITED, create_is_refused(&bad, PD_QUOTA_MEMORY), bad = good;
    bad.quota_memory = PD_UNLIMITED - 1, create_is_refused(&bad, PD_QUOTA_MEMORY), bad = good;
    bad.quota_stacks = 6, create_is_refused(&bad, PD_QUOTA_STACKS), bad = good;
    bad.quota_stacks = PD_UNLIMITED, create_is_refused(&bad, PD_QUOTA_STACKS), bad = good;
    bad.quota_stack_bytes = 1 << 20, create_is_refused(&bad, PD_QUOTA_STACK_BYTES), bad = good;
    bad.quota_threads = 6, create_is_refused(&bad, PD_QUOTA_THREADS), bad = good;
    bad.quota_threads = PD_UNLIMITED, create_is_refused(&bad, PD_QUOTA_THREADS), bad = good;
    bad.quota_domains = 3, create_is_refused(&bad, PD_QUOTA_DOMAINS), bad = good;
    bad.quota_domains = PD_UNLIMITED, create_is_refused(&bad, PD_QUOTA_DOMAINS), bad = good;

    struct pd_domain_info before;
    struct pd_domain_info between;
    struct pd_domain_info after;
    EXPECT(pd_domain_query(PD_SELF, &before), PD_OK);
    pd_domain first = make_with(&good, "child_sleeps");
    EXPECT(pd_domain_query(PD_SELF, &between), PD_OK);
    CHECK(between.memory.quota == before.memory.quota - (1 << 20));
    CHECK(between.memory.held == before.memory.held);
    CHECK(between.stacks.quota == 4 && between.threads.quota == 4 && between.domains.quota == 2);
    CHECK(between.stack_bytes.quota == 768 * kib && between.domains.held == 1);
    pd_domain second = make_with(&good, "child_exits_with_5");
    end_of(second); /* ended, and still charged */
    create_is_refused(&good, PD_QUOTA_STACKS);
    void* memory;
    EXPECT(pd_memory_alloc(2 << 20, rw, &memory), PD_QUOTA_MEMORY);
    EXPECT(pd_domain_destroy(second), PD_OK);
    EXPECT(pd_domain_destroy(first), PD_OK);
    EXPECT(pd_domain_query(PD_SELF, &after), PD_OK);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

enum spoiling {
    writable_code,
    wrong_machine,
    wrong_abi,
    no_note,
    huge_image,
    absurd_image,
    spoilings
};

/* ELF64: e_machine at 18, program headers from 64 on, 56 bytes each: p_type, p_flags, ..., p_memsz
 * at
 * 40. The note: sizes and type, the owner's name, the ABI version. */
static void spoil(char* file, enum spoiling way)
{
    enum { headers = 64, header = 56, load = 1, count_at = 56 };
    const uint64_t sizes[] = {(uint64_t)900 << 20, (uint64_t)1 << 50};
    uint16_t count;
    char* last = NULL;
    char* note = NULL;
    memcpy(&count, file + count_at, sizeof count);
    for (uint16_t i = 0; i < count; ++i) {
        char* entry = file + headers + i * header;
        uint32_t type;
        memcpy(&type, entry, sizeof type);
        if (type == load) {
            last = entry;
            if (way == writable_code && (entry[4] & 1) != 0) {
                entry[4] |= 2;
            }
        }
    }
    for (size_t i = 0; note == NULL && i + 8 < program_size; ++i) {
        note = memcmp(file + i, "Glacis", 7) == 0 && file[i - 4] == 1 ? file + i : NULL;
    }
    CHECK(last != NULL && note != NULL);
    switch (way) {
    case wrong_machine:
        file[18] = (char)183;
        break;
    case wrong_abi:
        note[8] ^= 0x40;
        break;
    case no_note:
        note[0] = 'g';
        break;
    case huge_image:
    case absurd_image:
        memcpy(last + 40, &sizes[way - huge_image], sizeof sizes[0]);
        break;
    default:
        break;
    }
}

/* Truncated, corrupted, and not programs at all: each is refused or runs, and nothing is left. */
static void hostile_images(void)
{
    find_program();
    const struct pd_domain_parameters parameters = modest("child");
    struct pd_domain_info before;
    struct pd_domain_info after;
    char* copy = malloc(program_size);
    CHECK(copy != NULL);
    EXPECT(pd_domain_query(PD_SELF, &before), PD_OK);
    /* up to the first whole segment at least; beyond may only be debug information */
    for (size_t length = 1; length < program_size; length = 2 * length + 1) {
        pd_domain domain;
        const pd_status status = pd_domain_create(program, length, &parameters, &domain);
        CHECK(status == PD_BAD_PROGRAM || (status == PD_OK && length > 8 * PAGE));
        if (status == PD_OK) {
            EXPECT(pd_domain_destroy(domain), PD_OK);
        }
    }
    for (enum spoiling way = 0; way < spoilings; ++way) {
        memcpy(copy, program, program_size);
        spoil(copy, way);
        EXPECT(pd_domain_create(copy, program_size, &parameters, NULL),
               way == huge_image ? PD_QUOTA_TOO_SMALL : PD_BAD_PROGRAM);
    }
    memset(copy, 0, program_size);
    EXPECT(pd_domain_create(copy, program_size, &parameters, NULL), PD_BAD_PROGRAM);
    memset(copy, 0xff, program_size);
    EXPECT(pd_domain_create(copy, program_size, &parameters, NULL), PD_BAD_PROGRAM);
    for (unsigned i = 0; i < 600; ++i) { /* the headers, byte by byte */
        pd_domain domain;
        memcpy(copy, program, program_size);
        copy[i] ^= (char)(1 + i % 255);
        const pd_status status = pd_domain_create(copy, program_size, &parameters, &domain);
        if (status == PD_OK) {
            EXPECT(pd_domain_destroy(domain), PD_OK);
        } else {
            CHECK(status == PD_BAD_PROGRAM || status == PD_QUOTA_TOO_SMALL);
        }
    }
    EXPECT(pd_domain_query(PD_SELF, &after), PD_OK);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

/* ---- at the same time
 * ----------------------------------------------------------------------------- */

static char* contested;
static atomic_uint stop_now;
static struct pd_domain_parameters contested_parameters;
static struct pd_grant contested_grant;

static uint64_t free_and_alloc(void* argument)
{
    (void)argument;
    while (atomic_load(&stop_now) == 0) {
        if (pd_memory_free(contested, PAGE) == PD_OK) {
            void* again;
            EXPECT(pd_memory_alloc(PAGE, rw, &again), PD_OK);
            contested = again;
        }
    }
    return 0;
}

static uint64_t guess_and_destroy(void* argument)
{
    (void)argument;
    while (atomic_load(&stop_now) == 0) {
        for (uint32_t place = 0; place < 4; ++place) {
            for (uint32_t generation = 0; generation < 40; ++generation) {
                pd_domain_destroy(generation << 14 | place);
            }
        }
    }
    return 0;
}

/* Its memory is freed and its handle is guessed while a child is being made. */
static void making_is_disturbed(void)
{
    pd_thread threads[2];
    find_program();
    contested = page();
    EXPECT(pd_thread_start(free_and_alloc, NULL, NULL, &threads[0]), PD_OK);
    EXPECT(pd_thread_start(guess_and_destroy, NULL, NULL, &threads[1]), PD_OK);
    for (int i = 0; i < 40; ++i) {
        pd_domain domain;
        contested_parameters = modest("child");
        contested_grant = *job_grant(contested, rw);
        contested_parameters.grants = (uint64_t)(uintptr_t)&contested_grant;
        contested_parameters.grant_count = 1;
        const pd_status status =
            pd_domain_create(program, program_size, &contested_parameters, &domain);
        if (status == PD_OK) {
            const pd_status end = pd_domain_destroy(domain);
            CHECK(end == PD_OK || end == PD_BAD_HANDLE || end == PD_IN_USE);
        } else {
            CHECK(status == PD_NOT_COMMITTED || status == PD_IN_USE || status == PD_NOT_OWNER ||
                  status == PD_STOPPED);
        }
    }
    atomic_store(&stop_now, 1);
    EXPECT(pd_thread_join(threads[0], PD_FOREVER, NULL), PD_OK);
    EXPECT(pd_thread_join(threads[1], PD_FOREVER, NULL), PD_OK);
    struct pd_domain_info information;
    do {
        EXPECT(pd_domain_query(PD_SELF, &information), PD_OK);
    } while (information.domains.held != 0);
}

static uint64_t make_for_ever(void* argument)
{
    (void)argument;
    const struct pd_domain_parameters parameters = modest("child");
    for (;;) {
        pd_domain domain;
        if (pd_domain_create(program, program_size, &parameters, &domain) == PD_OK) {
            pd_domain_destroy(domain);
        }
    }
}

/* Ends, or faults, while two of its threads make children. */
static void ends_while_making(void)
{
    find_program();
    EXPECT(pd_thread_start(make_for_ever, NULL, NULL, NULL), PD_OK);
    EXPECT(pd_thread_start(make_for_ever, NULL, NULL, NULL), PD_OK);
    pd_thread_sleep(1000000 + 700000 * pd_boot()->restarts);
    if (pd_boot()->restarts < 10) {
        child_faults();
    }
    pd_domain_exit(0);
}

/* A host call fails some time: then a call says so, and nothing is left of what it did. */
static void host_failures(void)
{
    find_program();
    for (int i = 0; i < 3; ++i) {
        uint64_t* memory = (uint64_t*)page();
        static struct pd_grant grants[1];
        struct pd_domain_parameters parameters = modest("child");
        struct pd_domain_info before;
        struct pd_domain_info after;
        pd_domain domain;
        grants[0] = *job_grant(memory, rw);
        parameters.grants = (uint64_t)(uintptr_t)grants;
        parameters.grant_count = 1;
        EXPECT(pd_domain_query(PD_SELF, &before), PD_OK);
        const pd_status status = pd_domain_create(program, program_size, &parameters, &domain);
        if (status == PD_OK) {
            EXPECT(pd_domain_destroy(domain), PD_OK);
        } else {
            CHECK(status == PD_HOST_NO_MEMORY || status == PD_HOST_FAILED);
        }
        EXPECT(pd_domain_query(PD_SELF, &after), PD_OK);
        CHECK(memcmp(&before, &after, sizeof before) == 0);
    }
}

static void many_at_once(void)
{
    enum { count = 12 };
    static pd_domain domains[count];
    find_program();
    for (int i = 0; i < count; ++i) {
        domains[i] = make(i % 2 == 0 ? "child_exits_with_5" : "child_spins");
    }
    for (int i = 0; i < count; i += 2) {
        CHECK(end_of(domains[i]).exit_value == 5);
    }
    for (int i = 0; i < count; ++i) {
        EXPECT(pd_domain_destroy(domains[i]), PD_OK);
    }
}

static const struct property properties[] = {
    {"child_exits_with_5", child_exits_with_5},
    {"child_faults", child_faults},
    {"child_faults_when_told", child_faults_when_told},
    {"child_spins", child_spins},
    {"child_sleeps", child_sleeps},
    {"child_does_everything", child_does_everything},
    {"child_doubles", child_doubles},
    {"child_writes_what_it_may_read", child_writes_what_it_may_read},
    {"child_faults_until_third_start", child_faults_until_third_start},
    {"child_faults_always", child_faults_always},
    {"child_makes_grandchildren", child_makes_grandchildren},
    {"child_looks_around", child_looks_around},
    {"ends_are_told", ends_are_told},
    {"fault_is_not_collected", fault_is_not_collected},
    {"children_are_destroyed_with_it", children_are_destroyed_with_it},
    {"faults_with_children", faults_with_children},
    {"grants_are_given", grants_are_given},
    {"restarts_keep_grants", restarts_keep_grants},
    {"cycles_leave_nothing", cycles_leave_nothing},
    {"descendants_are_destroyed", descendants_are_destroyed},
    {"time_of_children_is_limited", time_of_children_is_limited},
    {"time_is_passed_on", time_is_passed_on},
    {"bad_parameters", bad_parameters},
    {"bad_grants", bad_grants},
    {"quotas_are_carved_out", quotas_are_carved_out},
    {"hostile_images", hostile_images},
    {"making_is_disturbed", making_is_disturbed},
    {"ends_while_making", ends_while_making},
    {"host_failures", host_failures},
    {"many_at_once", many_at_once},
};

MAIN(properties)
