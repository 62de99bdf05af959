/* The runtime of domain programs: threads, locks, heap, streams and clocks, as their headers
 * promise. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { workers = 6, millisecond = 1000000 };

static pd_thread start(uint64_t (*function)(void*), void* argument)
{
    pd_thread thread = 0;
    EXPECT(pd_thread_start(function, argument, NULL, &thread), PD_OK);
    return thread;
}

static uint64_t join(pd_thread thread)
{
    uint64_t value = 0;
    EXPECT(pd_thread_join(thread, PD_FOREVER, &value), PD_OK);
    return value;
}

/* Runs `function` on six threads at once; each returns its number plus 100. */
static void run_workers(uint64_t (*function)(void*))
{
    pd_thread threads[workers];
    for (uintptr_t i = 0; i < workers; ++i) {
        threads[i] = start(function, (void*)i);
    }
    for (uintptr_t i = 0; i < workers; ++i) {
        CHECK(join(threads[i]) == i + 100);
    }
}

/* ---- thread-local variables ---------------------------------------------------------------- */

static _Thread_local int initialised = 42;
static _Thread_local char zeroed[100];
static _Thread_local _Alignas(64) int aligned = 3;

static uint64_t use_thread_locals(void* argument)
{
    const int number = (int)(uintptr_t)argument;
    CHECK(initialised == 42 && zeroed[99] == 0 && aligned == 3);
    CHECK((uintptr_t)&aligned % 64 == 0);
    initialised = number;
    errno = number;
    for (int i = 0; i < 20; ++i) {
        pd_thread_yield();
        CHECK(initialised == number && errno == number);
    }
    return (uintptr_t)number + 100;
}

static void thread_locals_are_each_threads_own(void)
{
    run_workers(use_thread_locals);
    CHECK(initialised == 42 && aligned == 3 && (uintptr_t)&aligned % 64 == 0);
}

/* ---- stacks -------------------------------------------------------------------------------- */

static pd_stack stacks[2];

static uint64_t on_second_stack(void* argument)
{
    _Alignas(16) char local[16];
    CHECK(pd_stack_current() == stacks[1] && (uintptr_t)local / (1 << 20) == stacks[1] / (1 << 20));
    CHECK((uintptr_t)local % 16 == 0);
    CHECK(argument == stacks && initialised == 43 && errno == 1);
    errno = 77;
    return 5;
}

static uint64_t on_first_stack(void* argument)
{
    uint64_t value = 0;
    CHECK(pd_stack_current() == stacks[0]);
    EXPECT(pd_stack_run_on(stacks[1], on_second_stack, argument, &value), PD_OK);
    CHECK(pd_stack_current() == stacks[0]);
    return value + 1;
}

static void functions_run_on_other_stacks_and_come_back(void)
{
    const pd_stack own = pd_stack_current();
    for (int i = 0; i < 2; ++i) {
        EXPECT(pd_stack_alloc(16384, 0, PD_ANY_SLOT, PD_SELF, &stacks[i]), PD_OK);
    }
    initialised = 43;
    errno = 1;
    for (int i = 0; i < 10; ++i) {
        uint64_t value = 0;
        errno = 1;
        EXPECT(pd_stack_run_on(stacks[0], on_first_stack, stacks, &value), PD_OK);
        CHECK(value == 6 && errno == 77 && pd_stack_current() == own);
    }
    uint64_t value = 9;
    EXPECT(pd_stack_run_on(own + 1, on_first_stack, stacks, &value), PD_BAD_HANDLE);
    CHECK(value == 9);
    errno = 1;
    EXPECT(pd_stack_run_on(stacks[0], on_first_stack, stacks, NULL), PD_OK);
    EXPECT(pd_stack_free(stacks[0]), PD_OK);
    EXPECT(pd_stack_free(stacks[1]), PD_OK);
}

static uint64_t which_stack(void* argument)
{
    (void)argument;
    return pd_stack_current();
}

static void threads_run_on_stacks_they_are_given(void)
{
    pd_stack stack = 0;
    pd_thread thread = 0;
    EXPECT(pd_stack_alloc(16384, 0, PD_ANY_SLOT, PD_SELF, &stack), PD_OK);
    const struct pd_thread_options options = {.stack = stack};
    EXPECT(pd_thread_start(which_stack, NULL, &options, &thread), PD_OK);
    CHECK(join(thread) == stack);
    EXPECT(pd_stack_free(stack), PD_OK);
}

/* ---- joining and detaching ----------------------------------------------------------------- */

static struct pd_semaphore is_here;

static uint64_t announce(void* argument)
{
    (void)argument;
    pd_semaphore_release(&is_here);
    return 0;
}

static void joining_frees_stacks_and_happens_once(void)
{
    pd_stack first = 0;
    EXPECT(pd_stack_alloc(4096, 0, PD_ANY_SLOT, PD_SELF, &first), PD_OK);
    EXPECT(pd_stack_free(first), PD_OK);
    for (int i = 0; i < 50; ++i) {
        const pd_thread thread = start(which_stack, NULL);
        CHECK(join(thread) == first);
        EXPECT(pd_thread_join(thread, PD_FOREVER, NULL), PD_BAD_HANDLE);
    }
    EXPECT(pd_thread_join(pd_thread_self(), PD_FOREVER, NULL), PD_DEADLOCK);
}

