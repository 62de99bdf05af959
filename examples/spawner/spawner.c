/* Makes a worker domain for each job, feeds it the job's text page by page as it asks, and tells
 * what came of it: an answer, or how the worker died.
 *
 * Two threads: the first makes workers and waits for their ends, the other answers their faults. */
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

#include "job.h"
#include "jobs.h"

enum { worker_memory = 1 << 20, worker_stack = 32 << 10, patience_ns = 2000000000 };

static struct job job; /* the present one; both threads read it */
static uint32_t pages_fed;

/* ---- the thread that answers ----------------------------------------------------------------- */

static int is_of_text(const struct pd_fault* fault)
{
    const uint64_t begin = (uint64_t)(uintptr_t)job.text;
    return (fault->flags & PD_FAULT_HAS_ADDRESS) != 0 && fault->access == PD_PERM_READ &&
           fault->address >= begin && fault->address - begin < job.size;
}

static pd_status feed(const struct pd_fault* fault)
{
    void* page = (void*)(uintptr_t)(fault->address / GLACIS_PAGE_SIZE * GLACIS_PAGE_SIZE);
    const pd_status status =
        pd_memory_set_permission(page, GLACIS_PAGE_SIZE, PD_PERM_READ, fault->domain, 0);
    if (status != PD_OK)
        return status;
    pages_fed++;
    return pd_fault_resume(fault->fault, NULL);
}

static uint64_t answer_faults(void* unused)
{
    static struct pd_fault fault;
    (void)unused;
    for (;;) {
        const pd_status status = pd_fault_wait(PD_FOREVER, &fault);
        if (status == PD_OK && (!is_of_text(&fault) || feed(&fault) != PD_OK)) {
            pd_fault_kill(fault.fault);
        }
    }
}

/* ---- the thread that makes workers ------------------------------------------------------------
 */

static void must(pd_status status, const char* what)
{
    if (status != PD_OK) {
        pd_perror(what, status);
        exit(1);
    }
}

static pd_domain make_worker(const struct answer* answer)
{
    struct pd_domain_parameters parameters;
    struct pd_grant grants[2];
    const struct pd_boot_region* program = pd_region_find("worker");
    pd_domain worker = PD_SELF;
    must(pd_domain_parameters_init(&parameters, "worker"), "a worker's name");
    grants[0] = (struct pd_grant){.name = "text",
                                  .address = (uint64_t)(uintptr_t)job.text,
                                  .length = GLACIS_PAGE_SIZE,
                                  .perm = PD_PERM_READ};
    grants[1] = (struct pd_grant){.name = "answer",
                                  .address = (uint64_t)(uintptr_t)answer,
                                  .length = GLACIS_PAGE_SIZE,
                                  .perm = PD_PERM_READ | PD_PERM_WRITE};
    parameters.grants = (uint64_t)(uintptr_t)grants;
    parameters.grant_count = 2;
    parameters.flags = PD_DOMAIN_HANDLED;
    parameters.stack_commit = worker_stack;
    parameters.stack_limit = worker_stack;
    parameters.quota_memory = worker_memory;
    parameters.quota_stack_bytes = worker_stack;
    parameters.quota_stacks = 1;
    parameters.quota_threads = 1;
    must(pd_domain_create((const void*)(uintptr_t)program->base, program->content_size, &parameters,
                          &worker),
         "no worker");
    return worker;
}

static void tell(const struct answer* answer, const struct pd_domain_info* end)
{
    printf("%s: ", job.title);
    if (end->state == PD_DOMAIN_FAULTED) {
        printf("its worker died: %s\n", pd_fault_class_name(end->fault_class));
    } else if (end->state != PD_DOMAIN_EXITED || !answer->is_there) {
        printf("no answer\n");
    } else if (answer->is_error) {
        printf("this is no expression\n");
    } else {
        printf("%lld", (long long)answer->value);
        if (pages_fed > 0)
            printf(" (%u pages more were asked for)", pages_fed);
        printf("\n");
    }
}

static void do_job(struct answer* answer)
{
    struct pd_domain_info end = {.state = PD_DOMAIN_RUNNING};
    *answer = (struct answer){0};
    pages_fed = 0;
    const pd_domain worker = make_worker(answer);
    const pd_status status = pd_domain_wait(worker, patience_ns, &end);
    if (status != PD_TIMED_OUT) /* one that is too slow is destroyed all the same */
        must(status, "waiting for a worker");
    must(pd_domain_destroy(worker), "a worker stays");
    tell(answer, &end);
}

int main(void)
{
    void* answer = NULL;
    must(pd_memory_alloc(GLACIS_PAGE_SIZE, PD_PERM_READ | PD_PERM_WRITE, &answer), "no memory");
    must(pd_thread_start(answer_faults, NULL, NULL, NULL), "no thread");
    for (size_t index = 0; make_job(index, &job); ++index) {
        do_job(answer);
        must(pd_memory_free(job.text, job.size), "a job's text stays");
    }
    return 0;
}
