/* What it costs to give a page to another domain and to take it back, while that domain is busy on
 * another vCPU. Arguments: "owner" and rounds, or "user". The owner prints
 *
 *     round BARE REVOKE GRANT          ns for a bare hypercall, a revocation, a grant */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glacis/pd.h>

enum { user_domain = 1, read_only = PD_PERM_READ };

/* In a region of both. */
struct meeting {
    _Atomic(volatile uint64_t*) page;
    atomic_uint turn; /* odd: the user reads the page; even: it only runs */
    atomic_uint seen; /* the turn that the user has noticed */
    atomic_bool is_over;
};

static uint64_t now(void)
{
    uint64_t time = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &time);
    return time;
}

static void use(struct meeting* meeting)
{
    while (!atomic_load(&meeting->is_over)) {
        const unsigned turn = atomic_load(&meeting->turn);
        if (turn % 2 == 1)
            (void)*atomic_load(&meeting->page);
        atomic_store(&meeting->seen, turn);
    }
}

static void next_turn(struct meeting* meeting, unsigned turn)
{
    atomic_store(&meeting->turn, turn);
    while (atomic_load(&meeting->seen) != turn) {
    }
}

static void set(void* page, uint32_t permission)
{
    if (pd_memory_set_permission(page, GLACIS_PAGE_SIZE, permission, user_domain, 0) != PD_OK) {
        puts("failed");
        exit(1);
    }
}

static void own(struct meeting* meeting, unsigned long rounds)
{
    void* page = NULL;
    if (pd_memory_alloc(GLACIS_PAGE_SIZE, PD_PERM_READ | PD_PERM_WRITE, &page) != PD_OK)
        exit(1);
    *(volatile uint64_t*)page = 1;
    atomic_store(&meeting->page, (volatile uint64_t*)page);
    for (unsigned round = 0; round < rounds; round++) {
        const uint64_t begin = now();
        set(page, read_only);
        const uint64_t granted = now();
        next_turn(meeting, 2 * round + 1); /* the translation is in use on the other vCPU */
        next_turn(meeting, 2 * round + 2);
        const uint64_t busy = now();
        set(page, PD_PERM_NONE);
        const uint64_t revoked = now();
        glacis_hypercall(0, 0, 0, 0, 0, 0, UINT64_MAX);
        const uint64_t end = now();
        printf("round %llu %llu %llu\n", (unsigned long long)(end - revoked),
               (unsigned long long)(revoked - busy), (unsigned long long)(granted - begin));
    }
    atomic_store(&meeting->is_over, true);
}

int main(int count, char** arguments)
{
    const struct pd_boot_region* region = pd_region_find("meet");
    if (region == NULL || count < 2)
        return 2;
    struct meeting* meeting = (struct meeting*)(uintptr_t)region->base;
    if (strcmp(arguments[1], "user") == 0)
        use(meeting);
    else
        own(meeting, count > 2 ? strtoul(arguments[2], NULL, 10) : 1);
    return 0;
}
