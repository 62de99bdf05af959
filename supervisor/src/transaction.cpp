#include "transaction.hpp"

#include <cassert>

#include "core.hpp"

namespace glacis::supervisor {
namespace {

[[nodiscard]] pd_status status_of(EffectFailure failure)
{
    switch (failure) {
    case EffectFailure::host_no_memory:
        return PD_HOST_NO_MEMORY;
    case EffectFailure::host_conflict:
        return PD_HOST_CONFLICT;
    case EffectFailure::host_failed:
        return PD_HOST_FAILED;
    }
    return PD_HOST_FAILED;
}

/// What takes back the first `done` of `steps`, the last first.
[[nodiscard]] std::vector<Step> undoing(const std::vector<Step>& steps, std::size_t done,
                                        const Range& flush)
{
    std::vector<Step> undo;
    for (std::size_t step = done; step > 0; --step) {
        if (const std::optional<Effect>& effect = steps[step - 1].undo) {
            undo.push_back({*effect, std::nullopt});
        }
    }
    if (!undo.empty() && flush.begin < flush.end) {
        undo.push_back({Flush{flush}, std::nullopt});
    }
    return undo;
}

[[nodiscard]] Plan unfinished(Ticket ticket, const std::vector<Step>& steps)
{
    Plan plan;
    plan.ticket = ticket;
    plan.effects = effects_of(steps);
    plan.is_final = false;
    return plan;
}

void enter(Core& core, const std::set<DomainId>& domains)
{
    for (const DomainId domain : domains) {
        ++core.domain(domain).plans;
    }
}

void leave(Core& core, const std::set<DomainId>& domains)
{
    for (const DomainId domain : domains) {
        --core.domain(domain).plans;
        core.note_if_quiescent(domain);
    }
}

/// The reply to a caller whose domain may have been stopped meanwhile.
[[nodiscard]] Plan reply_to_caller(Core& core, const Transaction& transaction)
{
    if (!transaction.caller) {
        return answer(transaction.reply, transaction.disposition);
    }
    const std::optional<ThreadIndex> thread = core.threads.find(transaction.caller->thread);
    assert(thread && core.threads[*thread].has_plan);
    core.threads[*thread].has_plan = false;
    if (core.can_go_on(*thread)) {
        return answer(transaction.reply, transaction.disposition);
    }
    return stopped(core, *thread);
}

/// All steps are done: what they were for becomes true, or what was before them.
void settle(Core& core, Transaction& transaction)
{
    if (transaction.is_undoing) {
        abandon(core, transaction.operation);
    } else {
        publish(core, transaction.operation);
    }
}

[[nodiscard]] Plan close(Core& core, Ticket ticket, Transaction& transaction)
{
    settle(core, transaction);
    if (const std::optional<SlotNumber> orphan = orphan_of(core, transaction.operation)) {
        Transaction release = release_stack(core, *orphan);
        release.must_complete = true;
        release.caller = transaction.caller;
        release.reply = transaction.reply;
        release.disposition = transaction.disposition;
        enter(core, release.domains);
        leave(core, transaction.domains);
        transaction = std::move(release);
        return unfinished(ticket, transaction.steps);
    }
    Plan plan = reply_to_caller(core, transaction);
    const std::set<DomainId> domains = std::move(transaction.domains);
    core.in_progress.erase(static_cast<std::uint64_t>(ticket));
    leave(core, domains);
    return plan;
}

} // namespace

std::vector<Effect> effects_of(const std::vector<Step>& steps)
{
    std::vector<Effect> effects;
    effects.reserve(steps.size());
    for (const Step& step : steps) {
        effects.push_back(step.effect);
    }
    return effects;
}

Plan open(Core& core, Transaction transaction)
{
    if (transaction.steps.empty()) {
        publish(core, transaction.operation);
        return answer(transaction.reply, transaction.disposition);
    }
    const Ticket ticket{core.next_ticket++};
    enter(core, transaction.domains);
    if (transaction.caller) {
        const std::optional<ThreadIndex> thread = core.threads.find(transaction.caller->thread);
        assert(thread);
        core.threads[*thread].has_plan = true;
    }
    const auto entry =
        core.in_progress.emplace(static_cast<std::uint64_t>(ticket), std::move(transaction));
    return unfinished(ticket, entry.first->second.steps);
}

Plan advance(Core& core, Ticket ticket, const PlanOutcome& outcome)
{
    const auto entry = core.in_progress.find(static_cast<std::uint64_t>(ticket));
    assert(entry != core.in_progress.end());
    Transaction& transaction = entry->second;
    if (!outcome.failed) {
        assert(outcome.done == transaction.steps.size());
        return close(core, ticket, transaction);
    }
    assert(outcome.done < transaction.steps.size());
    if (transaction.must_complete) {
        auto& steps = transaction.steps;
        steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(outcome.done));
        return unfinished(ticket, steps);
    }
    transaction.steps = undoing(transaction.steps, outcome.done, transaction.undo_flush);
    transaction.is_undoing = true;
    transaction.must_complete = true;
    transaction.reply = Reply{status_of(outcome.failure), 0, {}};
    if (transaction.steps.empty()) {
        return close(core, ticket, transaction);
    }
    return unfinished(ticket, transaction.steps);
}

Plan answer(Reply reply, Disposition disposition)
{
    Plan plan;
    plan.reply = reply;
    plan.disposition = disposition;
    return plan;
}

Plan stopped(Core& core, ThreadIndex thread)
{
    const Reply reply{PD_STOPPED, 0, {}};
    if (!core.threads[thread].calls.empty()) {
        return answer(reply);
    }
    core.retire_stopped(thread);
    return answer(reply, Disposition::reschedule);
}

Plan refuse(pd_status status)
{
    return answer(Reply{status, 0, {}});
}

} // namespace glacis::supervisor
