#include <glacis/pd/domain.h>

#include "hypercall.h"

enum { default_memory = 1 << 20, default_stacks = 4, default_grants = 16 };

pd_status pd_domain_parameters_init(struct pd_domain_parameters* parameters, const char* name)
{
    size_t length = 0;
    while (length < PD_NAME_MAX && name[length] != '\0')
        length++;
    if (length == 0 || length == PD_NAME_MAX)
        return PD_BAD_ARGUMENT;
    *parameters = (struct pd_domain_parameters){
        .size = sizeof *parameters,
        .on_fault = PD_ON_FAULT_STOP,
        .stack_commit = pd_boot()->default_stack_commit,
        .stack_limit = pd_boot()->default_stack_limit,
        .quota_memory = default_memory,
        .quota_stacks = default_stacks,
        .quota_stack_bytes = default_stacks * pd_boot()->default_stack_limit,
        .quota_threads = default_stacks,
        .quota_grants = default_grants,
    };
    for (size_t i = 0; i < length; i++)
        parameters->name[i] = name[i];
    return PD_OK;
}

pd_status pd_domain_create(const void* image, size_t length,
                           const struct pd_domain_parameters* parameters, pd_domain* domain)
{
    uint64_t value = 0;
    pd_status status = glacis_value(GLACIS_CALL_3(GLACIS_CALL_DOMAIN_CREATE, glacis_address(image),
                                                  length, glacis_address(parameters)),
                                    &value);
    if (status == PD_OK && domain != NULL)
        *domain = (pd_domain)value;
    return status;
}

pd_status pd_domain_destroy(pd_domain domain)
{
    return glacis_status(GLACIS_CALL_1(GLACIS_CALL_DOMAIN_DESTROY, domain));
}

pd_status pd_domain_query(pd_domain domain, struct pd_domain_info* information)
{
    return glacis_status(
        GLACIS_CALL_2(GLACIS_CALL_DOMAIN_INFO, domain, glacis_address(information)));
}

pd_status pd_domain_wait(pd_domain domain, uint64_t timeout_ns, struct pd_domain_info* information)
{
    pd_status status = glacis_status(GLACIS_CALL_2(GLACIS_CALL_DOMAIN_WAIT, domain, timeout_ns));
    if (status == PD_OK && information != NULL)
        status = pd_domain_query(domain, information);
    return status;
}
