#include <glacis/pd/fault.h>

#include "hypercall.h"

pd_status pd_fault_wait(uint64_t timeout_ns, struct pd_fault* fault)
{
    uint64_t handle = 0;
    pd_status status = glacis_value(GLACIS_CALL_1(GLACIS_CALL_FAULT_WAIT, timeout_ns), &handle);
    return status == PD_OK ? pd_fault_read(handle, fault) : status;
}

pd_status pd_fault_read(pd_fault_handle handle, struct pd_fault* fault)
{
    return glacis_status(GLACIS_CALL_2(GLACIS_CALL_FAULT_READ, handle, glacis_address(fault)));
}

pd_status pd_fault_resume(pd_fault_handle handle, const struct pd_registers* registers)
{
    return glacis_status(
        GLACIS_CALL_2(GLACIS_CALL_FAULT_RESUME, handle, glacis_address(registers)));
}

pd_status pd_fault_kill(pd_fault_handle handle)
{
    return glacis_status(GLACIS_CALL_1(GLACIS_CALL_FAULT_KILL, handle));
}

pd_status pd_fault_restart(pd_fault_handle handle)
{
    return glacis_status(GLACIS_CALL_1(GLACIS_CALL_FAULT_RESTART, handle));
}

const char* pd_fault_class_name(uint32_t fault_class)
{
#define GLACIS_CASE(name, value, text)                                                             \
    case PD_FAULT_##name:                                                                          \
        return text;
    switch (fault_class) {
        GLACIS_FAULT_CLASS_LIST(GLACIS_CASE)
    default:
        return "unknown";
    }
#undef GLACIS_CASE
}
