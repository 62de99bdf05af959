// Domains: how they end, and how the supervisor knows that they have.

#include <algorithm>
#include <cassert>

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
    if (it.state == Domain::State::stopping && it.running_threads == 0 && it.plans == 0 &&
        it.lineage.may_rest() && !it.is_listed) {
        it.is_listed = true;
        quiescent.push_back(id);
    }
}

std::vector<VcpuId> Core::stop(DomainId id)
{
    Domain& it = domain(id);
    if (it.state == Domain::State::running) {
        it.state = Domain::State::stopping;
        end_faults_of(id);
        const std::vector<ThreadIndex> all(it.threads.begin(), it.threads.end());
        for (const ThreadIndex thread : all) {
            const Thread::State state = threads[thread].state;
            if (state == Thread::State::running) {
                continue;
            }
            if (state != Thread::State::ended) {
                scheduler.remove(thread);
                unbind_stacks(thread);
                --it.live_threads;
            }
            destroy_thread(thread);
        }
        note_if_quiescent(id);
    }
    std::vector<VcpuId> busy;
    for (const ThreadIndex thread : it.threads) {
        busy.push_back(threads[thread].vcpu);
    }
    stop_children(id, busy);
    return busy;
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
        // What it was granted is what it has; an entry of its own keeps it from having all.
        stack.permissions.erase(id);
        stack.permissions.try_emplace(heir);
        stack.creator = heir;
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