static uint64_t announce_stack(void* stack)
{
    *(pd_stack*)stack = pd_stack_current();
    return announce(NULL);
}

/* More of them than there are slots. A thread has ended when its stack is gone; what it leaves on
 * the heap until the next one starts is the same for each. */
static void detached_threads_leave_nothing(void)
{
    const struct pd_thread_options options = {.flags = PD_THREAD_DETACHED};
    static pd_stack stack; /* not on a stack, which is nobody else's to write */
    size_t used = 0;
    for (int i = 0; i < 400; ++i) {
        struct pd_stack_info information;
        EXPECT(pd_thread_start(announce_stack, &stack, &options, NULL), PD_OK);
        EXPECT(pd_semaphore_acquire(&is_here, PD_FOREVER), PD_OK);
        while (pd_stack_query(stack, &information) == PD_OK) {
            pd_thread_yield();
        }
        if (i == 0) {
            used = (size_t)mallinfo().uordblks;
        }
        CHECK((size_t)mallinfo().uordblks == used);
    }
}

/* ---- locks --------------------------------------------------------------------------------- */

static struct pd_mutex mutex;
static struct pd_condition condition;
static struct pd_semaphore semaphore;
static struct pd_once once;
static volatile unsigned counter;
static unsigned runs;
static bool is_set;

static void run_slowly(void)
{
    pd_thread_sleep(millisecond);
    ++runs;
}

/* Reads, dawdles and writes back: without exclusion counts get lost. */
static uint64_t count_under_mutex(void* argument)
{
    pd_once_run(&once, run_slowly);
    CHECK(runs == 1);
    for (int i = 0; i < 20000; ++i) {
        pd_mutex_lock(&mutex);
        const unsigned before = counter;
        for (volatile int spin = 0; spin < 20; ++spin) {
        }
        counter = before + 1;
        pd_mutex_unlock(&mutex);
    }
    return (uintptr_t)argument + 100;
}

static void mutexes_exclude_and_once_runs_once(void)
{
    run_workers(count_under_mutex);
    CHECK(counter == workers * 20000 && runs == 1);
    CHECK(pd_mutex_try_lock(&mutex) && !pd_mutex_try_lock(&mutex));
    pd_mutex_unlock(&mutex);
}

static uint64_t wait_until_set(void* argument)
{
    pd_mutex_lock(&mutex);
    while (!is_set) {
        EXPECT(pd_condition_wait(&condition, &mutex, PD_FOREVER), PD_OK);
    }
    pd_mutex_unlock(&mutex);
    pd_semaphore_release(&semaphore);
    return (uintptr_t)argument + 100;
}

static void conditions_and_semaphores_wake_and_time_out(void)
{
    pd_thread threads[workers];
    for (uintptr_t i = 0; i < workers; ++i) {
        threads[i] = start(wait_until_set, (void*)i);
    }
    pd_mutex_lock(&mutex);
    EXPECT(pd_condition_wait(&condition, &mutex, millisecond), PD_TIMED_OUT);
    CHECK(!pd_mutex_try_lock(&mutex));
    EXPECT(pd_semaphore_acquire(&semaphore, millisecond), PD_TIMED_OUT);
    is_set = true;
    pd_mutex_unlock(&mutex);
    pd_condition_broadcast(&condition);
    for (uintptr_t i = 0; i < workers; ++i) {
        EXPECT(pd_semaphore_acquire(&semaphore, PD_FOREVER), PD_OK);
        CHECK(join(threads[i]) == i + 100);
    }
    EXPECT(pd_semaphore_acquire(&semaphore, 0), PD_TIMED_OUT);
}

/* ---- heap ---------------------------------------------------------------------------------- */

static uint64_t churn(void* argument)
{
    enum { blocks = 50 };
    unsigned char* block[blocks] = {0};
    size_t size[blocks] = {0};
    unsigned seed = 1 + (unsigned)(uintptr_t)argument;
    for (int i = 0; i < 3000; ++i) {
        seed = seed * 1103515245 + 12345;
        const unsigned at = (seed >> 16) % blocks;
        for (size_t k = 0; k < size[at]; ++k) {
            CHECK(block[at][k] == (unsigned char)(at + (uintptr_t)argument));
        }
        free(block[at]);
        size[at] = 1 + (seed >> 8) % 3000;
        block[at] = malloc(size[at]);
        CHECK(block[at] != NULL && (uintptr_t)block[at] % 16 == 0);
        memset(block[at], (int)(at + (uintptr_t)argument), size[at]);
    }
    for (int at = 0; at < blocks; ++at) {
        free(block[at]);
    }
    return (uintptr_t)argument + 100;
}

static void threads_share_the_heap(void)
{
    run_workers(churn);
}

