#include <glacis/pd/stack.h>

#include "hypercall.h"
#include "thread_pointer.h"

/* arch/: see there. */
pd_status glacis_stack_switch(pd_stack stack, void* top, uint64_t (*function)(void*),
                              void* argument, pd_stack old_stack, uint64_t* value);

pd_status pd_stack_alloc(size_t commit, size_t limit, uint64_t slot, uint32_t manager,
                         pd_stack* stack)
{
    return glacis_value(GLACIS_CALL_4(GLACIS_CALL_STACK_ALLOC, commit, limit, slot, manager),
                        stack);
}

pd_status pd_stack_free(pd_stack stack)
{
    return glacis_status(GLACIS_CALL_1(GLACIS_CALL_STACK_FREE, stack));
}

pd_status pd_stack_grow(pd_stack stack, size_t commit)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_STACK_GROW, stack, commit));
}

pd_status pd_stack_activate(pd_stack stack, uint32_t vcpu)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_STACK_ACTIVATE, stack, vcpu));
}

pd_status pd_stack_run_on(pd_stack stack, uint64_t (*function)(void*), void* argument,
                          uint64_t* value)
{
    return glacis_stack_switch(stack, pd_stack_top(stack), function, argument, pd_stack_current(),
                               value);
}

pd_status pd_stack_set_permission(void* address, size_t length, uint32_t permission,
                                  uint32_t domain, uint32_t flags)
{
    return glacis_status(GLACIS_CALL_5(GLACIS_CALL_STACK_SET_PERM, glacis_address(address), length,
                                       permission, domain, flags));
}

pd_status pd_stack_query(pd_stack stack, struct pd_stack_info* information)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_STACK_INFO, stack, glacis_address(information)));
}

pd_stack pd_stack_current(void)
{
    return glacis_stack_pointer() & ~(pd_boot()->stack_slot_size - 1);
}

void* pd_stack_top(pd_stack stack)
{
    return (void*)(uintptr_t)(stack + pd_boot()->stack_slot_size);
}
