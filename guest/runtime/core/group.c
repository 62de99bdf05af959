#include <glacis/pd/group.h>

#include "hypercall.h"

pd_status pd_group_create(pd_group* group)
{
    return glacis_value(GLACIS_CALL_0(GLACIS_CALL_GROUP_CREATE), group);
}

pd_status pd_group_delete(pd_group group)
{
    return glacis_status(GLACIS_CALL_1(GLACIS_CALL_GROUP_DELETE, group));
}

pd_status pd_group_add(pd_group group, uint32_t domain)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_GROUP_ADD, group, domain));
}

pd_status pd_group_remove(pd_group group, uint32_t domain)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_GROUP_REMOVE, group, domain));
}

pd_status pd_memory_set_group_permission(void* address, size_t length, uint32_t permission,
                                         pd_group group, uint32_t flags)
{
    return glacis_status(GLACIS_CALL_5(GLACIS_CALL_MEMORY_SET_GROUP_PERM, glacis_address(address),
                                       length, permission, group, flags));
}
