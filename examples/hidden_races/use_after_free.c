/* A session is used by a worker and closed by `main`. The worker looks whether there is one before
 * it uses it, which is not enough: it may be closed between the look and the use. No call lies
 * between the two, only a few instructions. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <glacis/pd.h>

enum { page = 4096, requests = 3 };

struct session {
    unsigned served;
};

static _Atomic(struct session*) current;

/* Whether there was a session. Kept apart, so that `glacis explore` can be told of it. */
__attribute__((noinline)) static int serve_request(void)
{
    struct session* session = atomic_load(&current);
    if (session == NULL)
        return 0;
    session->served++;
    return 1;
}

static uint64_t work(void* argument)
{
    (void)argument;
    uint64_t served = 0;
    for (int i = 0; i < requests; i++) {
        served += (unsigned)serve_request();
        pd_thread_yield();
    }
    return served;
}

static void close_session(void)
{
    struct session* closed = atomic_exchange(&current, NULL);
    pd_memory_free(closed, page);
}

int main(void)
{
    void* memory = NULL;
    pd_thread worker = 0;
    uint64_t served = 0;
    struct pd_thread_options options = {.name = "worker"};
    if (pd_memory_alloc(page, PD_PERM_READ | PD_PERM_WRITE, &memory) != PD_OK)
        return EXIT_FAILURE;
    atomic_store(&current, memory);
    if (pd_thread_start(work, NULL, &options, &worker) != PD_OK)
        return EXIT_FAILURE;
    pd_thread_yield();
    close_session();
    pd_thread_join(worker, PD_FOREVER, &served);
    printf("%u requests served\n", (unsigned)served);
    return EXIT_SUCCESS;
}
