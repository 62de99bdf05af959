#include <glacis/pd/manager.h>

#include "hypercall.h"

pd_status pd_thread_run(pd_thread thread, uint64_t slice_ns, uint64_t recall_from,
                        struct pd_run* run)
{
    uint64_t value = 0;
    pd_status status =
        glacis_value(GLACIS_CALL_3(GLACIS_CALL_THREAD_RUN, thread, slice_ns, recall_from), &value);
    if (status == PD_OK) {
        run->reason = (uint32_t)(value & PD_RUN_REASON_MASK);
        run->has_news = (value & PD_RUN_NEWS) != 0;
    }
    return status;
}

pd_status pd_thread_take(uint64_t timeout_ns, struct pd_thread_event* event, bool* has_more)
{
    uint64_t value = 0;
    pd_status status = glacis_value(
        GLACIS_CALL_2(GLACIS_CALL_THREAD_TAKE, glacis_address(event), timeout_ns), &value);
    if (status == PD_OK && has_more != NULL)
        *has_more = (value & PD_RUN_NEWS) != 0;
    return status;
}

pd_status pd_thread_offer(pd_thread thread)
{
    return glacis_status(GLACIS_CALL_1(GLACIS_CALL_THREAD_OFFER, thread));
}
