#include "hypercall.h"

pd_status pd_abi_query(struct pd_abi_info* information)
{
    return glacis_status(
        GLACIS_CALL_2(GLACIS_CALL_ABI_INFO, glacis_address(information), sizeof *information));
}

pd_status pd_console_write(const void* bytes, size_t length, size_t* taken)
{
    return glacis_value(GLACIS_CALL_2(GLACIS_CALL_CONSOLE_WRITE, glacis_address(bytes), length),
                        taken);
}

void pd_domain_exit(uint64_t status)
{
    GLACIS_CALL_1(GLACIS_CALL_DOMAIN_EXIT, status);
    __builtin_trap();
}

void pd_abort(uint64_t code)
{
    GLACIS_CALL_1(GLACIS_CALL_ABORT, code);
    __builtin_trap();
}

pd_status pd_clock(uint64_t clock, uint64_t* nanoseconds)
{
    return glacis_value(GLACIS_CALL_1(GLACIS_CALL_CLOCK, clock), nanoseconds);
}

pd_status pd_random(void* bytes, size_t length)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_RANDOM, glacis_address(bytes), length));
}

void pd_trace(uint64_t first, uint64_t second)
{
    GLACIS_CALL_2(GLACIS_CALL_TRACE, first, second);
}
