/* Domains that a domain makes: its children. */
#ifndef GLACIS_PD_DOMAIN_H
#define GLACIS_PD_DOMAIN_H

#include <glacis/abi/domain.h>
#include <glacis/abi/fault.h>
#include <glacis/pd/general.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A domain's handle: what permissions and ownership name it by, too. PD_SELF is the caller. */
typedef uint32_t pd_domain;

/* Modest parameters to begin with: a child of that name with the caller's default stack, 1 MiB of
 * memory, four stacks and threads, no children, no arguments, no grants, stopped when it faults.
 * PD_BAD_ARGUMENT: the name has no or more than PD_NAME_MAX - 1 characters. */
pd_status pd_domain_parameters_init(struct pd_domain_parameters* parameters, const char* name);

/* Makes a domain of the program in [image, image + length) and starts it. It never has more than
 * the caller: its quotas come out of the caller's, and what it is granted the caller owns, or has
 * itself of a shared region. Grants are among the child's regions (pd_region_find). Copied before
 * this returns: program, parameters, and what they point to. PD_BAD_PROGRAM: not a domain program
 * that can run here. PD_QUOTA: more than the caller has left; PD_QUOTA_TOO_SMALL: less than the
 * program itself needs. Others: abi/hypercall.h. Nothing has been made then. */
pd_status pd_domain_create(const void* image, size_t length,
                           const struct pd_domain_parameters* parameters, pd_domain* domain);

/* Ends a child with all that it has made. When this returns it is gone, and the caller has its
 * quotas again. PD_NOT_PERMITTED: not a child of the caller; PD_BAD_HANDLE: gone already. */
pd_status pd_domain_destroy(pd_domain domain);

/* State, end and quotas, of a child or of PD_SELF. */
pd_status pd_domain_query(pd_domain domain, struct pd_domain_info* information);

/* Waits until a child has ended for good; `information`, which may be null, then says how. It is
 * kept until pd_domain_destroy. PD_TIMED_OUT, PD_NOT_PERMITTED, PD_BAD_HANDLE. */
pd_status pd_domain_wait(pd_domain domain, uint64_t timeout_ns, struct pd_domain_info* information);

#ifdef __cplusplus
}
#endif

#endif
