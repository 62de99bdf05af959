/* What the VMM refuses before it asks the supervisor: numbers, pointers and sizes. Prints each row
 * of the table in docs/hypercalls.md that it has found to hold. */
#include "check.h"

/* Addresses that a structure of the caller's cannot be written to. */
static uint64_t unwritable[16];
static size_t unwritable_count;
/* Those of them that cannot be read either, not even the first bytes. */
static uint64_t unreadable[16];
static size_t unreadable_count;
static char* page;

static void bad(uint64_t address)
{
    unwritable[unwritable_count++] = address;
    unreadable[unreadable_count++] = address;
}

static void collect_addresses(void)
{
    void* memory;
    EXPECT(pd_memory_alloc(2 * PAGE, PD_PERM_READ | PD_PERM_WRITE, &memory), PD_OK);
    page = memory;
    EXPECT(pd_memory_free(page + PAGE, PAGE), PD_OK);
    bad(0);
    bad(1);
    bad(GLACIS_SHIM_BASE);
    bad(GLACIS_VCPU_BASE);
    bad(GLACIS_TABLES_BASE);
    bad(GLACIS_GATE_BASE);
    bad((uint64_t)page + PAGE);
    bad(pd_boot()->stack_area_base + pd_boot()->stack_area_size - 8);
    bad(GLACIS_ADDRESS_LIMIT);
    bad(0x800000000000);
    bad(UINT64_MAX - 7);
    bad(UINT64_MAX);
    unwritable[unwritable_count++] = (uint64_t)page + PAGE - 4;   /* half mapped */
    unwritable[unwritable_count++] = (uint64_t)collect_addresses; /* code */
    unwritable[unwritable_count++] = (uint64_t)pd_boot();         /* read-only data */
}

/* The status that all of `count` addresses get; PD_STATUS_COUNT if they differ. */
static pd_status for_all(const uint64_t* addresses, size_t count, pd_status (*call)(uint64_t))
{
    const pd_status first = call(addresses[0]);
    for (size_t i = 1; i < count; ++i) {
        if (call(addresses[i]) != first) {
            printf("address %#llx differs\n", (unsigned long long)addresses[i]);
            return PD_STATUS_COUNT;
        }
    }
    return first;
}

static pd_status call(uint64_t number, uint64_t a1, uint64_t a2)
{
    return (pd_status)glacis_hypercall(a1, a2, 0, 0, 0, 0, number).status;
}

static pd_status unknown_number(void)
{
    return call(GLACIS_CALL_ABORT + 1, 0, 0);
}

static pd_status abi_info_at(uint64_t address)
{
    return call(GLACIS_CALL_ABI_INFO, address, sizeof(struct pd_abi_info));
}
static pd_status abi_info_unwritable(void)
{
    return for_all(unwritable, unwritable_count, abi_info_at);
}
static pd_status abi_info_empty(void)
{
    return call(GLACIS_CALL_ABI_INFO, (uint64_t)page, 0);
}

static pd_status write_from(uint64_t address)
{
    return call(GLACIS_CALL_CONSOLE_WRITE, address, 16);
}
static pd_status write_unreadable(void)
{
    return for_all(unreadable, unreadable_count, write_from);
}
static pd_status write_half_mapped(void)
{
    return write_from((uint64_t)page + PAGE - 4);
}
static pd_status write_of_size(uint64_t size)
{
    return call(GLACIS_CALL_CONSOLE_WRITE, (uint64_t)page, size);
}
static pd_status write_too_large(void)
{
    const uint64_t sizes[] = {(uint64_t)PD_CONSOLE_MAX + 1, 1ull << 40, UINT64_MAX};
    return for_all(sizes, 3, write_of_size);
}

static pd_status clock_of(uint64_t clock)
{
    return call(GLACIS_CALL_CLOCK, clock, 0);
}
static pd_status unknown_clock(void)
{
    const uint64_t clocks[] = {2, 1ull << 32, UINT64_MAX};
    return for_all(clocks, 3, clock_of);
}

static pd_status random_at(uint64_t address)
{
    return call(GLACIS_CALL_RANDOM, address, 16);
}
static pd_status random_unwritable(void)
{
    return for_all(unwritable, unwritable_count, random_at);
}
static pd_status random_of_size(uint64_t size)
{
    return call(GLACIS_CALL_RANDOM, (uint64_t)page, size);
}
static pd_status random_too_large(void)
{
    const uint64_t sizes[] = {(uint64_t)PD_RANDOM_MAX + 1, UINT64_MAX};
    return for_all(sizes, 2, random_of_size);
}

static pd_status memory_info_at(uint64_t address)
{
    return call(GLACIS_CALL_MEMORY_QUERY, (uint64_t)page, address);
}
static pd_status memory_info_unwritable(void)
{
    return for_all(unwritable, unwritable_count, memory_info_at);
}
static pd_status stack_info_at(uint64_t address)
{
    return call(GLACIS_CALL_STACK_INFO, pd_stack_current(), address);
}
static pd_status stack_info_unwritable(void)
{
    return for_all(unwritable, unwritable_count, stack_info_at);
}

