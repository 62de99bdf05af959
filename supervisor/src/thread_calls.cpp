// thread_create, thread_exit, thread_join, thread_yield, thread_sleep, thread_wait, thread_wake,
// thread_self.

#include <algorithm>
#include <cassert>

#include "calls.hpp"

namespace glacis::supervisor {
namespace {

/// Records of one domain, ended threads that nobody joined included: all its stacks in use and as
/// many again unjoined, within reason.
constexpr std::uint64_t unjoined_allowance = 4096;

[[nodiscard]] ThreadIndex index_of(const Core& core, const Caller& caller)
{
    const std::optional<ThreadIndex> index = core.threads.find(caller.thread);
    assert(index);
    return *index;
}

[[nodiscard]] StackView view_of(const Core& core, const Caller& caller)
{
    return core.view_of(index_of(core, caller));
}

[[nodiscard]] Plan rescheduled()
{
    return answer(Reply{}, Disposition::reschedule);
}

/// When a wait of the thread ends at the latest: by its own timeout, or because the call that it is
/// in will have taken too long.
[[nodiscard]] std::optional<Nanoseconds> end_of_wait(const Core& core, ThreadIndex index,
                                                     Nanoseconds now, std::uint64_t timeout)
{
    std::optional<Nanoseconds> end = deadline_after(now, timeout);
    const std::vector<Activation>& calls = core.threads[index].calls;
    if (!calls.empty() && calls.back().deadline) {
        end = end ? std::min(*end, *calls.back().deadline) : *calls.back().deadline;
    }
    return end;
}

/// Of a 32-bit word: MISALIGNED, BAD_POINTER. The VMM has checked the pointer before, but not in
/// the same step as the call is made: the memory may have been freed since.
[[nodiscard]] pd_status check_word(const Core& core, const Caller& caller, std::uint64_t address)
{
    if (address % sizeof(std::uint32_t) != 0) {
        return PD_MISALIGNED;
    }
    const bool is_readable = core.is_permitted(caller.domain, view_of(core, caller), address,
                                               sizeof(std::uint32_t), Perm::read);
    return is_readable ? PD_OK : PD_BAD_POINTER;
}

/// What a thread that ended leaves behind: a reply for who joins it now, or a record for who will.
void settle_exit(Core& core, ThreadIndex index, std::uint64_t value)
{
    Thread& thread = core.threads[index];
    if (thread.joiner != no_index) {
        core.scheduler.wake_with(thread.joiner, Reply{PD_OK, value, {}});
        core.destroy_thread(index);
    } else if (thread.is_detached) {
        core.destroy_thread(index);
    } else {
        thread.state = Thread::State::ended;
        thread.exit_value = value;
    }
}

} // namespace

Plan call(Core& core, const Caller& caller, const ThreadCreate& request, Nanoseconds)
{
    // A thread pointer outside the address space is refused here: hosts refuse some such values
    // when the thread is to run.
    if ((request.flags & ~std::uint64_t{PD_THREAD_DETACHED}) != 0 ||
        request.thread_pointer >= GLACIS_ADDRESS_LIMIT ||
        !core.is_permitted(caller.domain, view_of(core, caller), request.entry, 1,
                           Perm::read_execute)) {
        return refuse(PD_BAD_ARGUMENT);
    }
    const std::optional<SlotNumber> slot = core.stacks.find_stack(request.stack);
    if (!slot) {
        return refuse(PD_BAD_HANDLE);
    }
    const Stack& stack = core.stacks[*slot];
    if (stack.creator != caller.domain) {
        return refuse(PD_NOT_PERMITTED);
    }
    if (stack.state != Stack::State::live || stack.thread != no_thread || stack.is_changing) {
        return refuse(PD_IN_USE);
    }
    const Domain& domain = core.domain(caller.domain);
    if (!fits(domain.usage.threads, domain.quota.threads, 1)) {
        return refuse(PD_QUOTA_THREADS);
    }
    if (!fits(domain.usage.threads, core.stacks.size() + unjoined_allowance, 1)) {
        return refuse(PD_QUOTA);
    }
    const Dispatch::Start start{request.entry, request.argument, core.stacks.range(*slot).end,
                                request.thread_pointer};
    const bool is_detached = (request.flags & PD_THREAD_DETACHED) != 0;
    const std::optional<ThreadId> thread =
        core.start_thread(caller.domain, *slot, start, is_detached, request.name,
                          core.threads[index_of(core, caller)].parameter);
    if (!thread) {
        return refuse(PD_QUOTA);
    }
    return answer(Reply{PD_OK, static_cast<std::uint64_t>(*thread), {}});
}

Plan call(Core& core, const Caller& caller, const ThreadExit& request, Nanoseconds)
{
    const ThreadIndex index = index_of(core, caller);
    if (!core.threads[index].calls.empty()) {
        return refuse(PD_NOT_IN_CALL);
    }
    Domain& domain = core.domain(caller.domain);
    const SlotNumber home = core.threads[index].home;
    const bool is_detached = core.threads[index].is_detached;
    core.take_off_vcpu(index, PD_RUN_ENDED);
    core.unbind_stacks(index);
    if (domain.main_thread == caller.thread) {
        domain.main_value = request.value;
    }
    settle_exit(core, index, request.value);
    core.note_thread_end(caller.domain);
    Plan plan = rescheduled();
    if (is_detached && core.stacks[home].is_changing) {
        core.stacks[home].is_orphan = true;
    } else if (is_detached) {
        Transaction transaction = release_stack(core, home);
        transaction.must_complete = true;
        transaction.disposition = Disposition::reschedule;
        plan = open(core, std::move(transaction));
    }
    if (domain.live_threads == 0) {
        core.stop(caller.domain);
    }
    return plan;
}

Plan call(Core& core, const Caller& caller, const ThreadJoin& request, Nanoseconds now)
{
    const std::optional<ThreadIndex> target = core.threads.find(ThreadId{request.thread});
    if (!target || core.threads[*target].domain != caller.domain) {
        return refuse(PD_BAD_HANDLE);
    }
    const Thread& thread = core.threads[*target];
    if (ThreadId{request.thread} == caller.thread) {
        return refuse(PD_DEADLOCK);
    }
    if (thread.is_detached || thread.joiner != no_index) {
        return refuse(PD_BAD_HANDLE);
    }
    if (thread.state == Thread::State::ended) {
        const std::uint64_t value = thread.exit_value;
        core.destroy_thread(*target);
        return answer(Reply{PD_OK, value, {}});
    }
    const ThreadIndex self = index_of(core, caller);
    core.take_off_vcpu(self);
    core.scheduler.wait_for(self, *target, end_of_wait(core, self, now, request.timeout));
    return rescheduled();
}

Plan call(Core& core, const Caller& caller, const ThreadYield&, Nanoseconds)
{
    const ThreadIndex self = index_of(core, caller);
    const bool was_told = core.take_off_vcpu(self, PD_RUN_YIELDED);
    core.threads[self].reply = Reply{};
    core.make_ready_again(self, was_told);
    return rescheduled();
}

Plan call(Core& core, const Caller& caller, const ThreadSleep& request, Nanoseconds now)
{
    const ThreadIndex self = index_of(core, caller);
    core.take_off_vcpu(self);
    core.scheduler.sleep(self, end_of_wait(core, self, now, request.duration));
    return rescheduled();
}

Plan call(Core& core, const Caller& caller, const ThreadWait& request, Nanoseconds now)
{
    if (const pd_status status = check_word(core, caller, request.address); status != PD_OK) {
        return refuse(status);
    }
    // C passes a 32-bit value with anything in the register's upper half.
    if (core.words->load(request.address) != static_cast<std::uint32_t>(request.expected)) {
        return refuse(PD_TRY_AGAIN);
    }
    const ThreadIndex self = index_of(core, caller);
    core.take_off_vcpu(self);
    core.scheduler.wait_at(self, request.address, end_of_wait(core, self, now, request.timeout));
    return rescheduled();
}

Plan call(Core& core, const Caller& caller, const ThreadWake& request, Nanoseconds)
{
    if (const pd_status status = check_word(core, caller, request.address); status != PD_OK) {
        return refuse(status);
    }
    return answer(Reply{PD_OK, core.scheduler.wake(request.address, request.count), {}});
}

Plan call(Core&, const Caller& caller, const ThreadSelf&, Nanoseconds)
{
    return answer(Reply{PD_OK, static_cast<std::uint64_t>(caller.thread), {}});
}

} // namespace glacis::supervisor
