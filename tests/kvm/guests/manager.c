/* Thread managers that do what they should not, and one that does what it should.  Argument 1 picks
 * which; they manage the domain "managed" of guests/threads.c, or that of guests/managed.c. */
#include "check.h"

#include <glacis/pd/manager.h>

static struct pd_thread_event take(void)
{
    struct pd_thread_event event = {0};
    EXPECT(pd_thread_take(PD_FOREVER, &event, NULL), PD_OK);
    return event;
}

static bool can_go_on(struct pd_run run)
{
    return run.reason == PD_RUN_SLICE_OVER || run.reason == PD_RUN_YIELDED ||
           run.reason == PD_RUN_RECALLED;
}

/* First in, first out, until nobody is left; counts what happened. */
static uint64_t run_in_turns(uint64_t slice)
{
    enum { most = 64 };
    pd_thread queue[most];
    size_t count = 0;
    uint64_t runs = 0;
    for (;;) {
        struct pd_thread_event event;
        pd_status status = pd_thread_take(count == 0 ? PD_FOREVER : 0, &event, NULL);
        if (status == PD_NOT_RUNNING)
            return runs;
        if (status == PD_OK) {
            CHECK(count < most);
            queue[count++] = event.thread;
        } else {
            EXPECT(status, PD_TIMED_OUT);
        }
        if (count == 0)
            continue;
        pd_thread thread = queue[0];
        count--;
        memmove(queue, queue + 1, count * sizeof *queue);
        struct pd_run run = {PD_RUN_ENDED, false};
        status = pd_thread_run(thread, slice, PD_RUN_UNDISTURBED, &run);
        CHECK(status == PD_OK || status == PD_BAD_HANDLE || status == PD_NOT_READY);
        runs++;
        if (status == PD_OK && can_go_on(run))
            queue[count++] = thread;
    }
}

static void manages(void)
{
    CHECK(run_in_turns(500000) > 1);
}

static uint64_t loop(void* argument)
{
    (void)argument;
    /* Each loop has threads of its own. */
    return run_in_turns(300000);
}

static void manages_on_every_vcpu(void)
{
    pd_thread threads[3];
    for (int i = 0; i < 3; ++i)
        EXPECT(pd_thread_start(loop, NULL, NULL, &threads[i]), PD_OK);
    uint64_t runs = run_in_turns(300000);
    for (int i = 0; i < 3; ++i) {
        uint64_t more = 0;
        EXPECT(pd_thread_join(threads[i], PD_FOREVER, &more), PD_OK);
        runs += more;
    }
    CHECK(runs > 1);
}

/* What a manager may not, all refused; and then it does its work. */
static void asks_for_too_much(void)
{
    struct pd_run run;
    struct pd_thread_event event = take();
    EXPECT(pd_thread_run(0, PD_FOREVER, 0, &run), PD_BAD_HANDLE);
    EXPECT(pd_thread_run(event.thread + 1000, PD_FOREVER, 0, &run), PD_BAD_HANDLE);
    EXPECT(pd_thread_run(pd_thread_self(), PD_FOREVER, 0, &run), PD_NOT_PERMITTED);
    EXPECT(pd_thread_run(event.thread, 0, 0, &run), PD_BAD_ARGUMENT);
    EXPECT(pd_thread_take(0, NULL, NULL), PD_BAD_POINTER);
    EXPECT(pd_thread_take(0, (struct pd_thread_event*)0x1000, NULL), PD_BAD_POINTER);
    EXPECT(pd_thread_offer(pd_thread_self()), PD_NOT_PERMITTED);
    EXPECT(pd_thread_set_parameter(event.thread, 1), PD_BAD_HANDLE);
    /* The stacks of those it runs are not its own to use. */
    const struct pd_boot_info* boot = pd_boot();
    unsigned refused = 0;
    for (uint64_t slot = boot->stack_area_base;
         slot < boot->stack_area_base + 4 * boot->stack_slot_size; slot += boot->stack_slot_size) {
        if (slot == boot->main_stack)
            continue;
        pd_status status = pd_stack_activate(slot, PD_THIS_VCPU);
        CHECK(status == PD_NOT_PERMITTED || status == PD_BAD_HANDLE);
        EXPECT(pd_stack_activate(slot, 63), PD_BAD_ARGUMENT);
        refused += status == PD_NOT_PERMITTED ? 1 : 0;
    }
    CHECK(refused != 0);
    EXPECT(pd_thread_offer(event.thread), PD_OK);
    manages();
}

static void reads_a_managed_stack(void)
{
    take();
    const struct pd_boot_info* boot = pd_boot();
    uint64_t other = boot->main_stack == boot->stack_area_base
                         ? boot->stack_area_base + boot->stack_slot_size
                         : boot->stack_area_base;
    printf("about to read\n");
    volatile char* byte = (volatile char*)(uintptr_t)(other + boot->stack_slot_size - 8);
    CHECK(*byte == 0); /* does not get here */
}

static void never_runs_anybody(void)
{
    take();
    for (;;) {
    }
}

static void waits_for_nothing(void)
{
    for (;;)
        take();
}

/* Ends with a thread lent, one told of and one not told of. */
static uint64_t run_first(void* argument)
{
    struct pd_run run;
    do { /* its turn may end at any time */
        if (pd_thread_run(*(pd_thread*)argument, PD_FOREVER, PD_RUN_UNDISTURBED, &run) != PD_OK)
            break;
    } while (can_go_on(run));
    return 0;
}

static pd_thread first;

static void ends_early(void)
{
    first = take().thread;
    pd_thread thread;
    EXPECT(pd_thread_start(run_first, &first, NULL, &thread), PD_OK);
    take(); /* its sibling: so the first one has run */
    pd_domain_exit(0);
}

/* Crashes in its first life, with everything in its hands; works in the second. */
static void crashes_first(void)
{
    if (pd_boot()->restarts != 0) {
        manages();
        return;
    }
    struct pd_run run;
    EXPECT(pd_thread_run(take().thread, 100000, PD_RUN_UNDISTURBED, &run), PD_OK);
    __builtin_trap();
}

/* The shortest slices there are. */
static void gives_tiny_slices(void)
{
    run_in_turns(1);
}

static const struct property properties[] = {
    {"manages", manages},
    {"manages_on_every_vcpu", manages_on_every_vcpu},
    {"asks_for_too_much", asks_for_too_much},
    {"reads_a_managed_stack", reads_a_managed_stack},
    {"never_runs_anybody", never_runs_anybody},
    {"waits_for_nothing", waits_for_nothing},
    {"ends_early", ends_early},
    {"crashes_first", crashes_first},
    {"gives_tiny_slices", gives_tiny_slices},
};

MAIN(properties)
