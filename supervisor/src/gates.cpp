// Calls across domains: which may be made, which calls a thread is in, where it goes on when one of
// them cannot.

#include <algorithm>
#include <cassert>
#include <utility>

#include "core.hpp"

namespace glacis::supervisor {

bool Core::is_current(const Activation& activation) const
{
    const Domain& callee = domain(activation.domain);
    return callee.state == Domain::State::running && callee.incarnation == activation.incarnation;
}

bool Core::can_go_on(ThreadIndex index) const
{
    const Thread& thread = threads[index];
    return thread.calls.empty() ? is_running(thread.domain) : is_current(thread.calls.back());
}

StackView Core::view_of(ThreadIndex index) const
{
    const Thread& thread = threads[index];
    const StackId stack = stacks.id(thread.current);
    if (thread.calls.empty()) {
        return stack;
    }
    return {stack, thread.calls.back().end, static_cast<std::uint32_t>(thread.calls.size())};
}

void Core::follow(ThreadIndex index, std::vector<Activation> calls)
{
    Thread& thread = threads[index];
    for (const Activation& left : thread.calls) {
        domain(left.domain).visitors.erase(index);
    }
    thread.calls = std::move(calls);
    for (const Activation& entered : thread.calls) {
        domain(entered.domain).visitors.insert(index);
    }
}

bool Core::cut_calls(ThreadIndex index)
{
    std::vector<Activation> calls = threads[index].calls;
    while (!calls.empty() && !is_current(calls.back())) {
        calls.pop_back();
    }
    const bool can_go_on = !calls.empty() || is_running(threads[index].domain);
    if (calls.size() != threads[index].calls.size()) {
        follow(index, std::move(calls));
    }
    return can_go_on;
}

void Core::interrupt(ThreadIndex index)
{
    Thread& thread = threads[index];
    assert(thread.state != Thread::State::running && thread.state != Thread::State::ended);
    if (can_go_on(index)) {
        return;
    }
    const Reply cut_short{PD_CALLEE_STOPPED, 0, {}};
    if (cut_calls(index)) {
        if (thread.state == Thread::State::asleep) {
            scheduler.wake_with(index, cut_short);
        } else {
            thread.reply = cut_short;
        }
        return;
    }
    const DomainId home = thread.domain;
    withdraw(index);
    unbind_stacks(index);
    destroy_thread(index);
    note_thread_end(home);
    note_if_quiescent(home);
}

// ---- decisions
// -----------------------------------------------------------------------------------

CallDecision Core::decide_call(const Caller& caller, std::uint64_t handle, std::uint64_t arguments,
                               std::uint64_t window)
{
    const std::optional<ThreadIndex> index = threads.find(caller.thread);
    assert(index && threads[*index].state == Thread::State::running);
    assert(threads[*index].here() == caller.domain);
    Thread& thread = threads[*index];
    const auto refuse = [](pd_status status) {
        CallDecision decision;
        decision.status = status;
        return decision;
    };
    const Domain& from = domain(caller.domain);
    if (handle == 0 || handle > from.gates.size()) {
        return refuse(PD_BAD_HANDLE);
    }
    const GateRight& right = from.gates[handle - 1];
    const StackView here = view_of(*index);
    const Range committed = stacks.committed(thread.current);
    const std::uint64_t highest = std::min(here.end, committed.end);
    if (arguments != right.arguments || !is_page_aligned(window) || window > highest) {
        return refuse(PD_BAD_ARGUMENT);
    }
    const Domain& callee = domain(right.callee);
    if (callee.state != Domain::State::running) {
        return refuse(PD_NOT_RUNNING);
    }
    if (thread.calls.size() >= GLACIS_CALL_DEPTH_MAX) {
        return refuse(PD_CALL_DEPTH);
    }
    if (window <= committed.begin ||
        window - committed.begin < std::max(right.min_stack, page_size)) {
        return refuse(PD_STACK_TOO_SMALL);
    }
    // A callee uses the stack in the caller's stead: who may not, like a manager on a stack that it
    // was only asked to run, cannot have a confederate do it.
    const Range offered{committed.begin, window};
    if (!is_permitted(caller.domain, here, offered.begin, offered.size(), Perm::read_write)) {
        return refuse(PD_NOT_PERMITTED);
    }
    // The callee's frames would lie where somebody else can reach them.
    if (stacks.is_granted(thread.current, offered)) {
        return refuse(PD_IN_USE);
    }
    CallDecision decision;
    if (!callee.has_open_gates) {
        decision.waits = true;
        take_off_vcpu(*index);
        scheduler.wait_for_gate(*index, right.callee,
                                thread.calls.empty() ? std::nullopt : thread.calls.back().deadline);
        return decision;
    }
    thread.may_call = true;
    stacks[thread.current].visitors.insert(right.callee);
    decision.activation = {right.callee, callee.incarnation, window, std::nullopt};
    decision.view = {here.stack, window, here.depth + 1};
    return decision;
}

void Core::open_gates(DomainId id)
{
    domain(id).has_open_gates = true;
    scheduler.wake_at_gate(id);
}

void Core::caught_up(VcpuId vcpu)
{
    for (auto next = awaiting.begin(); next != awaiting.end();) {
        const DomainId id = *next++;
        Domain& it = domain(id);
        it.awaited.erase(vcpu);
        if (it.awaited.empty()) {
            awaiting.erase(id);
            note_if_quiescent(id);
        }
    }
}

bool Core::is_awaited(VcpuId vcpu) const
{
    return std::any_of(awaiting.begin(), awaiting.end(),
                       [&](DomainId id) { return domain(id).awaited.contains(vcpu); });
}

// ---- services
// ------------------------------------------------------------------------------------

void Core::begin_serving(ThreadIndex index)
{
    const DomainId id = threads[index].domain;
    scheduler.serve(index);
    domain(id).serving.insert(index);
    servers.insert(id);
}

void Core::end_serving(ThreadIndex index)
{
    const DomainId id = threads[index].domain;
    domain(id).serving.erase(index);
    if (domain(id).serving.empty()) {
        servers.erase(id);
    }
}

/// A call can come from any domain with a thread that does anything but serve, or that will be
/// started again, and from those that such a domain can call, one after the other. Costs what there
/// is of callers and servers: other domains come and go by the thousand.
void Core::end_idle_services()
{
    std::set<DomainId> active;
    std::vector<DomainId> to_visit;
    const auto activate = [&](DomainId id) {
        if (active.insert(id).second) {
            to_visit.push_back(id);
        }
    };
    for (const std::set<DomainId>* ids : {&callers, &servers}) {
        for (const DomainId id : *ids) {
            if (domain(id).is_expected || domain(id).live_threads > domain(id).serving.size()) {
                activate(id);
            }
        }
    }
    while (!to_visit.empty()) {
        const DomainId id = to_visit.back();
        to_visit.pop_back();
        for (const GateRight& right : domain(id).gates) {
            activate(right.callee);
        }
    }
    const std::set<DomainId> all = servers;
    for (const DomainId id : all) {
        while (!active.contains(id) && !domain(id).serving.empty()) {
            const ThreadIndex thread = *domain(id).serving.begin();
            end_serving(thread);
            scheduler.wake_with(thread, Reply{});
        }
    }
}

} // namespace glacis::supervisor
