// Domains: how they end, and how the supervisor knows that they have.

#include <algorithm>
#include <cassert>
#include <utility>

#include "core.hpp"

namespace glacis::supervisor {

Domain& Core::domain(DomainId id)
{
    assert(static_cast<std::uint32_t>(id) < domains.size());
    return domains[static_cast<std::uint32_t>(id)];
}

const Domain& Core::domain(DomainId id) const
{
    assert(static_cast<std::uint32_t>(id) < domains.size());
    return domains[static_cast<std::uint32_t>(id)];
}

bool Core::is_running(DomainId id) const
{
    return domain(id).state == Domain::State::running;
}

void Core::note_if_quiescent(DomainId id)
{
    Domain& it = domain(id);
    if (it.state == Domain::State::stopping && it.threads.empty() && it.awaited.empty() &&
        it.plans == 0 && it.lineage.may_rest() && !it.is_listed) {
        it.is_listed = true;
        quiescent.push_back(id);
    }
}

std::vector<VcpuId> Core::stop(DomainId id)
{
    Domain& it = domain(id);
    if (it.state == Domain::State::running) {
        it.state = Domain::State::stopping;
        ++it.incarnation;
        // Of any other domain nothing is prepared, and nobody is in a call of it or of its threads.
        if (it.is_callee || !it.gates.empty()) {
            ++stops;
        }
        it.has_open_gates = false;
        await_callers(id);
        end_faults_of(id);
        // Visitors first: one of them may be joining a thread of this domain.
        const std::vector<ThreadIndex> visitors(it.visitors.begin(), it.visitors.end());
        for (const ThreadIndex thread : visitors) {
            if (threads[thread].state != Thread::State::running) {
                interrupt(thread);
            }
        }
        groups.forget(id);
        const std::vector<ThreadIndex> all(it.threads.begin(), it.threads.end());
        for (const ThreadIndex thread : all) {
            if (threads[thread].state == Thread::State::ended) {
                destroy_thread(thread);
            } else if (threads[thread].state != Thread::State::running) {
                interrupt(thread);
            }
        }
        announce_held(id);
        scheduler.wake_at_gate(id);
        note_if_quiescent(id);
    }
    std::set<VcpuId> busy = it.awaited;
    for (const ThreadIndex thread : it.threads) {
        if (threads[thread].vcpu != no_vcpu) {
            busy.insert(threads[thread].vcpu);
        }
    }
    for (std::uint32_t vcpu = 0; vcpu < on_vcpu.size(); ++vcpu) {
        const std::optional<ThreadIndex>& thread = on_vcpu[vcpu];
        if (thread && threads[*thread].manager == id) {
            busy.insert(VcpuId{vcpu}); // nobody waits for it any more
        }
    }
    stop_children(id, busy);
    return {busy.begin(), busy.end()};
}

/// vCPUs whose threads may be in a call of the domain, or enter one without anybody being asked;
/// and those of its own threads that may be in a call elsewhere, and return from it in the same
/// way. Why these and no fewer: tests/model/gates.pml.
void Core::await_callers(DomainId id)
{
    Domain& it = domain(id);
    for (const std::optional<ThreadIndex>& thread : on_vcpu) {
        if (thread && threads[*thread].may_call &&
            (it.is_callee || threads[*thread].domain == id)) {
            it.awaited.insert(threads[*thread].vcpu);
            awaiting.insert(id);
        }
    }
}

std::optional<DomainId> Core::take_quiescent()
{
    while (!quiescent.empty()) {
        const DomainId id = quiescent.front();
        quiescent.erase(quiescent.begin());
        Domain& it = domain(id);
        it.is_listed = false;
        // A plan of another domain may name it again by now: then it is listed when that is over.
        if (it.plans != 0) {
            continue;
        }
        assert(it.threads.empty() && it.awaited.empty());
        it.state = Domain::State::quiescent;
        remember_grants(id);
        memory.forget_foreign(id);
        forget_foreign_stacks(id);
        return id;
    }
    return std::nullopt;
}

void Core::forget_foreign_stacks(DomainId id)
{
    for (SlotNumber slot = 0; slot < stacks.size(); ++slot) {
        Stack& stack = stacks[slot];
        if (stack.creator == id || stacks.is_free(slot)) {
            continue;
        }
        stack.permissions.erase(id);
        stack.visitors.erase(id);
        charge_stack_grants(slot);
        if (stack.manager == id) {
            stack.manager = stack.creator;
        }
    }
}

void Core::pass_on_used_stacks(DomainId id)
{
    const std::vector<SlotNumber> created(domain(id).stacks.begin(), domain(id).stacks.end());
    for (const SlotNumber slot : created) {
        Stack& stack = stacks[slot];
        const std::optional<ThreadIndex> user = threads.find(stack.thread);
        if (!user) {
            continue;
        }
        const DomainId heir = threads[*user].domain;
        assert(heir == stack.manager && heir != id);
        domain(id).stack_grants -= std::exchange(stack.charged_grants, 0);
        // What it was granted is what it has; an entry of its own keeps it from having all.
        stack.permissions.erase(id);
        stack.permissions.try_emplace(heir);
        stack.visitors.erase(id);
        stack.creator = heir;
        charge_stack_grants(slot);
        note_grants(heir);
        const auto move = [&](Amount Usage::*amount, std::uint64_t size) {
            refund(domain(id).usage.*amount, size);
            charge(domain(heir).usage.*amount, size);
            note_peak(domain(heir).usage.*amount);
        };
        move(&Usage::stacks, 1);
        move(&Usage::stack_bytes, stack.committed);
        domain(id).stacks.erase(slot);
        domain(heir).stacks.insert(slot);
    }
}

Plan Core::release(DomainId id)
{
    Domain& it = domain(id);
    assert(it.state == Domain::State::quiescent && it.plans == 0 && it.threads.empty());
    it.state = Domain::State::releasing;
    pass_on_used_stacks(id);
    DomainRelease operation;
    operation.domain = id;
    operation.slots.assign(it.stacks.begin(), it.stacks.end());
    operation.memory = memory.owned_by(id);
    Transaction transaction;
    transaction.must_complete = true;
    transaction.domains.insert(id);
    for (const SlotNumber slot : operation.slots) {
        append_stack_release(*this, slot, transaction.steps, transaction.domains);
        stacks[slot].state = Stack::State::freeing;
    }
    for (const Range& pages : operation.memory) {
        append_memory_release(*this, pages, transaction.steps, transaction.domains);
        memory.begin_change(pages, Region::State::freeing);
        forget_grants(pages);
    }
    transaction.operation = std::move(operation);
    return open(*this, std::move(transaction));
}

} // namespace glacis::supervisor
