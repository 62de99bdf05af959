/* What the three domains agree on: a text in one page, changed in place by each. */
#ifndef RELAY_H
#define RELAY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

struct letter {
    uint32_t length;
    char text[GLACIS_PAGE_SIZE - sizeof(uint32_t)];
};

static inline void must(pd_status status, const char* what)
{
    if (status != PD_OK) {
        pd_perror(what, status);
        exit(EXIT_FAILURE);
    }
}

/* The domain behind `gate` gets the page, and the caller, who owned it, loses it: first what may be
 * done with it, exclusively, then the ownership. No byte of it moves. */
static inline void hand_over(struct letter* letter, pd_gate gate)
{
    uint32_t domain = pd_gate_domain(gate);
    must(pd_memory_set_permission(letter, GLACIS_PAGE_SIZE, PD_PERM_READ | PD_PERM_WRITE, domain,
                                  PD_EXCLUSIVE),
         "passing the permission");
    must(pd_memory_transfer(letter, GLACIS_PAGE_SIZE, domain), "passing the ownership");
}

#endif
