/* The start of a program with a C library: what lies between crt0 and main. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glacis/pd/general.h>

#include "thread_control.h"

typedef void initializer(void);
extern initializer *const __preinit_array_start[], *const __preinit_array_end[];
extern initializer *const __init_array_start[], *const __init_array_end[];
extern initializer *const __fini_array_start[], *const __fini_array_end[];
extern char __glacis_main_tls_start[];

int main(int count, char** arguments, char** environment);

static void run(initializer* const* begin, initializer* const* end)
{
    for (; begin != end; begin++)
        (*begin)();
}

static void run_finalizers(void)
{
    for (initializer* const* entry = __fini_array_end; entry != &__fini_array_start[0]; entry--)
        entry[-1]();
}

static void set_up_main_thread(void)
{
    struct glacis_thread_control* control = glacis_thread_prepare(__glacis_main_tls_start);
    control->reentrancy = _GLOBAL_REENT;
    glacis_set_thread_pointer(control);
}

/* A program may change its arguments, so it gets copies. */
static char** copy_arguments(size_t count)
{
    char** arguments = calloc(count + 1, sizeof *arguments);
    if (arguments == NULL)
        pd_abort(PD_NO_MEMORY);
    for (size_t i = 0; i < count; i++) {
        arguments[i] = strdup(pd_argument(i));
        if (arguments[i] == NULL)
            pd_abort(PD_NO_MEMORY);
    }
    return arguments;
}

_Noreturn void glacis_start(void)
{
    set_up_main_thread();
    glacis_visitor_prepare();
    run(__preinit_array_start, __preinit_array_end);
    run(__init_array_start, __init_array_end);
    if (&__fini_array_start[0] != &__fini_array_end[0])
        atexit(run_finalizers);
    size_t count = pd_boot()->arguments;
    exit(main((int)count, copy_arguments(count), environ));
}
