#include <glacis/pd/memory.h>

#include "hypercall.h"

pd_status pd_memory_alloc(size_t length, uint32_t permission, void** address)
{
    uint64_t value = 0;
    pd_status status =
        glacis_value(GLACIS_CALL_2(GLACIS_CALL_MEMORY_ALLOC, length, permission), &value);
    if (status == PD_OK && address != NULL)
        *address = (void*)(uintptr_t)value;
    return status;
}

pd_status pd_memory_free(void* address, size_t length)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_MEMORY_FREE, glacis_address(address), length));
}

pd_status pd_memory_set_permission(void* address, size_t length, uint32_t permission,
                                   uint32_t domain, uint32_t flags)
{
    return glacis_status(GLACIS_CALL_5(GLACIS_CALL_MEMORY_SET_PERM, glacis_address(address), length,
                                       permission, domain, flags));
}

pd_status pd_memory_transfer(void* address, size_t length, uint32_t domain)
{
    return glacis_status(
        GLACIS_CALL_3(GLACIS_CALL_MEMORY_TRANSFER, glacis_address(address), length, domain));
}

pd_status pd_memory_query(const void* address, struct pd_memory_info* information)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_MEMORY_QUERY, glacis_address(address),
                                       glacis_address(information)));
}
