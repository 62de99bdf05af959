// Threads: their way onto vCPUs and off them, and what they hold.

#include <cassert>
#include <utility>

#include "core.hpp"

namespace glacis::supervisor {

std::optional<ThreadId> Core::start_thread(DomainId owner, SlotNumber stack,
                                           const Dispatch::Start& start, bool is_detached,
                                           std::string name, std::uint64_t parameter)
{
    const std::optional<ThreadIndex> index = threads.create(part_of(owner));
    if (!index) {
        return std::nullopt;
    }
    Thread& thread = threads[*index];
    thread.domain = owner;
    thread.domain_handle = handle(owner);
    thread.manager = domain(owner).manager.value_or(no_domain);
    thread.name = std::move(name);
    thread.parameter = parameter;
    thread.is_detached = is_detached;
    thread.home = stack;
    thread.current = stack;
    thread.start = start;
    const ThreadId id = threads.id(*index);
    assert(stacks[stack].state == Stack::State::live && stacks[stack].thread == no_thread);
    stacks[stack].thread = id;
    Domain& its_domain = domain(owner);
    its_domain.threads.insert(*index);
    ++its_domain.live_threads;
    charge(its_domain.usage.threads, 1);
    note_peak(its_domain.usage.threads);
    scheduler.make_ready(*index);
    return id;
}

/// Who was chosen for `vcpu` goes on, unless a manager has had its turn there and others wait.
/// Whom it lends the vCPU to is part of its turn.
void Core::end_turn(VcpuId vcpu)
{
    Turn& turn = turns[static_cast<std::uint32_t>(vcpu)];
    if (!turn.next || !threads[*turn.next].ends_loan || !scheduler.has_ready()) {
        return;
    }
    const ThreadIndex lender = *std::exchange(turn.next, std::nullopt);
    threads[lender].vcpu_ahead = no_vcpu;
    turn.waits = no_thread;
    scheduler.make_ready(lender);
}

std::optional<ThreadIndex> Core::take_next(VcpuId vcpu)
{
    std::optional<ThreadIndex>& chosen = turns[static_cast<std::uint32_t>(vcpu)].next;
    for (;;) {
        std::optional<ThreadIndex> index;
        if (chosen) {
            const ThreadIndex next = *std::exchange(chosen, std::nullopt);
            threads[next].vcpu_ahead = no_vcpu;
            index = take_up_loan(vcpu, next);
        } else {
            index = scheduler.take_ready();
        }
        if (!index) {
            return std::nullopt;
        }
        Thread& thread = threads[*index];
        if (thread.fault != 0 || !is_suspended(thread.domain)) {
            return index;
        }
        scheduler.wait_at(*index, suspended_of(thread.domain), std::nullopt);
        if (thread.lender != no_index) {
            return_loan(*index, vcpu, PD_RUN_WAITS);
        }
    }
}

std::optional<Dispatch> Core::put_on_vcpu(VcpuId vcpu, bool is_turn_over)
{
    std::optional<ThreadIndex>& place = on_vcpu[static_cast<std::uint32_t>(vcpu)];
    assert(!place);
    if (is_turn_over) {
        end_turn(vcpu);
    }
    const bool was_chosen = turns[static_cast<std::uint32_t>(vcpu)].next.has_value();
    const std::optional<ThreadIndex> index = take_next(vcpu);
    if (!index) {
        return std::nullopt;
    }
    Thread& thread = threads[*index];
    Dispatch dispatch;
    dispatch.begins_turn = !was_chosen;
    if (thread.fault != 0) { // nobody has answered
        dispatch.unanswered_fault = thread.fault;
        end_fault(faults.find(thread.fault));
    }
    dispatch.thread = threads.id(*index);
    dispatch.domain = thread.domain;
    dispatch.stack = stacks.id(thread.current);
    dispatch.calls = thread.calls.size();
    dispatch.start = std::exchange(thread.start, std::nullopt);
    dispatch.reply = std::exchange(thread.reply, std::nullopt);
    if (std::exchange(thread.ends_loan, false) && scheduler.has_announced(thread.domain)) {
        dispatch.reply->value |= PD_RUN_NEWS;
    }
    dispatch.out_address = std::exchange(thread.event_address, 0);
    if (thread.lender != no_index) {
        dispatch.is_lent = true;
        const Turn& turn = turns[static_cast<std::uint32_t>(vcpu)];
        dispatch.slice = turn.slice;
        dispatch.is_slice_unless_alone = turn.is_slice_unless_alone;
    }
    [[maybe_unused]] const pd_status status =
        stacks.activate(thread.current, thread.domain, dispatch.thread, vcpu);
    assert(status == PD_OK);
    thread.state = Thread::State::running;
    thread.vcpu = vcpu;
    place = *index;
    ++domain(thread.domain).running_threads;
    return dispatch;
}

bool Core::take_off_vcpu(ThreadIndex index, std::uint64_t why)
{
    Thread& thread = threads[index];
    assert(thread.state == Thread::State::running && !thread.has_plan);
    stacks.deactivate(thread.current);
    const VcpuId vcpu = thread.vcpu;
    on_vcpu[static_cast<std::uint32_t>(vcpu)].reset();
    thread.vcpu = no_vcpu;
    --domain(thread.domain).running_threads;
    if (thread.may_call) {
        caught_up(vcpu);
    }
    const bool is_lent = thread.lender != no_index;
    if (is_lent) {
        return_loan(index, vcpu, why);
    }
    return is_lent;
}

void Core::make_ready_again(ThreadIndex index, bool was_told)
{
    if (was_told) {
        threads[index].state = Thread::State::held;
    } else {
        scheduler.make_ready(index);
    }
}

void Core::withdraw(ThreadIndex index)
{
    Thread& thread = threads[index];
    switch (thread.state) {
    case Thread::State::held:
        break;
    case Thread::State::chosen: {
        const VcpuId vcpu = std::exchange(thread.vcpu_ahead, no_vcpu);
        turns[static_cast<std::uint32_t>(vcpu)].next.reset();
        turns[static_cast<std::uint32_t>(vcpu)].waits = no_thread;
        if (thread.lender != no_index) {
            return_loan(index, vcpu, PD_RUN_ENDED);
        }
        break;
    }
    case Thread::State::lending:
        end_loan(index);
        break;
    default:
        scheduler.remove(index);
    }
}

void Core::retire_stopped(ThreadIndex index)
{
    const DomainId owner = threads[index].domain;
    follow(index, {});
    take_off_vcpu(index, PD_RUN_ENDED);
    unbind_stacks(index);
    destroy_thread(index);
    note_thread_end(owner);
    note_if_quiescent(owner);
}

void Core::note_thread_end(DomainId owner)
{
    Domain& it = domain(owner);
    --it.live_threads;
    if (it.live_threads == it.serving.size()) {
        end_idle_services();
    }
}

void Core::unbind_stacks(ThreadIndex index)
{
    const Thread& thread = threads[index];
    assert(thread.vcpu == no_vcpu);
    stacks[thread.home].thread = no_thread;
    stacks[thread.current].thread = no_thread;
}

void Core::destroy_thread(ThreadIndex index)
{
    Thread& thread = threads[index];
    if (thread.joiner != no_index) {
        // Whoever joins a thread is of the same domain, or in a call of it that has been cut short
        // before: it goes too, and must not look back.
        threads[thread.joiner].waits = Thread::Waits::for_time;
        threads[thread.joiner].joins = no_index;
    }
    Domain& owner = domain(thread.domain);
    follow(index, {});
    owner.threads.erase(index);
    end_serving(index);
    refund(owner.usage.threads, 1);
    threads.destroy(index);
}

} // namespace glacis::supervisor
