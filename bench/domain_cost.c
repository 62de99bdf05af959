/* What it costs to make a domain and to destroy it.  Arguments: rounds, then numbers of other
 * children that there are meanwhile, one after the other. For each number it prints
 *
 *     live NUMBER
 *     mark                      then MARKED domains made and destroyed, then `mark` again
 *     round BARE PAIR           `rounds` times: ns for two bare hypercalls, for a domain */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { marked = 10, most_live = 2000 };

static pd_domain live[most_live];
static size_t live_count;
static const struct pd_boot_region* program;

static uint64_t now(void)
{
    uint64_t time = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &time);
    return time;
}

static pd_domain make(void)
{
    struct pd_domain_parameters parameters;
    pd_domain domain = 0;
    pd_status status = pd_domain_parameters_init(&parameters, "child");
    parameters.stack_commit = parameters.stack_limit = GLACIS_PAGE_SIZE;
    parameters.quota_stack_bytes = GLACIS_PAGE_SIZE;
    parameters.quota_stacks = parameters.quota_threads = 1;
    if (status == PD_OK)
        status = pd_domain_create((const void*)(uintptr_t)program->base, program->content_size,
                                  &parameters, &domain);
    if (status != PD_OK) {
        printf("failed %s with %zu others\n", pd_status_name(status), live_count);
        exit(1);
    }
    return domain;
}

static void destroy(pd_domain domain)
{
    if (pd_domain_destroy(domain) != PD_OK)
        exit(1);
}

/* New ones get to where they sleep. */
static void set_live(size_t wanted)
{
    while (live_count < wanted) {
        live[live_count++] = make();
        pd_thread_yield();
    }
    while (live_count > wanted)
        destroy(live[--live_count]);
}

static void measure(unsigned long rounds)
{
    puts("mark");
    for (unsigned i = 0; i < marked; i++)
        destroy(make());
    puts("mark");
    for (unsigned long round = 0; round < rounds; round++) {
        const uint64_t begin = now();
        glacis_hypercall(0, 0, 0, 0, 0, 0, UINT64_MAX);
        glacis_hypercall(0, 0, 0, 0, 0, 0, UINT64_MAX);
        const uint64_t middle = now();
        destroy(make());
        const uint64_t end = now();
        printf("round %llu %llu\n", (unsigned long long)(middle - begin),
               (unsigned long long)(end - middle));
    }
}

int main(int count, char** arguments)
{
    program = pd_region_find("child");
    if (program == NULL || count < 3)
        return 2;
    for (int i = 2; i < count; i++) {
        const size_t wanted = strtoul(arguments[i], NULL, 10);
        if (wanted > most_live)
            return 2;
        set_live(wanted);
        printf("live %zu\n", wanted);
        measure(strtoul(arguments[1], NULL, 10));
    }
    set_live(0);
    return 0;
}
