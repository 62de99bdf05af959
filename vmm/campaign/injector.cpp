#include "campaign/injector.hpp"

#include <algorithm>
#include <native/injection.hpp>
#include <utility>

namespace glacis::campaign {

using namespace supervisor;

Injector::Injector(const Fault& fault) : fault_(fault), random_(fault.seed) {}

Status Injector::on_built(Core& core)
{
    const std::lock_guard guard(core.mutex);
    domain_ = no_domain;
    for (const DomainRecord& each : core.domains) {
        if (each.description->name == fault_.domain) {
            domain_ = each.id;
            base_ = each.image_base;
            image_size_ = each.description->program.image_size();
        }
    }
    if (fault_.trigger.kind == Trigger::Kind::execution && domain_ != no_domain) {
        set_trap(core, address_of(fault_.trigger.offset),
                 [this](RunningThread& thread) { return on_place(thread); });
    }
    return Done{};
}

/// Whether it has been injected as often as it shall be.
bool Injector::is_done() const
{
    return fault_.trigger.times != 0 && injection_.times >= fault_.trigger.times;
}

// ---- memory of the guest -----------------------------------------------------------------------

bool Injector::read(RunningThread& thread, std::uint64_t address,
                    std::span<std::uint8_t> bytes) const
{
    return thread.core().space->peek(address, bytes);
}

bool Injector::write(RunningThread& thread, std::uint64_t address,
                     std::span<const std::uint8_t> bytes)
{
    return thread.core().space->copy_out(address, bytes);
}

// ---- traps and steps ---------------------------------------------------------------------------

void Injector::set_trap(Core& core, std::uint64_t address, Continuation then)
{
    Trap trap{address, std::vector<std::uint8_t>(native::trap_code.size()), std::move(then)};
    if (core.space->peek(address, trap.original) &&
        core.space->copy_out(address, native::trap_code)) {
        trap_ = std::move(trap);
    }
}

void Injector::remove_trap(Core& core)
{
    if (trap_) {
        (void)core.space->copy_out(trap_->address, trap_->original);
        trap_.reset();
    }
}

/// The thread executes one instruction; then `then` is done.
void Injector::step(RunningThread& thread, Continuation then)
{
    auto context = thread.registers();
    if (!context) {
        return;
    }
    context->flags |= native::step_flag;
    if (thread.set_registers(*context)) {
        stepping_ = thread.thread();
        after_step_ = std::move(then);
    }
}

std::optional<Intervention::Next> Injector::on_trap(RunningThread& thread, const RawFault& fault)
{
    if (stepping_ == thread.thread() && native::is_step(fault)) {
        auto context = thread.registers();
        if (context) {
            context->flags &= ~native::step_flag;
            (void)thread.set_registers(*context);
        }
        stepping_.reset();
        return std::exchange(after_step_, {})(thread);
    }
    if (trap_ && is_victim(thread) && fault.program_counter == trap_->address) {
        std::array<std::uint8_t, native::trap_code.size()> there{};
        if (!read(thread, trap_->address, there) || there != native::trap_code) {
            return std::nullopt; // the program has been loaded anew
        }
        const Continuation then = trap_->then;
        remove_trap(thread.core());
        return then(thread);
    }
    return std::nullopt;
}

// ---- triggers ----------------------------------------------------------------------------------

/// The instruction of the trigger is about to be executed, and is what it was.
Intervention::Next Injector::on_place(RunningThread& thread)
{
    const std::uint64_t place = address_of(fault_.trigger.offset);
    const auto again = [this, place](RunningThread& here) {
        set_trap(here.core(), place, [this](RunningThread& next) { return on_place(next); });
        return Next::resume;
    };
    ++occasions_;
    if (occasions_ < fault_.trigger.nth) {
        step(thread, again);
        return Next::resume;
    }
    const Next next = inject(thread);
    const bool is_busy = trap_ || stepping_; // it comes back by itself
    if (!is_done() && !is_busy && fault_.mutation == std::nullopt) {
        step(thread, again);
    }
    return next;
}

Intervention::Next Injector::on_call(RunningThread& thread, HypercallEvent& call)
{
    if (fault_.trigger.kind != Trigger::Kind::call || !is_victim(thread) || is_done() ||
        (fault_.trigger.call && *fault_.trigger.call != call.number)) {
        return Next::as_it_is;
    }
    if (++occasions_ < fault_.trigger.nth) {
        return Next::as_it_is;
    }
    switch (fault_.fault_class) {
    case FaultClass::failed_allocation:
        note(thread, "a hypercall for memory gets 'no memory'");
        thread.answer(PD_NO_MEMORY, 0);
        return Next::resume;
    case FaultClass::lost_wake_up:
        note(thread, "a wake wakes nobody");
        thread.answer(PD_OK, 0);
        return Next::resume;
    case FaultClass::doubled_wake_up:
        note(thread, "a wake is made twice");
        (void)thread.call(call);
        return Next::as_it_is;
    case FaultClass::hypercall_noise: {
        std::string deed = "hypercall " + std::to_string(call.number) + " becomes ";
        constexpr std::uint64_t numbers = 0x70;
        call.number = random_.below(numbers);
        for (std::uint64_t& argument : call.arguments) {
            const std::uint64_t bits = random_.below(65);
            argument = bits == 0 ? 0 : random_.next() >> (64 - bits);
        }
        note(thread, deed + std::to_string(call.number) + " with random arguments");
        return Next::as_it_is;
    }
    default:
        return inject(thread);
    }
}

void Injector::note(RunningThread& thread, std::string deed)
{
    if (++injection_.times == 1) {
        injection_.deed = std::move(deed);
        Core& core = thread.core();
        injection_.exits_before = exits_;
        watch_.keep(core, thread.domain(), thread.view());
    }
}

// ---- seeing everything -------------------------------------------------------------------------

void Injector::before_entry(RunningThread& thread)
{
    if (fault_.trigger.kind == Trigger::Kind::time && is_victim(thread) && !is_done() &&
        thread.core().clock.now() >= fault_.trigger.time_ns) {
        (void)inject(thread);
    }
    if (!is_victim(thread)) {
        watch_.forget();
    } else if (injection_.times != 0 && !watch_.is_keeping()) {
        watch_.keep(thread.core(), thread.domain(), thread.view());
    }
}

namespace {

/// Calls that change neither who may do what nor the memory of anybody but the caller.
bool is_harmless(const CpuEvent& event)
{
    const auto* call = std::get_if<HypercallEvent>(&event);
    if (call == nullptr) {
        return false;
    }
    switch (call->number) {
    case GLACIS_CALL_ABI_INFO:
    case GLACIS_CALL_CONSOLE_WRITE:
    case GLACIS_CALL_CLOCK:
    case GLACIS_CALL_RANDOM:
    case GLACIS_CALL_TRACE:
        return true;
    default:
        return false;
    }
}

} // namespace

/// The domain has run for a while. What follows may change others' memory, and is allowed to.
void Injector::watch(RunningThread& thread, const CpuEvent& event)
{
    if (!watch_.is_keeping() || is_harmless(event)) {
        return;
    }
    for (Escape& escape : watch_.compare(thread.core())) {
        constexpr std::size_t most = 16;
        if (injection_.escapes.size() < most) {
            injection_.escapes.push_back(std::move(escape));
        }
    }
}

Intervention::Next Injector::on_event(RunningThread& thread, CpuEvent& event)
{
    watch(thread, event);
    if (const auto* fault = std::get_if<FaultEvent>(&event)) {
        if (const auto next = on_trap(thread, fault->fault)) {
            return *next;
        }
        constexpr std::size_t most = 64;
        ++exits_;
        if (injection_.exits_at_faults.size() < most) {
            injection_.exits_at_faults.push_back(exits_);
        }
        return Next::as_it_is;
    }
    if (auto* call = std::get_if<HypercallEvent>(&event)) {
        ++exits_;
        return on_call(thread, *call);
    }
    return Next::as_it_is;
}

void Injector::on_end(Core& core)
{
    for (Escape& escape : watch_.compare(core)) {
        injection_.escapes.push_back(std::move(escape));
    }
    const std::lock_guard guard(core.mutex);
    injection_.broken_invariant = core.supervisor->check_invariants();
}

} // namespace glacis::campaign
