// Thread managers: loans of vCPUs, and who is told of which thread.
//
// A loan begins in thread_run: the manager's thread (the lender) leaves its vCPU, `lending`, and
// the borrower is `chosen` for it. It ends when the borrower leaves the vCPU, for whatever reason;
// the lender is then `chosen` for the same vCPU, with the reason in its reply, and goes on there,
// or, when the time of their turn has passed and others wait, at the end of the ready queue
// (end_turn()). Between choice and dispatch the VMM may give its lock up, so either can be stopped
// meanwhile: withdraw() sees to the other.
//
// As long as the default manager sleeps, threads that it manages are on vCPUs without a lender.

#include <algorithm>
#include <cassert>
#include <utility>

#include "core.hpp"

namespace glacis::supervisor {

void Core::set_manager(DomainId managed, DomainId manager)
{
    assert(managed != manager && !domain(managed).manager && !domain(manager).manager);
    assert(domain(managed).threads.empty());
    domain(managed).manager = manager;
    domain(manager).is_manager = true;
    ++domain(manager).managed;
}

void Core::lend(ThreadIndex lender, ThreadIndex target)
{
    const VcpuId vcpu = threads[lender].vcpu;
    [[maybe_unused]] const bool was_told = take_off_vcpu(lender);
    assert(!was_told);
    threads[lender].state = Thread::State::lending;
    threads[lender].runs = target;
    if (threads[target].state == Thread::State::ready) {
        scheduler.remove(target);
    }
    threads[target].state = Thread::State::chosen;
    threads[target].vcpu_ahead = vcpu;
    threads[target].lender = lender;
    turns[static_cast<std::uint32_t>(vcpu)].next = target;
    turns[static_cast<std::uint32_t>(vcpu)].waits = no_thread;
}

void Core::return_loan(ThreadIndex borrower, VcpuId vcpu, std::uint64_t why)
{
    const ThreadIndex index = std::exchange(threads[borrower].lender, no_index);
    Thread& lender = threads[index];
    assert(lender.state == Thread::State::lending && lender.runs == borrower);
    lender.runs = no_index;
    lender.reply = Reply{PD_OK, why, {}};
    lender.ends_loan = true;
    Turn& turn = turns[static_cast<std::uint32_t>(vcpu)];
    const bool is_limited = turn.slice && !turn.is_slice_unless_alone;
    turn.waits = why == PD_RUN_WAITS && !is_limited ? threads.id(borrower) : no_thread;
    assert(!turn.next);
    lender.state = Thread::State::chosen;
    lender.vcpu_ahead = vcpu;
    turn.next = index;
}

ThreadIndex Core::take_up_loan(VcpuId vcpu, ThreadIndex lender)
{
    const ThreadId waits = std::exchange(turns[static_cast<std::uint32_t>(vcpu)].waits, no_thread);
    const std::optional<ThreadIndex> borrower = threads.find(waits);
    Thread& its_lender = threads[lender];
    if (!its_lender.ends_loan || !borrower || !scheduler.is_sole_news(*borrower)) {
        return lender;
    }
    scheduler.remove(*borrower);
    its_lender.state = Thread::State::lending;
    its_lender.runs = *borrower;
    its_lender.reply.reset();
    its_lender.ends_loan = false;
    threads[*borrower].lender = lender;
    return *borrower;
}

void Core::end_loan(ThreadIndex lender)
{
    Thread& borrower = threads[std::exchange(threads[lender].runs, no_index)];
    borrower.lender = no_index;
    if (borrower.state == Thread::State::chosen) {
        turns[static_cast<std::uint32_t>(borrower.vcpu_ahead)].next.reset();
        borrower.vcpu_ahead = no_vcpu;
        borrower.state = Thread::State::held;
    }
}

void Core::announce_held(DomainId manager)
{
    if (!domain(manager).is_manager) {
        return;
    }
    for (ThreadIndex index = 0; index < threads.size(); ++index) {
        if (threads[index].state == Thread::State::held && threads[index].manager == manager) {
            scheduler.make_ready(index);
        }
    }
}

bool Core::is_recalled(VcpuId vcpu) const
{
    const std::optional<ThreadIndex>& index = on_vcpu[static_cast<std::uint32_t>(vcpu)];
    if (!index || threads[*index].manager == no_domain) {
        return false;
    }
    const Thread& thread = threads[*index];
    if (thread.manager == scheduler.sleeping()) {
        return is_outranked(thread);
    }
    const std::uint64_t least = turns[static_cast<std::uint32_t>(vcpu)].recall_from;
    return thread.lender == no_index ||
           (least != UINT64_MAX && scheduler.has_announced(thread.manager, least));
}

bool Core::is_yet_to_be_started() const
{
    const DomainId manager = scheduler.sleeping();
    return manager != no_domain && domain(manager).state == Domain::State::released;
}

bool Core::needs_default_manager() const
{
    if (!is_yet_to_be_started()) {
        return false;
    }
    const auto free = std::count(on_vcpu.begin(), on_vcpu.end(), std::nullopt);
    return scheduler.unattended() > static_cast<std::size_t>(free);
}

bool Core::is_outranked(const Thread& thread) const
{
    return is_yet_to_be_started() && scheduler.unattended() != 0 &&
           scheduler.highest_unattended() > thread.parameter &&
           std::count(on_vcpu.begin(), on_vcpu.end(), std::nullopt) == 0;
}

void Core::note_managed_end(DomainId id)
{
    domain(id).is_over = true;
    const std::optional<DomainId> manager = domain(id).manager;
    if (manager && --domain(*manager).managed == 0) {
        scheduler.wake_all(news_of(*manager), Reply{PD_NOT_RUNNING, 0, {}});
    }
}

void Core::note_managed_again(DomainId id)
{
    const std::optional<DomainId> manager = domain(id).manager;
    if (std::exchange(domain(id).is_over, false) && manager) {
        ++domain(*manager).managed;
    }
}

} // namespace glacis::supervisor
