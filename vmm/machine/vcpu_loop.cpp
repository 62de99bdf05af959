#include "machine/vcpu_loop.hpp"

#include <algorithm>

namespace glacis {

using namespace supervisor;

namespace {

constexpr std::uint64_t forever = UINT64_MAX;

[[nodiscard]] std::uint64_t later(std::uint64_t now, std::uint64_t by)
{
    return by > forever - now ? forever : now + by;
}

} // namespace

VcpuLoop::VcpuLoop(Core& core, std::uint32_t id) : core_(core), id_(id) {}

void VcpuLoop::run()
{
    if (auto bound = self().kick.bind(cpu().vcpu()); !bound) {
        const std::lock_guard guard(core_.mutex);
        core_.break_off(bound.error());
    }
    if (core_.baton) {
        core_.baton->wait(id_);
    }
    if (core_.clock.is_own()) {
        watch();
    }
    for (;;) {
        Lock lock(core_.mutex);
        core_.settle(lock);
        if (core_.is_ending()) {
            break;
        }
        if (core_.supervisor->needs_default_manager()) {
            core_.start_default_manager(lock);
            continue;
        }
        const std::uint64_t now = core_.clock.now();
        const auto dispatch =
            core_.supervisor->dispatch(VcpuId{id_}, now, now >= current_.turn_end);
        if (!dispatch) {
            wait_for_work(lock);
            continue;
        }
        if (dispatch->unanswered_fault != 0) {
            apply_policy_after_all(lock, *dispatch);
            continue;
        }
        if (!put_on(lock, *dispatch)) {
            break;
        }
        lock.unlock();
        carry();
    }
    {
        const std::lock_guard guard(core_.mutex);
        self().is_running = false;
        self().kick.unbind();
    }
    if (core_.baton) {
        core_.baton->retire(id_);
    }
}

void VcpuLoop::wait_for_work(Lock& lock)
{
    if (core_.is_stuck()) {
        core_.end(SystemEnd::stuck, "every thread waits and nothing can wake one");
        return;
    }
    if (const auto next = successor()) {
        lock.unlock();
        hand_over(*next);
        return;
    }
    std::optional<std::uint64_t> deadline = core_.supervisor->next_deadline();
    if (core_.deadline) {
        deadline = deadline ? std::min(*deadline, *core_.deadline) : *core_.deadline;
    }
    self().is_idle = true;
    lock.unlock();
    wait_until(deadline);
    core_.check_interrupt();
    lock.lock();
    self().is_idle = false;
    if (core_.deadline && core_.clock.now() >= *core_.deadline) {
        core_.end(SystemEnd::time_limit);
    }
}

void VcpuLoop::wait_until(std::optional<std::uint64_t> deadline)
{
    if (core_.clock.is_own()) {
        core_.clock.set_due(deadline);
        if (core_.clock.leap()) {
            return;
        }
        deadline = core_.clock.next_watch();
    }
    self().kick.wait(deadline);
    (void)self().kick.take();
}

bool VcpuLoop::put_on(Lock& lock, const Dispatch& dispatch)
{
    const std::uint64_t now = core_.clock.now();
    ThreadContext& context = core_.context(dispatch.thread);
    if (dispatch.start) {
        context =
            GuestCpu::start_context(dispatch.start->entry, dispatch.start->argument,
                                    dispatch.start->stack_pointer, dispatch.start->thread_pointer);
    }
    if (dispatch.reply) {
        deliver_reply(dispatch);
    }
    const auto root = core_.space->root(dispatch.domain, dispatch.stack, [&] {
        return core_.supervisor->stack_pages(dispatch.domain, dispatch.stack);
    });
    if (!root) {
        core_.break_off(root.error());
        return false;
    }
    const bool is_new_turn = dispatch.begins_turn || !core_.supervisor->has_ready();
    const std::uint64_t turn_end =
        is_new_turn ? now + core_.system.time_slice_ns : current_.turn_end;
    current_ = {};
    current_.thread = dispatch.thread;
    current_.home = dispatch.domain;
    current_.stack = dispatch.stack;
    current_.since = now;
    current_.turn_end = turn_end;
    current_.is_lent = dispatch.is_lent;
    current_.slice_end = dispatch.slice ? later(now, *dispatch.slice) : forever;
    current_.context = &context;
    prepare_to_dispatch(dispatch, *root);
    const DomainRecord& domain = core_.record(dispatch.domain);
    if (domain.description->time_limit_ns) {
        const std::uint64_t limit = *domain.description->time_limit_ns;
        current_.limit_at = now + (limit > domain.running_ns ? limit - domain.running_ns : 0);
    }
    retries_ = 0;
    self().is_running = true;
    self().is_recalled = false;
    self().is_slice_unless_alone = dispatch.is_slice_unless_alone;
    core_.switches.fetch_add(1, std::memory_order_relaxed);
    arm_timer(now);
    core_.spread_work(id_);
    if (is_call_too_long(now)) {
        self().kick.send(); // it slept past its time: no more of it is run
    }
    lock.unlock();
    const auto loaded = cpu().load(context, current_.root);
    lock.lock();
    if (!loaded) {
        core_.break_off(loaded.error());
        return false;
    }
    return true;
}

/// A timer only where something must happen at a time: the end of a slice that somebody waits for,
/// a sleeper's waking, a limit. Lock held.
void VcpuLoop::arm_timer(std::uint64_t now)
{
    std::optional<std::uint64_t> at;
    const auto consider = [&at](std::optional<std::uint64_t> time) {
        if (time) {
            at = at ? std::min(*at, *time) : *time;
        }
    };
    self().has_slice = core_.is_waited_for(id_);
    if (core_.supervisor->has_ready()) {
        consider(std::max(current_.turn_end, now));
    }
    if (current_.slice_end != forever && (self().has_slice || !self().is_slice_unless_alone)) {
        consider(std::max(current_.slice_end, now));
    }
    consider(core_.supervisor->next_deadline());
    if (current_.domain == current_.home || (current_.limit_at && now < *current_.limit_at)) {
        consider(current_.limit_at);
    }
    consider(call_deadline());
    consider(core_.deadline);
    if (core_.clock.is_own()) {
        core_.clock.set_due(at);
        return;
    }
    if (auto armed = self().kick.arm(at); !armed) {
        core_.break_off(armed.error());
    }
}

void VcpuLoop::carry()
{
    if (shall_run() || give_way() == Next::resume) {
        while (step() == Next::resume) {
        }
    }
    const std::lock_guard guard(core_.mutex);
    self().is_running = false;
}

VcpuLoop::Next VcpuLoop::step()
{
    if (self().kick.take() || core_.is_ending()) {
        if (on_kick() == Next::left) {
            return Next::left;
        }
    }
    announce_entry();
    CpuEvent event = cpu().run();
    if (!follow()) {
        return broken({"shim", 0, "the calls that a vCPU is in are none that were prepared"});
    }
    if (core_.clock.is_own() && !std::holds_alternative<KickEvent>(event)) {
        core_.clock.tick();
    }
    if (const auto next = intervene(event)) {
        return *next;
    }
    if (core_.clock.is_own() && !std::holds_alternative<KickEvent>(event)) {
        count_exit();
    }
    if (const auto* call = std::get_if<CrossCallEvent>(&event)) {
        return call_across(*call);
    }
    if (const auto* done = std::get_if<CrossReturnEvent>(&event)) {
        return return_across(*done);
    }
    if (const auto* call = std::get_if<HypercallEvent>(&event)) {
        retries_ = 0;
        return serve(*call);
    }
    if (auto* fault = std::get_if<FaultEvent>(&event)) {
        return handle(std::move(fault->fault));
    }
    if (auto* failure = std::get_if<BrokenEvent>(&event)) {
        return broken(std::move(failure->error));
    }
    return Next::resume; // a kick: its reason is looked for before the next entry
}

VcpuLoop::Next VcpuLoop::on_kick()
{
    core_.check_interrupt();
    if (core_.clock.is_own()) {
        watch();
    }
    Lock lock(core_.mutex);
    const std::uint64_t now = core_.clock.now();
    if (core_.deadline && now >= *core_.deadline) {
        core_.end(SystemEnd::time_limit);
    }
    if (core_.is_ending() || core_.supervisor->is_suspended(current_.home)) {
        return leave(lock);
    }
    catch_up();
    if (!core_.supervisor->can_go_on(current_.thread)) {
        return cut_short(lock, PD_CALLEE_STOPPED);
    }
    core_.settle(lock); // this vCPU may have been the last that a stopping domain waited for
    attend_late_returns(now);
    const bool is_home_late =
        current_.domain == current_.home && current_.limit_at && now >= *current_.limit_at;
    if (is_home_late || is_call_too_long(now)) {
        lock.unlock();
        return handle(cpu().where_interrupted(FaultOrigin::time_limit));
    }
    const auto deadline = core_.supervisor->next_deadline();
    give_a_start(now);
    if (is_time_over(now) || core_.supervisor->is_recalled(VcpuId{id_})) {
        return leave(lock);
    }
    if (deadline && now >= *deadline) {
        if (!current_.is_lent) {
            return leave(lock);
        }
        core_.supervisor->wake_expired(now); // its manager says whether anybody else runs here
        core_.spread_work(id_);
    }
    arm_timer(now);
    return Next::resume;
}

/// Every dispatch makes progress, however short the slice and slow the host: who has executed
/// nothing yet gets longer and longer. But who only jumps to where it is has no endless slice.
void VcpuLoop::give_a_start(std::uint64_t now)
{
    constexpr std::uint32_t most_extensions = 16;
    constexpr std::uint64_t longest_extension = 10'000'000;
    constexpr std::uint32_t least_extensions = 2; // the host may have been busy all the while
    const bool may_be_jumping =
        current_.extensions >= most_extensions ||
        (current_.extensions >= least_extensions && now - current_.since >= longest_extension);
    if (!cpu().is_yet_to_start() && (!cpu().is_where_it_started() || may_be_jumping)) {
        return;
    }
    const std::uint64_t slice = core_.system.time_slice_ns;
    const std::uint64_t longer = slice << std::min(current_.extensions, most_extensions);
    const std::uint64_t end = now + std::min(longer, std::max(slice, longest_extension));
    current_.turn_end = std::max(current_.turn_end, end);
    current_.slice_end = std::max(current_.slice_end, end);
    ++current_.extensions;
}

bool VcpuLoop::is_time_over(std::uint64_t now) const
{
    const bool ends_alone =
        !core_.vcpus[id_]->is_slice_unless_alone || core_.supervisor->has_news(VcpuId{id_});
    return (now >= current_.slice_end && ends_alone) ||
           (now >= current_.turn_end && core_.supervisor->has_ready());
}

/// The thread gives its vCPU back; it is ready again, or gone with its domain.
VcpuLoop::Next VcpuLoop::leave(Lock& lock)
{
    lock.unlock();
    const auto saved = cpu().save(*current_.context, true);
    lock.lock();
    account();
    core_.supervisor->leave(VcpuId{id_}, core_.clock.now());
    if (!saved) {
        core_.break_off(saved.error());
    }
    return Next::left;
}

/// Lock held.
void VcpuLoop::account()
{
    core_.record(current_.home).running_ns += core_.clock.now() - current_.since;
}

VcpuLoop::Next VcpuLoop::broken(HostError error)
{
    Lock lock(core_.mutex);
    core_.break_off(std::move(error));
    account();
    core_.supervisor->leave(VcpuId{id_}, core_.clock.now());
    return Next::left;
}

} // namespace glacis
