// Fault handlers: fault_wait, fault_read, fault_resume, fault_end, and the way of a faulted thread.
//
// A faulted thread sleeps until its handler has answered, its time is over, or the handler has
// ended. Without an answer it comes back to a vCPU with its fault, and the VMM applies the policy.

#include <cassert>

#include "calls.hpp"

namespace glacis::supervisor {
namespace {

/// A pending fault that the caller's domain handles: BAD_HANDLE.
[[nodiscard]] PendingFaults::iterator find_fault(Core& core, const Caller& caller,
                                                 std::uint64_t fault)
{
    const auto found = core.faults.find(fault);
    const bool is_its = found != core.faults.end() && found->second.handler == caller.domain;
    return is_its ? found : core.faults.end();
}

/// The first fault that nobody of `handler` has taken yet.
[[nodiscard]] PendingFaults::iterator find_new(Core& core, DomainId handler)
{
    auto fault = core.faults.begin();
    while (fault != core.faults.end() &&
           (fault->second.handler != handler || fault->second.is_taken)) {
        ++fault;
    }
    return fault;
}

} // namespace

// ---- the way of a faulted thread
// ------------------------------------------------------------------

std::optional<std::uint64_t> Core::suspend_faulting(ThreadIndex thread,
                                                    std::optional<Nanoseconds> deadline)
{
    assert(threads[thread].calls.empty());
    const DomainId id = threads[thread].domain;
    const std::optional<DomainId> handler = domain(id).lineage.handler;
    if (!handler || !is_running(*handler) || !is_running(id)) {
        return std::nullopt;
    }
    take_off_vcpu(thread, PD_RUN_FAULTED);
    scheduler.wait_at(thread, answers_for(id), deadline);
    const std::uint64_t fault = next_fault++;
    threads[thread].fault = fault;
    const auto entry = faults.emplace(fault, PendingFault{id, *handler, thread, false}).first;
    ++domain(id).lineage.pending_faults;
    entry->second.is_taken = scheduler.wake_one_with(faults_of(*handler), Reply{PD_OK, fault, {}});
    return fault;
}

void Core::end_fault(PendingFaults::iterator fault)
{
    const PendingFault it = fault->second;
    faults.erase(fault);
    threads[it.thread].fault = 0;
    threads[it.thread].reply.reset();
    Lineage& lineage = domain(it.domain).lineage;
    if (--lineage.pending_faults == 0) {
        scheduler.release_all(suspended_of(it.domain));
    }
}

void Core::end_faults_of(DomainId id)
{
    for (auto fault = faults.begin(); fault != faults.end();) {
        const auto next = std::next(fault);
        if (fault->second.domain == id) {
            end_fault(fault);
        } else if (fault->second.handler == id &&
                   threads[fault->second.thread].state == Thread::State::asleep) {
            scheduler.release(fault->second.thread);
        }
        fault = next;
    }
}

bool Core::is_suspended(DomainId id) const
{
    const Lineage& lineage = domain(id).lineage;
    return lineage.is_suspended_by_faults && lineage.pending_faults != 0;
}

// ---- the calls
// -----------------------------------------------------------------------------------

Plan call(Core& core, const Caller& caller, const FaultWait& request, Nanoseconds now)
{
    if (const auto fault = find_new(core, caller.domain); fault != core.faults.end()) {
        fault->second.is_taken = true;
        return answer(Reply{PD_OK, fault->first, {}});
    }
    const std::optional<ThreadIndex> self = core.threads.find(caller.thread);
    assert(self);
    core.take_off_vcpu(*self);
    core.scheduler.wait_at(*self, faults_of(caller.domain), deadline_after(now, request.timeout));
    return answer(Reply{}, Disposition::reschedule);
}

Plan call(Core& core, const Caller& caller, const FaultRead& request, Nanoseconds)
{
    const bool is_there = find_fault(core, caller, request.fault) != core.faults.end();
    return answer(Reply{is_there ? PD_OK : PD_BAD_HANDLE, 0, {}});
}

Plan call(Core& core, const Caller& caller, const FaultResume& request, Nanoseconds)
{
    const auto fault = find_fault(core, caller, request.fault);
    if (fault == core.faults.end()) {
        return refuse(PD_BAD_HANDLE);
    }
    const PendingFault it = fault->second;
    if (request.has_registers && core.domain(it.domain).lineage.parent != caller.domain) {
        return refuse(PD_NOT_PERMITTED);
    }
    core.end_fault(fault);
    if (core.threads[it.thread].state == Thread::State::asleep) {
        core.scheduler.release(it.thread);
    }
    return answer(Reply{});
}

Plan call(Core& core, const Caller& caller, const FaultEnd& request, Nanoseconds)
{
    const auto fault = find_fault(core, caller, request.fault);
    if (fault == core.faults.end()) {
        return refuse(PD_BAD_HANDLE);
    }
    core.end_fault(fault);
    return answer(Reply{}); // and the VMM stops the domain, with this thread, in the same step
}

} // namespace glacis::supervisor
