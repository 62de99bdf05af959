#include <glacis/pd/thread.h>

#include "hypercall.h"
#include "thread_hooks.h"

pd_status pd_thread_create(void (*entry)(void*), void* argument, pd_stack stack,
                           void* thread_pointer, uint32_t flags, const char* name,
                           pd_thread* thread)
{
    return glacis_value(glacis_hypercall((uint64_t)(uintptr_t)entry, glacis_address(argument),
                                         stack, glacis_address(thread_pointer), flags,
                                         glacis_address(name), GLACIS_CALL_THREAD_CREATE),
                        thread);
}

pd_status pd_thread_join(pd_thread thread, uint64_t timeout_ns, uint64_t* value)
{
    pd_status status =
        glacis_value(GLACIS_CALL_2(GLACIS_CALL_THREAD_JOIN, thread, timeout_ns), value);
    if (status == PD_OK && glacis_thread_joined != NULL)
        glacis_thread_joined(thread);
    return status;
}

void pd_thread_exit(uint64_t value)
{
    if (glacis_thread_exiting != NULL)
        glacis_thread_exiting();
    GLACIS_CALL_1(GLACIS_CALL_THREAD_EXIT, value);
    __builtin_trap();
}

void pd_thread_yield(void)
{
    GLACIS_CALL_0(GLACIS_CALL_THREAD_YIELD);
}

void pd_thread_sleep(uint64_t nanoseconds)
{
    GLACIS_CALL_1(GLACIS_CALL_THREAD_SLEEP, nanoseconds);
}

pd_thread pd_thread_self(void)
{
    return GLACIS_CALL_0(GLACIS_CALL_THREAD_SELF).value;
}

pd_status pd_thread_set_parameter(pd_thread thread, uint64_t parameter)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_THREAD_SET_PARAMETER, thread, parameter));
}

pd_status pd_thread_wait(const volatile void* word, uint32_t expected, uint64_t timeout_ns)
{
    return glacis_status(
        GLACIS_CALL_3(GLACIS_CALL_THREAD_WAIT, glacis_address(word), expected, timeout_ns));
}

pd_status pd_thread_wake(const volatile void* word, uint64_t count, uint64_t* woken)
{
    return glacis_value(GLACIS_CALL_2(GLACIS_CALL_THREAD_WAKE, glacis_address(word), count), woken);
}
