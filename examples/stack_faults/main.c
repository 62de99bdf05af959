/* The neighbour, and main, which starts it and the culprit. */
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { pattern = 0x55, neighbour_stack = neighbour_array_size + 64 * 1024 };

unsigned char* neighbour_array;

static struct pd_semaphore is_ready;
static struct pd_semaphore may_look;
static const char* what_happened;

/* Never returns: without protection its frames may be damaged. */
static uint64_t neighbour(void* argument)
{
    (void)argument;
    volatile unsigned char array[neighbour_array_size];
    memset((unsigned char*)array, pattern, sizeof array);
    neighbour_array = (unsigned char*)array;
    pd_semaphore_release(&is_ready);
    pd_semaphore_acquire(&may_look, PD_FOREVER);

    size_t changed = 0;
    for (size_t i = 0; i < sizeof array; i++)
        changed += array[i] != pattern;
    printf("unnoticed: %s\n", what_happened);
    if (changed > 0)
        printf("unnoticed: %zu bytes in the frame of a sleeping thread have changed\n", changed);
    exit(EXIT_SUCCESS);
}

void go_on(const char* what)
{
    what_happened = what;
    pd_semaphore_release(&may_look);
    for (;;)
        pd_thread_sleep(PD_FOREVER);
}

static pd_thread start(const char* name, uint64_t (*function)(void*), void* argument, size_t stack)
{
    pd_thread thread = 0;
    struct pd_thread_options options = {.name = name, .stack_commit = stack};
    pd_status status = pd_thread_start(function, argument, &options, &thread);
    if (status != PD_OK) {
        pd_perror(name, status);
        exit(EXIT_FAILURE);
    }
    return thread;
}

int main(int count, char** arguments)
{
    /* Slots are given out from the bottom: the neighbour's is below the culprit's. */
    start("neighbour", neighbour, NULL, neighbour_stack);
    pd_semaphore_acquire(&is_ready, PD_FOREVER);
    pd_thread thread = start("culprit", culprit, count > 1 ? arguments[1] : "", 0);
    pd_thread_join(thread, PD_FOREVER, NULL);
    return EXIT_SUCCESS;
}
