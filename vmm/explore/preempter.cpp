#include "explore/preempter.hpp"

#include <algorithm>
#include <native/stepping.hpp>

#include "machine/core.hpp"
#include "machine/digest.hpp"

namespace glacis::explore {

namespace {

/// What a note about a run begins with.
enum Mark : std::uint64_t { thread_goes_on = 1, makes_call, executes };

} // namespace

Status Preempter::on_built(Core& core)
{
    return traps_.set(core, order_.functions);
}

void Preempter::on_end(Core& /*core*/)
{
    if (order_.interrupted.load() != 0) {
        seen_.verdict = Verdict::abandoned;
    }
}

void Preempter::note(std::uint64_t value)
{
    seen_.trace = digest(std::as_bytes(std::span(&value, 1)), seen_.trace);
}

/// A thread manager that comes with the tool, and domains made at run time, are left alone.
bool Preempter::is_described(RunningThread& thread)
{
    Core& core = thread.core();
    const std::lock_guard guard(core.mutex);
    const DomainDescription* description = core.record(thread.domain()).description;
    const auto& domains = order_.system.domains;
    return std::any_of(domains.begin(), domains.end(),
                       [&](const auto& domain) { return &domain == description; });
}

bool Preempter::gives_way(RunningThread& thread)
{
    const std::uint32_t point = seen_.points++;
    const bool is_chosen = done_ < order_.schedule.size() && order_.schedule[done_] == point;
    if (thread.has_others()) {
        seen_.alternatives.push_back(point);
    }
    if (is_chosen) {
        ++done_;
        if (order_.recorder != nullptr) {
            order_.recorder->preempted(thread, point);
        }
    }
    return is_chosen;
}

/// A thread that gave way and goes on although nobody else has run is as if it had not: the notes
/// say nothing of it, so that the run counts as a duplicate.
bool Preempter::shall_run(RunningThread& thread)
{
    if (!is_described(thread)) {
        return true;
    }
    const bool is_same = last_run_ == thread.thread();
    if ((last_run_ && !is_same) || !has_given_way_) {
        if (gives_way(thread)) {
            return false;
        }
    }
    if (!is_same || !has_given_way_) {
        Core& core = thread.core();
        const std::lock_guard guard(core.mutex);
        note(thread_goes_on);
        note(core.supervisor->thread_number(thread.thread()));
    }
    last_run_ = thread.thread();
    has_given_way_ = false;
    return true;
}

void Preempter::before_entry(RunningThread& thread)
{
    if (lifted_for_ && lifted_for_ != thread.thread()) {
        threads_[*lifted_for_].due_instruction = traps_.lifted(); // it was not executed
        traps_.put_back(thread.core());
        lifted_for_.reset();
    }
    if (order_.recorder != nullptr) {
        order_.recorder->goes_on(thread);
    }
}

Intervention::Next Preempter::on_event(RunningThread& thread, CpuEvent& event)
{
    if (order_.interrupted.load() != 0) {
        return Next::end;
    }
    if (const auto* fault = std::get_if<FaultEvent>(&event)) {
        return at_fault(thread, fault->fault);
    }
    const bool is_call = std::holds_alternative<HypercallEvent>(event) ||
                         std::holds_alternative<CrossCallEvent>(event);
    if (!is_call || !is_described(thread)) {
        return Next::as_it_is;
    }
    if (seen_.points >= order_.most_points) {
        seen_.verdict = Verdict::cut;
        return Next::end;
    }
    return at_call(thread, event);
}

Intervention::Next Preempter::at_call(RunningThread& thread, const CpuEvent& event)
{
    const auto* call = std::get_if<HypercallEvent>(&event);
    Thread& state = threads_[thread.thread()];
    if (!state.is_call_due && gives_way(thread)) {
        auto registers = thread.registers();
        if (registers) {
            if (call != nullptr) {
                stepping::retry_hypercall(*registers);
            } else {
                GuestCpu::retry_crossing(*registers);
            }
        }
        if (!registers || !thread.set_registers(*registers)) {
            return Next::as_it_is; // the host has failed; whoever needs it next will say so
        }
        state.is_call_due = true;
        has_given_way_ = true;
        return Next::give_way;
    }
    state.is_call_due = false;
    note(makes_call);
    note(call != nullptr ? call->number : UINT64_MAX);
    if (order_.recorder != nullptr) {
        order_.recorder->call(thread, event);
    }
    return Next::as_it_is;
}

Intervention::Next Preempter::at_fault(RunningThread& thread, const RawFault& fault)
{
    const std::uint64_t address = fault.program_counter;
    if (stepping::is_trap(fault) && traps_.has(address) && traps_.lifted() != address) {
        return at_instruction(thread, address);
    }
    Thread& state = threads_[thread.thread()];
    if (!stepping::is_step(fault) || !state.is_stepping) {
        return Next::as_it_is;
    }
    traps_.put_back(thread.core());
    lifted_for_.reset();
    if (traps_.has(address)) {
        return at_instruction(thread, address);
    }
    state.is_stepping = false;
    return set_stepping(thread, false) ? Next::resume : Next::as_it_is;
}

Intervention::Next Preempter::at_instruction(RunningThread& thread, std::uint64_t address)
{
    if (seen_.points >= order_.most_points) {
        seen_.verdict = Verdict::cut;
        return Next::end;
    }
    Thread& state = threads_[thread.thread()];
    if (state.due_instruction != address && gives_way(thread)) {
        state.due_instruction = address;
        state.is_stepping = false;
        has_given_way_ = true;
        return set_stepping(thread, false) ? Next::give_way : Next::as_it_is;
    }
    return step_over(thread, address);
}

Intervention::Next Preempter::step_over(RunningThread& thread, std::uint64_t address)
{
    Thread& state = threads_[thread.thread()];
    state.due_instruction.reset();
    note(executes);
    note(address);
    if (order_.recorder != nullptr) {
        order_.recorder->instruction(thread, traps_, address);
    }
    traps_.lift(thread.core(), address);
    lifted_for_ = thread.thread();
    if (state.is_stepping) {
        return Next::resume;
    }
    state.is_stepping = true;
    return set_stepping(thread, true) ? Next::resume : Next::as_it_is;
}

bool Preempter::set_stepping(RunningThread& thread, bool is_stepping)
{
    auto registers = thread.registers();
    if (!registers) {
        return false;
    }
    stepping::set_stepping(*registers, is_stepping);
    return static_cast<bool>(thread.set_registers(*registers));
}

} // namespace glacis::explore