static void the_heap_fails_with_null_and_recovers(void)
{
    errno = 0;
    CHECK(malloc((size_t)1 << 40) == NULL && errno == ENOMEM);
    volatile size_t too_many = SIZE_MAX / 2;
    CHECK(calloc(too_many, 4) == NULL);
    /* All there is, a piece at a time, then the same again. */
    size_t first_time = 0;
    for (int round = 0; round < 2; ++round) {
        void** list = NULL;
        size_t count = 0;
        for (void** piece; (piece = malloc(100000)) != NULL; list = piece) {
            *piece = list;
            ++count;
        }
        while (list != NULL) {
            void** next = *list;
            free(list);
            list = next;
        }
        CHECK(count > 10 && (round == 0 || count >= first_time - first_time / 8));
        first_time = count;
    }
    unsigned char* clean = calloc(1000, 1000);
    CHECK(clean != NULL);
    for (int i = 0; i < 1000000; ++i) {
        CHECK(clean[i] == 0);
    }
}

/* ---- streams, numbers, clocks -------------------------------------------------------------- */

static uint64_t print_lines(void* argument)
{
    for (int i = 0; i < 50; ++i) {
        printf("worker %u says %s %d\n", (unsigned)(uintptr_t)argument, "line", i);
    }
    return (uintptr_t)argument + 100;
}

static void lines_of_threads_do_not_mix(void)
{
    run_workers(print_lines);
}

static void say_goodbye(void)
{
    printf("good");
}

static void exit_writes_what_was_not_finished(void)
{
    atexit(say_goodbye);
    printf("not finished: ");
}

static uint64_t print_without_end(void* argument)
{
    (void)argument;
    printf("only a thread wrote");
    return 0;
}

static void exit_writes_what_only_threads_wrote(void)
{
    join(start(print_without_end, NULL));
    exit(0);
}

static void numbers_are_formatted_and_read(void)
{
    char text[128];
    snprintf(text, sizeof text, "%.3e %a %.2Lf %zu %jd|%-5s|%05d %llx", 12345.678, 1.0, 2.5L,
             (size_t)3, (intmax_t)-4, "ab", 42, 0xdeadbeefULL);
    CHECK(strcmp(text, "1.235e+04 0x1p+0 2.50 3 -4|ab   |00042 deadbeef") == 0);
    double number = 0;
    CHECK(sscanf("1.5e3 rest", "%lf", &number) == 1 && number == 1500);
    CHECK(fabs(sin(1) - 0.8414709848078965) < 1e-15 && sqrt(2) * sqrt(2) - 2 < 1e-15);
}

static void clocks_go_on_and_sleeps_last(void)
{
    struct timespec before;
    struct timespec after;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
    CHECK(nanosleep(&(struct timespec){.tv_nsec = 3 * millisecond}, NULL) == 0);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
    CHECK((after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec >=
          3 * millisecond);
    CHECK(time(NULL) > 1600000000);
}

static void what_is_not_there_fails_politely(void)
{
    char line[10];
    CHECK(fopen("file", "r") == NULL && errno == ENOSYS);
    CHECK(open("file", O_RDONLY) == -1 && errno == ENOSYS);
    CHECK(fork() == -1 && errno == ENOSYS);
    CHECK(write(7, line, 1) == -1 && errno == EBADF);
    CHECK(fgets(line, sizeof line, stdin) == NULL && feof(stdin));
    CHECK(getenv("PATH") == NULL);
    CHECK(getentropy(line, sizeof line) == 0);
}

static void aborts(void)
{
    abort();
}

static const struct property properties[] = {
    {"thread_locals_are_each_threads_own", thread_locals_are_each_threads_own},
    {"functions_run_on_other_stacks_and_come_back", functions_run_on_other_stacks_and_come_back},
    {"threads_run_on_stacks_they_are_given", threads_run_on_stacks_they_are_given},
    {"joining_frees_stacks_and_happens_once", joining_frees_stacks_and_happens_once},
    {"detached_threads_leave_nothing", detached_threads_leave_nothing},
    {"mutexes_exclude_and_once_runs_once", mutexes_exclude_and_once_runs_once},
    {"conditions_and_semaphores_wake_and_time_out", conditions_and_semaphores_wake_and_time_out},
    {"threads_share_the_heap", threads_share_the_heap},
    {"the_heap_fails_with_null_and_recovers", the_heap_fails_with_null_and_recovers},
    {"lines_of_threads_do_not_mix", lines_of_threads_do_not_mix},
    {"exit_writes_what_was_not_finished", exit_writes_what_was_not_finished},
    {"exit_writes_what_only_threads_wrote", exit_writes_what_only_threads_wrote},
    {"numbers_are_formatted_and_read", numbers_are_formatted_and_read},
    {"clocks_go_on_and_sleeps_last", clocks_go_on_and_sleeps_last},
    {"what_is_not_there_fails_politely", what_is_not_there_fails_politely},
    {"aborts", aborts},
};

MAIN(properties)
