// thread_run, thread_take, thread_offer, thread_set_parameter.

#include <cassert>

#include "calls.hpp"

namespace glacis::supervisor {
namespace {

/// The caller's place; nothing unless it is a thread of a manager, in no call.
[[nodiscard]] std::optional<ThreadIndex> find_loop(const Core& core, const Caller& caller)
{
    const std::optional<ThreadIndex> index = core.threads.find(caller.thread);
    assert(index);
    const bool is_loop =
        core.threads[*index].calls.empty() && core.domain(caller.domain).is_manager;
    return is_loop ? index : std::nullopt;
}

/// Of a thread that the caller may lend its vCPU or hand back: BAD_HANDLE, NOT_PERMITTED, IN_USE,
/// NOT_READY.
[[nodiscard]] pd_status check_managed(const Core& core, const Caller& caller,
                                      std::optional<ThreadIndex> target)
{
    if (!target) {
        return PD_BAD_HANDLE;
    }
    const Thread& thread = core.threads[*target];
    if (thread.manager != caller.domain) {
        return PD_NOT_PERMITTED;
    }
    switch (thread.state) {
    case Thread::State::running:
    case Thread::State::chosen:
        return PD_IN_USE;
    case Thread::State::held:
        return PD_OK;
    case Thread::State::ready: // with a fault it waits for its policy, not for its manager
        return thread.is_announced ? PD_OK : PD_NOT_READY;
    default:
        return PD_NOT_READY;
    }
}

} // namespace

Plan call(Core& core, const Caller& caller, const ThreadRun& request, Nanoseconds)
{
    const bool is_endless = request.slice == PD_FOREVER;
    const std::uint64_t slice = is_endless ? PD_FOREVER : request.slice & ~PD_SLICE_UNLESS_ALONE;
    if (slice == 0) {
        return refuse(PD_BAD_ARGUMENT);
    }
    const std::optional<ThreadIndex> self = find_loop(core, caller);
    if (!self) {
        return refuse(PD_NOT_PERMITTED);
    }
    const std::optional<ThreadIndex> target = core.threads.find(ThreadId{request.thread});
    if (const pd_status status = check_managed(core, caller, target); status != PD_OK) {
        return refuse(status);
    }
    core.lend(*self, *target);
    Turn& turn = core.turns[static_cast<std::uint32_t>(caller.vcpu)];
    turn.slice = is_endless ? std::nullopt : std::optional(slice);
    turn.is_slice_unless_alone = slice != request.slice;
    turn.recall_from = request.recall_from;
    return answer(Reply{}, Disposition::reschedule);
}

Plan call(Core& core, const Caller& caller, const ThreadTake& request, Nanoseconds now)
{
    const std::optional<ThreadIndex> self = find_loop(core, caller);
    if (!self) {
        return refuse(PD_NOT_PERMITTED);
    }
    if (const std::optional<ThreadIndex> thread = core.scheduler.take_announced(caller.domain)) {
        const bool has_more = core.scheduler.has_announced(caller.domain);
        return answer(Reply{PD_OK, has_more ? std::uint64_t{PD_RUN_NEWS} : 0,
                            core.scheduler.event_of(*thread)});
    }
    if (core.domain(caller.domain).managed == 0) {
        return refuse(PD_NOT_RUNNING);
    }
    if (request.timeout == 0) {
        return refuse(PD_TIMED_OUT);
    }
    core.take_off_vcpu(*self);
    core.threads[*self].event_address = request.event;
    core.scheduler.wait_at(*self, news_of(caller.domain), deadline_after(now, request.timeout));
    return answer(Reply{}, Disposition::reschedule);
}

Plan call(Core& core, const Caller& caller, const ThreadOffer& request, Nanoseconds)
{
    if (!find_loop(core, caller)) {
        return refuse(PD_NOT_PERMITTED);
    }
    const std::optional<ThreadIndex> target = core.threads.find(ThreadId{request.thread});
    if (const pd_status status = check_managed(core, caller, target); status != PD_OK) {
        return refuse(status);
    }
    if (core.threads[*target].state == Thread::State::held) {
        core.scheduler.make_ready(*target);
    }
    return answer(Reply{});
}

Plan call(Core& core, const Caller& caller, const ThreadSetParameter& request, Nanoseconds)
{
    const ThreadId named = request.thread == 0 ? caller.thread : ThreadId{request.thread};
    const std::optional<ThreadIndex> target = core.threads.find(named);
    if (!target || core.threads[*target].domain != caller.domain) {
        return refuse(PD_BAD_HANDLE);
    }
    Thread& thread = core.threads[*target];
    const bool is_news = thread.parameter != request.parameter;
    thread.parameter = request.parameter;
    for (Turn& turn : core.turns) {
        turn.waits = turn.waits == named ? no_thread : turn.waits; // its manager shall hear of that
    }
    if (named != caller.thread || thread.lender == no_index || !is_news) {
        return answer(Reply{});
    }
    const VcpuId vcpu = thread.vcpu;
    core.take_off_vcpu(*target); // its manager is told of it anew, as it is now
    core.turns[static_cast<std::uint32_t>(vcpu)].waits = no_thread;
    thread.reply = Reply{};
    core.scheduler.make_ready(*target);
    return answer(Reply{}, Disposition::reschedule);
}

} // namespace glacis::supervisor
