/* Three tasks that are released at the same moment, each with work to do and a deadline, in the
 * order in which they were written down: which of them is done first is up to the thread manager.
 */
#include <stdint.h>
#include <stdio.h>

#include <glacis/pd/general.h>
#include <glacis/pd/synchronization.h>
#include <glacis/pd/thread.h>

enum { task_count = 3 };

static struct task {
    const char* name;
    unsigned milliseconds; /* from its release to its deadline */
    pd_thread thread;
} tasks[task_count] = {
    {"archive", 900, 0},
    {"control", 100, 0},
    {"display", 300, 0},
};

static struct pd_mutex mutex;
static const char* order[task_count];
static unsigned done;

/* What has to be computed: long enough that a fair manager would switch in its midst. */
static void work(void)
{
    for (volatile uint64_t step = 0; step < 50000000; step++) {
    }
}

static uint64_t run_task(void* argument)
{
    const struct task* task = argument;
    work();
    pd_mutex_lock(&mutex);
    order[done++] = task->name;
    pd_mutex_unlock(&mutex);
    return 0;
}

/* A nearer deadline is a greater parameter. */
static uint64_t urgency(unsigned milliseconds)
{
    uint64_t now = 0;
    pd_clock(PD_CLOCK_MONOTONIC, &now);
    return UINT64_MAX - 1 - (now + milliseconds * UINT64_C(1000000));
}

int main(void)
{
    /* Nobody comes between until all are there. A new thread has its creator's parameter. */
    for (unsigned i = 0; i < task_count; i++) {
        pd_thread_set_parameter(0, urgency(tasks[i].milliseconds));
        struct pd_thread_options options = {.name = tasks[i].name};
        pd_status status = pd_thread_start(run_task, &tasks[i], &options, &tasks[i].thread);
        if (status != PD_OK) {
            printf("no thread for %s: %s\n", tasks[i].name, pd_status_text(status));
            return 1;
        }
        pd_thread_set_parameter(0, UINT64_MAX);
    }
    for (unsigned i = 0; i < task_count; i++)
        pd_thread_join(tasks[i].thread, PD_FOREVER, NULL);
    printf("done in this order:");
    for (unsigned i = 0; i < task_count; i++)
        printf(" %s", order[i]);
    printf("\n");
    return 0;
}
