/* Calls across domains: finding rights and making calls. arch/NAME/gate.S does the crossing. */
#include <glacis/pd/gate.h>

#include "hypercall.h"
#include "names.h"
#include "visitor.h"

uint64_t glacis_visitor_size;

static const struct pd_boot_gate* all_gates(void)
{
    return (const void*)((const char*)pd_boot() + pd_boot()->gates_offset);
}

uint32_t pd_gate_domain(pd_gate gate)
{
    const struct pd_boot_gate* gates = all_gates();
    for (uint32_t i = 0; i < pd_boot()->gates; i++) {
        if (gates[i].handle == gate)
            return gates[i].callee;
    }
    return PD_SELF;
}

pd_gate pd_gate_find(const char* domain, const char* name)
{
    const struct pd_boot_gate* gates = all_gates();
    for (uint32_t i = 0; i < pd_boot()->gates; i++) {
        if (glacis_is_same_name(gates[i].domain, domain) &&
            glacis_is_same_name(gates[i].name, name))
            return gates[i].handle;
    }
    return 0;
}

pd_status pd_gate_call(pd_gate gate, const uint64_t* arguments, unsigned count, uint64_t* value)
{
    if (count > GLACIS_GATE_ARGUMENTS_MAX)
        return PD_BAD_ARGUMENT;
    if (gate > GLACIS_GATES_MAX)
        return PD_BAD_HANDLE;
    uint64_t all[GLACIS_GATE_ARGUMENTS_MAX] = {0};
    for (unsigned i = 0; i < count; i++)
        all[i] = arguments[i];
    return glacis_value(glacis_gate_call(all, (uint64_t)gate << GLACIS_GATE_HANDLE_SHIFT | count),
                        value);
}

pd_status pd_gate_open(void)
{
    return glacis_status(GLACIS_CALL_0(GLACIS_CALL_GATE_OPEN));
}

pd_status pd_gate_serve(void)
{
    return glacis_status(GLACIS_CALL_0(GLACIS_CALL_GATE_SERVE));
}
