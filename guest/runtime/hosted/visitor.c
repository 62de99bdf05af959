/* Thread-local variables of threads of other domains that are in a call of this one. They lie at
 * the top of what the call sees of the stack and begin anew with each call. */
#include "visitor.h"
#include "thread_control.h"

void glacis_visitor_prepare(void)
{
    glacis_visitor_size = glacis_thread_storage().size + sizeof(struct _reent);
}

void glacis_visitor_begin(void* storage)
{
    struct glacis_thread_control* control = glacis_thread_prepare(storage);
    /* Made when it is asked for: most calls never need it. */
    control->unused_reentrancy = (char*)storage + glacis_thread_storage().size;
    glacis_set_thread_pointer(control);
}

void glacis_visitor_end(void)
{
    struct glacis_thread_control* control = glacis_this_thread();
    if (control->destructors != NULL)
        glacis_run_destructors();
    if (control->reentrancy != NULL)
        _reclaim_reent(control->reentrancy);
}
