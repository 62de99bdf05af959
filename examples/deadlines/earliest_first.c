/* A thread manager with a policy of its own: whoever's deadline is nearest runs (earliest deadline
 * first; C. L. Liu and J. W. Layland, "Scheduling Algorithms for Multiprogramming in a
 * Hard-Real-Time Environment", 1973).
 *
 * A thread's parameter is its deadline, counted down from UINT64_MAX so that a nearer one is
 * greater; a thread without one, at 0, runs when nobody else can. */
#include <stdlib.h>
#include <string.h>

#include <glacis/pd/general.h>
#include <glacis/pd/manager.h>
#include <glacis/pd/synchronization.h>

struct task {
    pd_thread thread;
    uint64_t urgency;
};

/* A binary heap, the most urgent task first; the mutex is for it and for `waiting`. */
static struct pd_mutex mutex;
static struct task* tasks;
static size_t task_count;
static size_t capacity;
static size_t waiting; /* loops that wait for news */

static void swap(size_t a, size_t b)
{
    struct task task = tasks[a];
    tasks[a] = tasks[b];
    tasks[b] = task;
}

static void push(struct task task)
{
    if (task_count == capacity) {
        capacity = capacity == 0 ? 64 : 2 * capacity;
        tasks = realloc(tasks, capacity * sizeof *tasks);
        if (tasks == NULL)
            pd_abort(PD_NO_MEMORY);
    }
    size_t place = task_count++;
    tasks[place] = task;
    for (; place > 0 && tasks[place].urgency > tasks[(place - 1) / 2].urgency;
         place = (place - 1) / 2)
        swap(place, (place - 1) / 2);
}

static struct task pop(void)
{
    struct task first = tasks[0];
    tasks[0] = tasks[--task_count];
    for (size_t place = 0;;) {
        size_t greatest = place;
        for (size_t child = 2 * place + 1; child <= 2 * place + 2 && child < task_count; child++)
            if (tasks[child].urgency > tasks[greatest].urgency)
                greatest = child;
        if (greatest == place)
            return first;
        swap(place, greatest);
        place = greatest;
    }
}

static void take_news(void)
{
    struct pd_thread_event event;
    while (pd_thread_take(0, &event, NULL) == PD_OK)
        push((struct task){event.thread, event.parameter});
}

/* The next task; waits for one. False when there is nobody left to run. */
static bool pick(struct task* task)
{
    if (task_count > 0) {
        *task = pop();
        return true;
    }
    struct pd_thread_event event;
    waiting++;
    pd_mutex_unlock(&mutex);
    pd_status status = pd_thread_take(PD_FOREVER, &event, NULL);
    pd_mutex_lock(&mutex);
    waiting--;
    *task = (struct task){event.thread, event.parameter};
    return status == PD_OK;
}

static uint64_t loop(void* argument)
{
    (void)argument;
    struct task task;
    pd_mutex_lock(&mutex);
    while (pick(&task)) {
        struct pd_run run = {PD_RUN_ENDED, false};
        pd_mutex_unlock(&mutex);
        /* Until it waits, or somebody can run who is as urgent. */
        uint64_t recall_from = task.urgency == UINT64_MAX ? UINT64_MAX : task.urgency + 1;
        pd_thread_run(task.thread, PD_FOREVER, recall_from, &run);
        pd_mutex_lock(&mutex);
        if (run.has_news)
            take_news();
        if (run.reason == PD_RUN_YIELDED || run.reason == PD_RUN_RECALLED ||
            run.reason == PD_RUN_SLICE_OVER)
            push(task);
        for (size_t spare = waiting; spare > 0 && task_count > 1; spare--)
            pd_thread_offer(pop().thread);
    }
    pd_mutex_unlock(&mutex);
    return 0;
}

int main(void)
{
    for (uint32_t vcpu = 1; vcpu < pd_boot()->vcpus; vcpu++)
        pd_thread_start(loop, NULL, &(struct pd_thread_options){.flags = PD_THREAD_DETACHED}, NULL);
    loop(NULL);
    return 0;
}
