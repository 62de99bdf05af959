// Calls across domains: those that are not prepared, and what becomes of calls that cannot go on.
//
// The shim carries out prepared calls and returns without the VMM. So after every run the loop
// first follows: it reads from the vCPU's block in which calls the thread is now. When a domain is
// stopped, every vCPU whose thread might enter it is kicked and catches up: it drops what is
// prepared, and has returns to the dead come to the VMM. tests/model/gates.pml
// goes through all orders in which shim, catching up and stops can meet.

#include <algorithm>
#include <cassert>

#include "machine/vcpu_loop.hpp"

namespace glacis {

using namespace supervisor;

namespace {

/// Roots for parts of one stack that are kept at once; beyond, those not in use are made anew.
constexpr std::size_t most_windows = 64;

const Program& program_of(const Core& core, const GateDescription& gate)
{
    return core.system.domains[gate.domain].program;
}

/// Whether calls through the gate need the VMM each time.
bool is_attended(const GateDescription& gate)
{
    return gate.scrub != Scrub::none || gate.time_limit_ns.has_value();
}

} // namespace

// ---- where the thread is
// ---------------------------------------------------------------------------

/// What the shim has done since the last time. The frames up to where the thread has been all the
/// while are known; a root tells the rest. False for frames that the shim cannot have made.
bool VcpuLoop::take_frames(CallState& calls)
{
    const std::size_t depth = cpu().depth();
    if (depth > GLACIS_CALL_DEPTH_MAX) {
        return false;
    }
    std::vector<CallState::Frame> frames;
    for (std::size_t at = 0; at <= depth; ++at) {
        const GuestCpu::CallFrame seen = cpu().frame(at);
        CallState::Frame frame;
        if (at < calls.frames.size() && calls.frames[at].root == seen.root) {
            frame = calls.frames[at];
        } else {
            const CallState::Window* window = calls.find_window(seen.root);
            if (window == nullptr) {
                return false;
            }
            frame.root = seen.root;
            frame.activation = window->activation;
        }
        if (at < depth && seen.stack_pointer != 0) {
            frame.stack_pointer = seen.stack_pointer;
            frame.must_leave = false;
        }
        frames.push_back(frame);
    }
    calls.frames = std::move(frames);
    return true;
}

bool VcpuLoop::follow()
{
    CallState& calls = current_.context->calls;
    if (calls.frames.empty()) {
        return true;
    }
    const std::vector<CallState::Frame> before = calls.frames;
    if (!take_frames(calls)) {
        return false;
    }
    const bool is_same =
        std::equal(before.begin(), before.end(), calls.frames.begin(), calls.frames.end(),
                   [](const auto& left, const auto& right) { return left.root == right.root; });
    if (!is_same) {
        const Lock lock(core_.mutex);
        note_here();
    }
    return true;
}

/// Says in which calls the thread is. Lock held.
void VcpuLoop::note_here()
{
    const CallState& calls = current_.context->calls;
    std::vector<Activation> activations;
    for (std::size_t at = 1; at < calls.frames.size(); ++at) {
        activations.push_back(calls.frames[at].activation);
    }
    current_.domain = activations.empty() ? current_.home : activations.back().domain;
    current_.view = activations.empty() ? StackView(current_.stack)
                                        : StackView(current_.stack, activations.back().end,
                                                    static_cast<std::uint32_t>(activations.size()));
    if (!calls.frames.empty()) {
        current_.root = calls.frames.back().root;
    }
    core_.supervisor->follow(current_.thread, std::move(activations));
}

void VcpuLoop::put_frames()
{
    const CallState& calls = current_.context->calls;
    std::vector<GuestCpu::CallFrame> frames;
    for (const CallState::Frame& frame : calls.frames) {
        frames.push_back({frame.root, frame.must_leave ? 0 : frame.stack_pointer});
    }
    if (frames.empty()) {
        frames.push_back({current_.root, 0});
    }
    cpu().set_frames(frames);
}

void VcpuLoop::forget_prepared()
{
    current_.context->calls.prepared.clear();
    cpu().forget_prepared();
}

/// Drops what was prepared before domains were stopped, and has returns to those come here. Lock
/// held.
void VcpuLoop::catch_up()
{
    Supervisor& supervisor = *core_.supervisor;
    CallState& calls = current_.context->calls;
    if (calls.stops != supervisor.stops()) {
        calls.stops = supervisor.stops();
        forget_prepared();
        std::erase_if(calls.windows, [&](const CallState::Window& window) {
            return !supervisor.is_current(window.activation);
        });
        const bool is_home_running = supervisor.state(current_.home) == DomainState::running;
        for (std::size_t at = 0; at + 1 < calls.frames.size(); ++at) {
            CallState::Frame& frame = calls.frames[at];
            frame.must_leave =
                frame.must_leave ||
                (at == 0 ? !is_home_running : !supervisor.is_current(frame.activation));
        }
        if (!calls.frames.empty()) {
            put_frames();
        }
    }
    if (seen_stops_ != supervisor.stops()) {
        seen_stops_ = supervisor.stops();
        supervisor.caught_up(VcpuId{id_});
    }
}

/// The thread is about to be loaded, on `root` in its own domain: it may have been in calls that
/// were cut short while it was on no vCPU. Lock held.
void VcpuLoop::prepare_to_dispatch(const Dispatch& dispatch, std::uint64_t root)
{
    CallState& calls = current_.context->calls;
    current_.root = root;
    if (!calls.frames.empty()) {
        const bool is_cut = dispatch.calls < calls.depth();
        calls.frames.resize(dispatch.calls + 1);
        calls.frames[0].root = root;
        if (is_cut) {
            GuestCpu::return_to_caller(*current_.context, calls.frames.back().stack_pointer);
            GuestCpu::set_reply(*current_.context, dispatch.reply->status, 0);
        }
    }
    note_here();
    cpu().forget_prepared();
    catch_up();
    put_frames();
    for (std::size_t hint = 0; hint < calls.prepared.size(); ++hint) {
        cpu().prepare(hint, calls.prepared[hint]);
    }
}

// ---- limits of time
// --------------------------------------------------------------------------------

/// When a call will have taken too long, of those that are not marked for it yet.
std::optional<std::uint64_t> VcpuLoop::call_deadline() const
{
    const std::vector<CallState::Frame>& frames = current_.context->calls.frames;
    std::optional<std::uint64_t> earliest;
    for (std::size_t at = 1; at < frames.size(); ++at) {
        const auto& deadline = frames[at].activation.deadline;
        const bool is_innermost = at + 1 == frames.size();
        if (deadline && (is_innermost || !frames[at].must_leave)) {
            earliest = earliest ? std::min(*earliest, *deadline) : *deadline;
        }
    }
    return earliest;
}

bool VcpuLoop::is_call_too_long(std::uint64_t now) const
{
    const CallState& calls = current_.context->calls;
    return calls.depth() != 0 && calls.frames.back().activation.deadline &&
           now >= *calls.frames.back().activation.deadline;
}

/// Whoever has taken too long while it waits for a call of its own is dealt with when that returns:
/// its callee is not to blame.
void VcpuLoop::attend_late_returns(std::uint64_t now)
{
    std::vector<CallState::Frame>& frames = current_.context->calls.frames;
    bool is_changed = false;
    for (std::size_t at = 0; at + 1 < frames.size(); ++at) {
        const DomainId domain = at == 0 ? current_.home : frames[at].activation.domain;
        const auto& deadline = frames[at].activation.deadline;
        const bool is_late =
            (deadline && now >= *deadline) ||
            (domain == current_.home && current_.limit_at && now >= *current_.limit_at);
        is_changed = is_changed || (is_late && !frames[at].must_leave);
        frames[at].must_leave = frames[at].must_leave || is_late;
    }
    if (is_changed) {
        put_frames();
    }
}

// ---- calls
// -----------------------------------------------------------------------------------------

VcpuLoop::Next VcpuLoop::call_across(const CrossCallEvent& event)
{
    Lock lock(core_.mutex);
    catch_up();
    if (!core_.supervisor->can_go_on(current_.thread)) {
        return cut_short(lock, PD_CALLEE_STOPPED);
    }
    const Caller caller{current_.domain, current_.thread, VcpuId{id_}};
    const CallDecision decision =
        core_.supervisor->decide_call(caller, event.handle, event.arguments, event.window);
    if (decision.waits) {
        // Nobody runs the thread before the lock is free.
        const auto saved = cpu().save(*current_.context, true);
        GuestCpu::retry_crossing(*current_.context);
        account();
        if (!saved) {
            core_.break_off(saved.error());
        }
        return Next::left;
    }
    if (decision.status != PD_OK) {
        cpu().refuse_crossing(decision.status);
        return Next::resume;
    }
    return enter_callee(lock, event, decision);
}

void VcpuLoop::make_room_for_window()
{
    CallState& calls = current_.context->calls;
    if (calls.windows.size() < most_windows) {
        return;
    }
    std::erase_if(calls.windows, [&](const CallState::Window& window) {
        const bool is_idle = !calls.is_on_the_way(window.root);
        if (is_idle) {
            core_.space->close_window(window.activation.domain, window.view);
        }
        return is_idle;
    });
    forget_prepared();
}

/// The thread has changed stacks, which it does in no call: the one that it has left may be freed
/// from now on, and its roots with it, so nothing may lead there any more. Lock held.
void VcpuLoop::drop_windows()
{
    CallState& calls = current_.context->calls;
    for (const CallState::Window& window : calls.windows) {
        core_.space->close_window(window.activation.domain, window.view);
    }
    calls.windows.clear();
    forget_prepared();
}

/// The root for a callee; HOST_NO_MEMORY as an error of the host.
Result<std::uint64_t> VcpuLoop::window_root(const CallDecision& decision)
{
    CallState& calls = current_.context->calls;
    for (const CallState::Window& window : calls.windows) {
        if (window.activation.domain == decision.activation.domain &&
            window.view == decision.view) {
            return window.root;
        }
    }
    make_room_for_window();
    auto root = core_.space->root(decision.activation.domain, decision.view, [&] {
        return core_.supervisor->stack_pages(decision.activation.domain, decision.view);
    });
    if (root) {
        calls.windows.push_back({decision.activation, decision.view, *root});
    }
    return root;
}

/// Does what the shim will do the next time, if it may. Lock held.
VcpuLoop::Next VcpuLoop::enter_callee(Lock& lock, const CrossCallEvent& event,
                                      const CallDecision& decision)
{
    const DomainRecord& caller = core_.record(current_.domain);
    const GateDescription& gate = caller.description->gates[event.handle - 1];
    const DomainRecord& callee = core_.record(decision.activation.domain);
    const std::uint64_t entry =
        callee.image_base + program_of(core_, gate).exports()[gate.exported].entry;
    CallState& calls = current_.context->calls;
    if (calls.frames.empty()) {
        CallState::Frame own;
        own.root = current_.root;
        calls.frames.push_back(own);
        calls.stops = core_.supervisor->stops();
    }
    const auto root = window_root(decision);
    if (!root) {
        cpu().refuse_crossing(PD_HOST_NO_MEMORY);
        return Next::resume;
    }
    const PreparedCall prepared{event.window | event.handle << GLACIS_GATE_HANDLE_SHIFT |
                                    event.arguments,
                                current_.root, *root, entry};
    const bool needs_vmm = is_attended(gate) || core_.options.repeatable ||
                           core_.space->protection() == Protection::none;
    if (!needs_vmm) {
        calls.prepared.resize(GLACIS_ENTRIES);
        calls.prepared[event.hint] = prepared;
        cpu().prepare(event.hint, prepared);
    }
    if (gate.scrub == Scrub::both_ways) {
        scrub(decision.view);
    }
    calls.frames.back().stack_pointer = cpu().stack_pointer();
    calls.frames.back().must_leave = needs_vmm;
    CallState::Frame frame;
    frame.root = *root;
    frame.activation = decision.activation;
    if (gate.time_limit_ns) {
        frame.activation.deadline = core_.clock.now() + *gate.time_limit_ns;
    }
    frame.gate = &gate;
    calls.frames.push_back(frame);
    put_frames();
    note_here();
    arm_timer(core_.clock.now());
    lock.unlock();
    if (auto done = cpu().enter_callee(*root, entry, event.window); !done) {
        return broken(done.error());
    }
    return Next::resume;
}

// ---- returns
// ---------------------------------------------------------------------------------------

VcpuLoop::Next VcpuLoop::return_across(const CrossReturnEvent& event)
{
    Lock lock(core_.mutex);
    catch_up();
    CallState& calls = current_.context->calls;
    if (calls.depth() == 0) {
        cpu().refuse_crossing(PD_NOT_IN_CALL);
        return Next::resume;
    }
    if (!core_.supervisor->can_go_on(current_.thread)) {
        return cut_short(lock, PD_CALLEE_STOPPED);
    }
    const GateDescription* gate = calls.frames.back().gate;
    if (gate != nullptr && gate->scrub != Scrub::none) {
        scrub(current_.view);
    }
    calls.frames.pop_back();
    CallState::Frame& caller = calls.frames.back();
    note_here();
    if (!core_.supervisor->can_go_on(current_.thread)) {
        return cut_short(lock, PD_CALLEE_STOPPED);
    }
    caller.must_leave = false;
    put_frames();
    arm_timer(core_.clock.now());
    const std::uint64_t stack_pointer = caller.stack_pointer;
    lock.unlock();
    if (auto done = cpu().return_to_caller(current_.root, stack_pointer, PD_OK, event.value, false);
        !done) {
        return broken(done.error());
    }
    const std::uint64_t now = core_.clock.now();
    const bool is_home_late =
        current_.domain == current_.home && current_.limit_at && now >= *current_.limit_at;
    return is_home_late || is_call_too_long(now)
               ? handle(cpu().where_interrupted(FaultOrigin::time_limit))
               : Next::resume;
}

VcpuLoop::Next VcpuLoop::cut_short(Lock& lock, pd_status status)
{
    const auto depth = core_.supervisor->cut_calls(current_.thread);
    CallState& calls = current_.context->calls;
    if (!depth || calls.frames.empty()) {
        return leave(lock);
    }
    assert(*depth < calls.depth());
    calls.frames.resize(*depth + 1);
    calls.frames.back().must_leave = false;
    note_here();
    put_frames();
    const std::uint64_t stack_pointer = calls.frames.back().stack_pointer;
    core_.settle(lock);
    core_.spread_work(id_);
    arm_timer(core_.clock.now());
    lock.unlock();
    if (auto done = cpu().return_to_caller(current_.root, stack_pointer, status, 0, true); !done) {
        return broken(done.error());
    }
    return Next::resume;
}

/// Zeroes what was written of the part of the stack that a callee sees. Lock held, which keeps the
/// stack as it is.
void VcpuLoop::scrub(const StackView& view)
{
    const SlotFacts stack =
        core_.supervisor->facts(current_.domain, static_cast<std::uint64_t>(view.stack)).slot;
    core_.supervisor->keep_stack_peak(view.stack);
    core_.space->scrub({stack.committed.begin, std::min(view.end, stack.committed.end)});
}

} // namespace glacis
