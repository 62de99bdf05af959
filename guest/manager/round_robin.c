/* The default thread manager: threads of the same priority in turns, those of a higher one first.
 * Argument 1: how long a turn is while others wait, in nanoseconds; 10 ms without one.
 *
 * A thread's parameter is its priority, 0 (which threads begin with) to 31; more counts as 31.  Who
 * is passed over has a turn after `patience` turns of others, whatever their priority, so that
 * nobody starves.
 *
 * One loop a vCPU, one set of queues for all.  A loop that finds them empty waits for news; there,
 * and only there, the supervisor tells it of a thread.  Loops that have more than they can run hand
 * one on to those that wait. */
#include <stddef.h>

#include <glacis/pd/general.h>
#include <glacis/pd/manager.h>
#include <glacis/pd/memory.h>
#include <glacis/pd/stack.h>
#include <glacis/pd/synchronization.h>

enum { priorities = 32, patience = 32 };
static uint64_t slice = 10000000; /* nanoseconds */

struct entry {
    struct entry* next;
    pd_thread thread;
    uint32_t priority;
};

struct queue {
    struct entry* first;
    struct entry** last;
    uint32_t passed_over; /* turns of others while this one was not empty */
};

static struct pd_mutex mutex; /* for all that follows */
static struct queue queues[priorities];
static struct entry* unused;
static size_t queued;
static size_t waiting; /* loops that wait for news, or are about to */

/* ---- entries and queues; the mutex is held ------------------------------------------------- */

/* An entry for each thread that can run.  Without memory for one more nobody can go on. */
static struct entry* make_entry(const struct pd_thread_event* event)
{
    if (unused == NULL) {
        struct entry* page = NULL;
        pd_status status =
            pd_memory_alloc(GLACIS_PAGE_SIZE, PD_PERM_READ | PD_PERM_WRITE, (void**)&page);
        if (status != PD_OK)
            pd_abort(status);
        for (size_t i = 0; i < GLACIS_PAGE_SIZE / sizeof *page; i++) {
            page[i].next = unused;
            unused = &page[i];
        }
    }
    struct entry* entry = unused;
    unused = entry->next;
    entry->thread = event->thread;
    entry->priority = event->parameter < priorities ? (uint32_t)event->parameter : priorities - 1;
    return entry;
}

static void drop_entry(struct entry* entry)
{
    entry->next = unused;
    unused = entry;
}

static void put(struct entry* entry)
{
    struct queue* queue = &queues[entry->priority];
    entry->next = NULL;
    *queue->last = entry;
    queue->last = &entry->next;
    queued++;
}

static struct entry* take_from(struct queue* queue)
{
    struct entry* entry = queue->first;
    queue->first = entry->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    queue->passed_over = 0;
    queued--;
    return entry;
}

/* The queue whose turn it is: the highest, unless one below has waited too long. */
static struct queue* next_queue(void)
{
    struct queue* chosen = NULL;
    for (int priority = priorities - 1; priority >= 0; priority--) {
        struct queue* queue = &queues[priority];
        if (queue->first == NULL)
            continue;
        if (chosen == NULL)
            chosen = queue;
        else if (++queue->passed_over > patience)
            chosen = queue;
    }
    return chosen;
}

static struct entry* pick(void)
{
    struct queue* queue = next_queue();
    return queue == NULL ? NULL : take_from(queue);
}

static void take_news(bool has_news)
{
    struct pd_thread_event event;
    while (has_news && pd_thread_take(0, &event, &has_news) == PD_OK)
        put(make_entry(&event));
}

/* A loop that waits gets what this one cannot run at once. */
static void share(void)
{
    for (size_t spare = waiting; spare > 0 && queued > 1; spare--) {
        struct entry* entry = pick();
        pd_thread_offer(entry->thread);
        drop_entry(entry);
    }
}

/* ---- the loop ------------------------------------------------------------------------------ */

static struct entry* wait_for_news(void)
{
    struct pd_thread_event event;
    waiting++;
    pd_mutex_unlock(&mutex);
    pd_status status = pd_thread_take(PD_FOREVER, &event, NULL);
    pd_mutex_lock(&mutex);
    waiting--;
    return status == PD_OK ? make_entry(&event) : NULL;
}

/* Others wait at most a slice, unless they matter more. */
static void run(struct entry* entry)
{
    bool is_alone = queued == 0;
    uint64_t time = is_alone ? slice | PD_SLICE_UNLESS_ALONE : slice;
    uint64_t recall_from = (uint64_t)entry->priority + 1;
    struct pd_run run = {PD_RUN_ENDED, false};
    pd_mutex_unlock(&mutex);
    pd_status status = pd_thread_run(entry->thread, time, recall_from, &run);
    pd_mutex_lock(&mutex);
    bool can_run =
        status == PD_OK && (run.reason == PD_RUN_SLICE_OVER || run.reason == PD_RUN_YIELDED ||
                            run.reason == PD_RUN_RECALLED);
    take_news(run.has_news);
    if (can_run)
        put(entry);
    else
        drop_entry(entry);
    share();
}

static uint64_t loop(void* unused_argument)
{
    (void)unused_argument;
    pd_mutex_lock(&mutex);
    for (;;) {
        struct entry* entry = pick();
        if (entry == NULL)
            entry = wait_for_news();
        if (entry == NULL)
            break; /* nobody is left */
        run(entry);
    }
    pd_mutex_unlock(&mutex);
    return 0;
}

static pd_status start_loop(uint32_t vcpu)
{
    static struct glacis_thread_start starts[GLACIS_VCPU_MAX];
    enum { stack_size = 2 * GLACIS_PAGE_SIZE };
    starts[vcpu].function = loop;
    pd_stack stack = 0;
    pd_status status = pd_stack_alloc(stack_size, stack_size, PD_ANY_SLOT, PD_SELF, &stack);
    if (status != PD_OK)
        return status;
    return pd_thread_create(glacis_thread_entry, &starts[vcpu], stack, NULL, PD_THREAD_DETACHED,
                            "loop", NULL);
}

/* What is no number of nanoseconds changes nothing. */
static void set_slice(const char* text)
{
    uint64_t value = 0;
    for (const char* at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || value > (PD_SLICE_UNLESS_ALONE - 10) / 10)
            return;
        value = 10 * value + (uint64_t)(*at - '0');
    }
    if (value != 0)
        slice = value;
}

int main(void)
{
    if (pd_argument(1) != NULL)
        set_slice(pd_argument(1));
    for (int priority = 0; priority < priorities; priority++)
        queues[priority].last = &queues[priority].first;
    for (uint32_t vcpu = 1; vcpu < pd_boot()->vcpus; vcpu++) {
        /* With fewer loops than vCPUs some of these are idle; with one everything still runs. */
        if (start_loop(vcpu) != PD_OK)
            break;
    }
    loop(NULL);
    return 0;
}
