/* Structures of the domain calls (hypercall.h, 0x30).  C11 and C++. */
#ifndef GLACIS_ABI_DOMAIN_H
#define GLACIS_ABI_DOMAIN_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "boot.h"

/* Largest program, in bytes of its file, that a domain can make a child of. */
#define PD_IMAGE_MAX 0x1000000
/* Bytes of all arguments of a child, terminating zeros included. */
#define PD_ARGUMENTS_MAX 0x10000
#define PD_GRANTS_MAX 64
#define PD_RESTARTS_MAX 1000000
/* Domains that can exist at a time, and how deep children of children can be. */
#define PD_DOMAINS_MAX 16384
#define PD_DOMAIN_DEPTH_MAX 32

/* A quota for a child that is no less free than its parent: refused where the parent's is limited.
 */
#define PD_UNLIMITED 0xffffffffffffffff

/* What happens when a child faults. */
#define PD_ON_FAULT_STOP 0
#define PD_ON_FAULT_RESTART 1

/* pd_domain_parameters.flags */
#define PD_DOMAIN_HANDLED                                                                          \
    1 /* its parent handles its faults; on_fault is what happens without answer */
#define PD_DOMAIN_SUSPENDED                                                                        \
    2 /* with it: all its threads stop while a fault waits for an answer                           \
       */

/* What has become of a domain. */
#define PD_DOMAIN_RUNNING 0
#define PD_DOMAIN_STOPPING 1 /* ends, or is about to begin anew */
#define PD_DOMAIN_EXITED 2   /* ended by itself */
#define PD_DOMAIN_FAULTED 3  /* ended by a fault */

/* Pages that a child may use: those of the parent's own memory, or of a shared region that the
 * parent has at least the same permission for.  The child finds them among the regions of its boot
 * information. */
struct pd_grant {
    char name[PD_NAME_MAX]; /* IN zero-terminated, for the child */
    uint64_t address;       /* IN page-aligned */
    uint64_t length;        /* IN bytes, whole pages */
    uint32_t perm;          /* IN PD_PERM_*, not 0 */
    uint32_t reserved;      /* IN 0 */
};
static_assert(sizeof(struct pd_grant) == 56, "ABI layout");

struct pd_domain_parameters {
    uint32_t size;              /* IN of this structure: another size is a BAD_ARGUMENT */
    uint32_t on_fault;          /* IN PD_ON_FAULT_* */
    char name[PD_NAME_MAX];     /* IN zero-terminated: 1 to 31 letters, digits, '_' or '-' */
    uint64_t stack_commit;      /* IN bytes of its first stack, and the default for others */
    uint64_t stack_limit;       /* IN bytes up to which that may grow; 0: stack_commit */
    uint64_t quota_memory;      /* IN bytes; its program and boot information count */
    uint64_t quota_stacks;      /* IN count, the first included */
    uint64_t quota_stack_bytes; /* IN bytes */
    uint64_t quota_threads;     /* IN count, the first included */
    uint64_t quota_grants;      /* IN entries that let others use its pages and stacks */
    uint64_t quota_domains;     /* IN children that it may have in turn, their children included */
    uint64_t time_limit;        /* IN ns on vCPUs after which it has faulted; 0: the parent's */
    uint64_t arguments;         /* IN address of strings, one after the other, each with its zero */
    uint64_t grants;            /* IN address of struct pd_grant[] */
    uint32_t arguments_size;    /* IN bytes of the strings, 0 for none */
    uint32_t grant_count;       /* IN at most PD_GRANTS_MAX */
    uint32_t max_restarts;      /* IN with PD_ON_FAULT_RESTART, at most PD_RESTARTS_MAX */
    uint32_t flags;             /* IN PD_DOMAIN_* */
    uint64_t handler_timeout;   /* IN ns in which faults have to be answered; 0: one second */
};
static_assert(offsetof(struct pd_domain_parameters, stack_commit) == 40, "ABI layout");
static_assert(offsetof(struct pd_domain_parameters, arguments_size) == 128, "ABI layout");
static_assert(sizeof(struct pd_domain_parameters) == 152, "ABI layout");

/* Of one kind: what is left of the quota (PD_UNLIMITED for none), what is held of it, and what the
 * domain's children were given, which is not in `quota` any more. */
struct pd_allowance {
    uint64_t quota; /* OUT */
    uint64_t held;  /* OUT */
};
static_assert(sizeof(struct pd_allowance) == 16, "ABI layout");

struct pd_domain_info {
    uint32_t domain;      /* OUT its handle */
    uint32_t parent;      /* OUT its parent's handle, PD_SELF for a domain of the description */
    uint32_t state;       /* OUT PD_DOMAIN_* */
    uint32_t fault_class; /* OUT PD_FAULT_* of its last fault, 0 for none */
    uint64_t exit_value;  /* OUT once it has exited */
    uint32_t restarts;    /* OUT after faults */
    uint32_t faults;      /* OUT count */
    struct pd_allowance memory;      /* OUT bytes */
    struct pd_allowance stacks;      /* OUT count */
    struct pd_allowance stack_bytes; /* OUT bytes */
    struct pd_allowance threads;     /* OUT count */
    struct pd_allowance grants;      /* OUT count of entries */
    struct pd_allowance domains; /* OUT count; held: its children, those that have ended included */
};
static_assert(offsetof(struct pd_domain_info, memory) == 32, "ABI layout");
static_assert(sizeof(struct pd_domain_info) == 128, "ABI layout");
#endif
