/* Groups: sets of domains, so that one call sets what many of them may do. */
#ifndef GLACIS_PD_GROUP_H
#define GLACIS_PD_GROUP_H

#include <glacis/pd/general.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Handle of a group; 0 is none. Only the domain that created the group can use it. */
typedef uint64_t pd_group;

/* An empty group. PD_QUOTA: this domain has PD_GROUPS_MAX of them. */
pd_status pd_group_create(pd_group* group);

/* Ends a group. What its members were granted stays theirs. PD_BAD_HANDLE, PD_NOT_OWNER. */
pd_status pd_group_delete(pd_group group);

/* Who is in the group from now on. Neither grants nor takes away anything by itself: permissions
 * are set by pd_memory_set_group_permission, for the members of that moment. A domain that ends
 * leaves the group; when it has been restarted it must be added anew. PD_SELF is the caller.
 * PD_BAD_HANDLE (the group or the domain), PD_NOT_OWNER. */
pd_status pd_group_add(pd_group group, uint32_t domain);
pd_status pd_group_remove(pd_group group, uint32_t domain);

/* pd_memory_set_permission for all members at once: when it fails none of them has more or less
 * than before, when it returns PD_OK all of them have what was said, on every vCPU. With
 * PD_EXCLUSIVE every domain outside the group, the owner included, loses the pages. Statuses of
 * pd_memory_set_permission. */
pd_status pd_memory_set_group_permission(void* address, size_t length, uint32_t permission,
                                         pd_group group, uint32_t flags);

#ifdef __cplusplus
}
#endif

#endif
