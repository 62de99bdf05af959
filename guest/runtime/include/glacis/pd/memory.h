/* Pages: allocation, permissions, ownership. For ordinary storage use malloc, which gets its pages
 * here. */
#ifndef GLACIS_PD_MEMORY_H
#define GLACIS_PD_MEMORY_H

#include <glacis/pd/general.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed pages, owned by the calling domain, at an address of the supervisor's choice. `length` is
 * a multiple of the page size, `permission` PD_PERM_* of the caller (never write and execute
 * together). PD_QUOTA_MEMORY, PD_NO_MEMORY, PD_HOST_*: nothing to be had; PD_EMPTY_RANGE,
 * PD_MISALIGNED, PD_BAD_ARGUMENT: asked wrongly. */
pd_status pd_memory_alloc(size_t length, uint32_t permission, void** address);

/* Gives back pages that the caller owns, from one allocation or several. Before this returns every
 * domain has lost them. PD_NOT_OWNER, PD_NOT_COMMITTED, PD_IN_USE, PD_MISALIGNED, PD_EMPTY_RANGE,
 * PD_RANGE_OVERFLOW; PD_QUOTA_GRANTS where it cuts what others may use. */
pd_status pd_memory_free(void* address, size_t length);

/* What `domain` may do with pages that the caller owns: PD_PERM_*, 0 to revoke. With PD_EXCLUSIVE
 * in `flags` every other domain, the owner included, loses them. When this returns no other access
 * is possible on any vCPU. (MMP: mmp_set_perm.) Statuses as above, and PD_BAD_HANDLE for the
 * domain, PD_QUOTA_GRANTS for one grant too many. */
pd_status pd_memory_set_permission(void* address, size_t length, uint32_t permission,
                                   uint32_t domain, uint32_t flags);

/* Passes the ownership of pages on. Permissions stay, as grants of the new owner: it may have
 * no room for them (PD_QUOTA_GRANTS) or for the pages (PD_QUOTA_MEMORY). */
pd_status pd_memory_transfer(void* address, size_t length, uint32_t domain);

/* Owner and permission of the pages around an address that the caller owns or may use;
 * PD_NOT_COMMITTED for any other. */
pd_status pd_memory_query(const void* address, struct pd_memory_info* information);

#ifdef __cplusplus
}
#endif

#endif