static pd_status create_domain(uint64_t image, uint64_t length, uint64_t parameters)
{
    return (pd_status)glacis_hypercall(image, length, parameters, 0, 0, 0,
                                       GLACIS_CALL_DOMAIN_CREATE)
        .status;
}
static struct pd_domain_parameters child_parameters;
static uint64_t sound_parameters(void)
{
    EXPECT(pd_domain_parameters_init(&child_parameters, "child"), PD_OK);
    return (uint64_t)&child_parameters;
}
static pd_status program_empty(void)
{
    return create_domain((uint64_t)page, 0, sound_parameters());
}
static pd_status program_of_size(uint64_t size)
{
    return create_domain((uint64_t)page, size, sound_parameters());
}
static pd_status program_too_large(void)
{
    const uint64_t sizes[] = {(uint64_t)PD_IMAGE_MAX + 1, 1ull << 40, UINT64_MAX};
    return for_all(sizes, 3, program_of_size);
}
static pd_status domain_with_parameters_at(uint64_t address)
{
    return create_domain((uint64_t)page, 64, address);
}
static pd_status parameters_unreadable(void)
{
    return for_all(unreadable, unreadable_count, domain_with_parameters_at);
}
static pd_status parameters_of_size(uint64_t size)
{
    const uint64_t address = sound_parameters();
    child_parameters.size = (uint32_t)size;
    return create_domain((uint64_t)page, 64, address);
}
static pd_status parameters_of_other_size(void)
{
    const uint64_t sizes[] = {0, sizeof child_parameters - 8, sizeof child_parameters + 8};
    return for_all(sizes, 3, parameters_of_size);
}
static pd_status program_at(uint64_t address)
{
    return create_domain(address, 64, sound_parameters());
}
static pd_status program_unreadable(void)
{
    return for_all(unreadable, unreadable_count, program_at);
}
static pd_status no_program(void)
{
    return create_domain((uint64_t)page, 64, sound_parameters());
}
static pd_status domain_info_at(uint64_t address)
{
    return call(GLACIS_CALL_DOMAIN_INFO, PD_SELF, address);
}
static pd_status domain_info_unwritable(void)
{
    return for_all(unwritable, unwritable_count, domain_info_at);
}

static pd_status create_with_name(uint64_t name)
{
    return (pd_status)glacis_hypercall((uint64_t)create_with_name, 0, 0, 0, 0, name,
                                       GLACIS_CALL_THREAD_CREATE)
        .status;
}
static pd_status name_unreadable(void)
{
    /* A null pointer is no name, which is allowed. */
    return for_all(unreadable + 1, unreadable_count - 1, create_with_name);
}
static pd_status name_without_end(void)
{
    memset(page, 'x', PD_NAME_MAX);
    page[PD_NAME_MAX] = 0;
    const pd_status status = create_with_name((uint64_t)page);
    memset(page, 0, PAGE);
    return status;
}

static const struct row {
    const char* call;
    const char* wrong;
    pd_status status;
    const char* name;
    pd_status (*try)(void);
} rows[] = {
#define STATUS(name) PD_##name, #name
    {"glacis_hypercall", "a number that no call has", STATUS(UNKNOWN_CALL), unknown_number},
    {"pd_abi_query", "size 0", STATUS(EMPTY_RANGE), abi_info_empty},
    {"pd_abi_query", "pointer to what the caller may not write", STATUS(BAD_POINTER),
     abi_info_unwritable},
    {"pd_console_write", "more than 64 KiB", STATUS(TOO_LARGE), write_too_large},
    {"pd_console_write", "pointer to what the caller may not read", STATUS(BAD_POINTER),
     write_unreadable},
    {"pd_console_write", "bytes of which some may not be read", STATUS(BAD_POINTER),
     write_half_mapped},
    {"pd_clock", "a clock that there is not", STATUS(BAD_ARGUMENT), unknown_clock},
    {"pd_random", "more than 64 KiB", STATUS(TOO_LARGE), random_too_large},
    {"pd_random", "pointer to what the caller may not write", STATUS(BAD_POINTER),
     random_unwritable},
    {"pd_memory_query", "pointer to what the caller may not write", STATUS(BAD_POINTER),
     memory_info_unwritable},
    {"pd_stack_query", "pointer to what the caller may not write", STATUS(BAD_POINTER),
     stack_info_unwritable},
    {"pd_domain_create", "a program of size 0", STATUS(EMPTY_RANGE), program_empty},
    {"pd_domain_create", "a program of more than 16 MiB", STATUS(TOO_LARGE), program_too_large},
    {"pd_domain_create", "parameters that the caller may not read", STATUS(BAD_POINTER),
     parameters_unreadable},
    {"pd_domain_create", "parameters of another size", STATUS(BAD_ARGUMENT),
     parameters_of_other_size},
    {"pd_domain_create", "a program that the caller may not read", STATUS(BAD_POINTER),
     program_unreadable},
    {"pd_domain_create", "bytes that are no program", STATUS(BAD_PROGRAM), no_program},
    {"pd_domain_query", "pointer to what the caller may not write", STATUS(BAD_POINTER),
     domain_info_unwritable},
    {"pd_thread_create", "name that the caller may not read", STATUS(BAD_POINTER), name_unreadable},
    {"pd_thread_create", "name without an end", STATUS(BAD_POINTER), name_without_end},
};

int main(void)
{
    collect_addresses();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const pd_status got = rows[i].try();
        if (got != rows[i].status) {
            printf("%s: %s gave %s\n", rows[i].call, rows[i].wrong, pd_status_name(got));
            return 1;
        }
        for (size_t byte = 0; byte < PAGE; ++byte) {
            CHECK(page[byte] == 0);
        }
        printf("| `%s` | %s | %s |\n", rows[i].call, rows[i].wrong, rows[i].name);
    }
    return 0;
}
