/* The stack allocation that the supervisor replaces, with the race that was found in it.
 *
 * Here the domain itself decides where a thread's stack goes. It keeps a list of its threads; a
 * slot is in use if some thread of the list has its context there. The context is set when the
 * stack has been granted, and in between lies a call that lets others run: whoever looks for a slot
 * then finds the same one. `main` and the first thread both create threads, which is enough. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { most_threads = 5000, stack_size = 16 * 1024 };

/* ---- the domain's own allocator ------------------------------------------------------------ */

struct thread {
    struct thread* next;
    uint64_t context; /* the slot of its stack; 0 until the stack has been granted */
    uint64_t chosen;  /* for the report alone: the algorithm does not know it */
    const char* creator;
    int number;
};

static struct pd_mutex threads_lock;
static struct thread* threads;

static int is_in_use(uint64_t slot)
{
    for (const struct thread* thread = threads; thread != NULL; thread = thread->next) {
        if (thread->context == slot)
            return 1;
    }
    return 0;
}

/* The first slot that is not in use; 0 when there is none. Puts the thread into the list. */
static uint64_t choose_slot(struct thread* thread)
{
    const struct pd_boot_info* boot = pd_boot();
    uint64_t chosen = 0;
    pd_mutex_lock(&threads_lock);
    /* The first slots belong to the first threads of the domains: begin above our own. */
    for (uint64_t slot = boot->main_stack + boot->stack_slot_size;
         slot < boot->stack_area_base + boot->stack_area_size && chosen == 0;
         slot += boot->stack_slot_size) {
        if (!is_in_use(slot))
            chosen = slot;
    }
    thread->chosen = chosen;
    thread->next = threads;
    threads = thread;
    pd_mutex_unlock(&threads_lock);
    return chosen;
}

static void remove_thread(struct thread* thread)
{
    pd_mutex_lock(&threads_lock);
    struct thread** link = &threads;
    while (*link != thread)
        link = &(*link)->next;
    *link = thread->next;
    pd_mutex_unlock(&threads_lock);
}

/* ---- the load ------------------------------------------------------------------------------ */

static atomic_bool is_over;

static uint64_t do_nothing(void* argument)
{
    (void)argument;
    return 0;
}

static void report(const struct thread* thread, pd_status status)
{
    printf("%s, thread %d: chose slot %#llx, which no thread of the list has\n", thread->creator,
           thread->number, (unsigned long long)thread->chosen);
    printf("%s, thread %d: asked for it: %s%s (%s)\n", thread->creator, thread->number,
           status == PD_REGION_CONFLICT ? "region conflict: " : "", pd_status_text(status),
           pd_status_name(status));
    if (status != PD_REGION_CONFLICT)
        return;
    pd_mutex_lock(&threads_lock);
    for (const struct thread* other = threads; other != NULL; other = other->next) {
        if (other != thread && other->chosen == thread->chosen)
            printf("%s, thread %d: had chosen the same slot and %s\n", other->creator,
                   other->number,
                   other->context == 0 ? "has not published it" : "published it too late");
    }
    pd_mutex_unlock(&threads_lock);
    printf("double claim: the allocation failed, though there are free slots\n");
}

/* Creates a thread and waits for its end; false after a conflict. */
static int create_thread(struct thread* thread)
{
    uint64_t slot = choose_slot(thread);
    if (slot == 0)
        return 0;
    /* The call to the supervisor invokes the scheduler before it is served. */
    pd_thread_yield();
    pd_stack stack = 0;
    pd_status status = pd_stack_alloc(stack_size, 0, slot, PD_SELF, &stack);
    if (status != PD_OK) {
        if (!atomic_exchange(&is_over, 1))
            report(thread, status);
        remove_thread(thread);
        return 0;
    }
    thread->context = stack;

    pd_thread handle = 0;
    struct pd_thread_options options = {.name = thread->creator, .stack = stack};
    if (pd_thread_start(do_nothing, NULL, &options, &handle) == PD_OK)
        pd_thread_join(handle, PD_FOREVER, NULL);
    pd_stack_free(stack);
    remove_thread(thread);
    return 1;
}

/* Two creators in step might miss each other for long: a little noise in between. */
static void spin_a_little(unsigned* seed)
{
    *seed = *seed * 1103515245u + 12345u;
    for (volatile unsigned i = *seed >> 16 & 0x3fff; i > 0; i--) {
    }
}

static void create_threads(const char* creator, unsigned seed)
{
    struct thread* thread = malloc(sizeof *thread);
    for (int number = 1; number <= most_threads && !atomic_load(&is_over); number++) {
        *thread = (struct thread){.creator = creator, .number = number};
        if (!create_thread(thread))
            break;
        spin_a_little(&seed);
    }
    free(thread);
}

static uint64_t first_thread(void* argument)
{
    (void)argument;
    create_threads("first thread", 2);
    return 0;
}

int main(void)
{
    pd_thread first = 0;
    /* The first thread's stack comes from the top of the area, out of the race's way. */
    const struct pd_boot_info* boot = pd_boot();
    uint64_t last_slot = boot->stack_area_base + boot->stack_area_size - boot->stack_slot_size;
    pd_stack stack = 0;
    pd_status status = pd_stack_alloc(boot->default_stack_commit, 0, last_slot, PD_SELF, &stack);
    struct pd_thread_options options = {.name = "first", .stack = stack};
    if (status == PD_OK)
        status = pd_thread_start(first_thread, NULL, &options, &first);
    if (status != PD_OK) {
        pd_perror("cannot start the first thread", status);
        return EXIT_FAILURE;
    }
    create_threads("main", 1);
    pd_thread_join(first, PD_FOREVER, NULL);
    if (atomic_load(&is_over))
        return EXIT_FAILURE;
    printf("%d threads from each of two creators: no conflict seen\n", most_threads);
    return EXIT_SUCCESS;
}
