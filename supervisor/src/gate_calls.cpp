// gate_open, gate_serve. The call of a gate itself is Core::decide_call().

#include <cassert>

#include "calls.hpp"

namespace glacis::supervisor {

Plan call(Core& core, const Caller& caller, const GateOpen&, Nanoseconds)
{
    core.open_gates(caller.domain);
    return answer(Reply{});
}

Plan call(Core& core, const Caller& caller, const GateServe&, Nanoseconds)
{
    const std::optional<ThreadIndex> self = core.threads.find(caller.thread);
    assert(self);
    if (!core.threads[*self].calls.empty()) {
        return refuse(PD_NOT_PERMITTED);
    }
    core.open_gates(caller.domain);
    core.take_off_vcpu(*self);
    core.begin_serving(*self);
    core.end_idle_services();
    return answer(Reply{}, Disposition::reschedule);
}

} // namespace glacis::supervisor
