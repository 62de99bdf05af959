// Thread managers: thread_run, thread_take, thread_offer, thread_set_parameter, and what becomes of
// loans when somebody ends.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t event_address = 0x1230;

/// A manager with two loops on vCPUs 0 and 1, and a worker with two threads, of which the manager
/// has not been told.
class ThreadManagers : public ::testing::Test {
public:
    ThreadManagers()
    {
        manager = world.supervisor.add_domain("manager", {});
        worker = world.supervisor.add_domain("worker", {});
        world.supervisor.set_thread_manager(worker, manager);
        world.start_domain(manager);
        world.start_domain(worker);
        outsider = world.add_domain("outsider");
        a = world.dispatch(0);
        EXPECT_EQ(a.domain, manager) << "the worker's thread is not for the ready queue";
        out = world.dispatch(3);
        EXPECT_EQ(out.domain, outsider);
    }
    ~ThreadManagers() override { world.check_idle(); }

    /// The next thread that the manager is told of.
    pd_thread_event take(const Caller& loop)
    {
        const Reply reply = world.call(loop, ThreadTake{event_address, 0});
        EXPECT_EQ(reply.status, PD_OK);
        world.check();
        return std::get<pd_thread_event>(reply.out);
    }
    [[nodiscard]] bool has_news(const Caller& loop)
    {
        const pd_status status = world.status(loop, ThreadTake{event_address, 0});
        EXPECT_TRUE(status == PD_OK || status == PD_TIMED_OUT);
        return status == PD_OK;
    }
    /// On the vCPU of the loop, which then is the lender.
    Caller run(const Caller& loop, std::uint64_t thread, std::uint64_t slice = PD_FOREVER,
               std::uint64_t recall_from = UINT64_MAX)
    {
        const auto vcpu = static_cast<std::uint32_t>(loop.vcpu);
        EXPECT_EQ(world.call_plan(loop, ThreadRun{thread, slice, recall_from}).disposition,
                  Disposition::reschedule);
        world.check();
        return world.dispatch(vcpu);
    }
    /// By `t`, which a loop on the same vCPU takes and runs again.
    Caller set_parameter(const Caller& t, std::uint64_t parameter)
    {
        const auto vcpu = static_cast<std::uint32_t>(t.vcpu);
        EXPECT_EQ(world.call_plan(t, ThreadSetParameter{0, parameter}).disposition,
                  Disposition::reschedule);
        const Caller loop = world.dispatch(vcpu);
        EXPECT_EQ(world.last(vcpu).reply->value, std::uint64_t{PD_RUN_WAITS} | PD_RUN_NEWS);
        const pd_thread_event event = take(loop);
        EXPECT_EQ(event.parameter, parameter);
        return run(loop, event.thread);
    }
    /// Why the loop on `vcpu` has its vCPU back.
    std::uint64_t reason(std::uint32_t vcpu)
    {
        const Caller back = world.dispatch(vcpu);
        EXPECT_EQ(back.domain, manager);
        world.check();
        return world.last(vcpu).reply ? world.last(vcpu).reply->value : 0;
    }
    /// A second loop, on vCPU 1.
    Caller second_loop()
    {
        ThreadCreate create;
        create.entry = world.code(manager);
        create.stack = world.value(a, StackAlloc{page, 0, 0, PD_SELF});
        world.value(a, create);
        return world.dispatch(1);
    }
    /// By a thread of the worker: another one of it.
    std::uint64_t sibling(const Caller& of)
    {
        ThreadCreate create;
        create.entry = world.code(worker);
        create.stack = world.value(of, StackAlloc{page, 0, 0, PD_SELF});
        return world.value(of, create);
    }

    World world;
    DomainId manager{};
    DomainId worker{};
    DomainId outsider{};
    Caller a;
    Caller out;
};

TEST_F(ThreadManagers, a_manager_is_told_of_each_thread_once_and_runs_it)
{
    EXPECT_FALSE(world.try_dispatch(1).has_value());
    const pd_thread_event event = take(a);
    EXPECT_EQ(event.domain, world.supervisor.handle(worker));
    EXPECT_EQ(event.parameter, 0U);
    EXPECT_FALSE(has_news(a));
    const Caller t = run(a, event.thread);
    EXPECT_EQ(t.domain, worker);
    EXPECT_EQ(static_cast<std::uint64_t>(t.thread), event.thread);
    EXPECT_TRUE(world.last(0).is_lent);
    EXPECT_FALSE(world.last(0).slice.has_value());
    EXPECT_EQ(world.call_plan(t, ThreadYield{}).disposition, Disposition::reschedule);
    EXPECT_EQ(reason(0), PD_RUN_YIELDED);
    EXPECT_FALSE(has_news(a)) << "it was told by the end of the loan";
    run(a, event.thread, 500);
    EXPECT_EQ(world.last(0).slice, 500U);
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(reason(0), PD_RUN_SLICE_OVER);
}

TEST_F(ThreadManagers, a_manager_and_whom_it_runs_have_their_turn_together)
{
    const pd_thread_event event = take(a);
    Caller t = run(a, event.thread);
    world.supervisor.leave(out.vcpu, world.now); // and waits for a vCPU
    world.is_turn_over = false;
    world.call_plan(t, ThreadYield{});
    EXPECT_EQ(reason(0), PD_RUN_YIELDED) << "others wait, but the turn is not over";
    EXPECT_FALSE(world.last(0).begins_turn);
    t = run(a, event.thread);
    EXPECT_FALSE(world.last(0).begins_turn);
    world.is_turn_over = true;
    world.call_plan(t, ThreadYield{});
    EXPECT_EQ(world.dispatch(0).domain, outsider);
    EXPECT_TRUE(world.last(0).begins_turn);
    world.check();
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(reason(0), PD_RUN_YIELDED) << "the manager's next turn";
    EXPECT_TRUE(world.last(0).begins_turn);
}

TEST_F(ThreadManagers, G6_the_stack_of_a_lent_thread_is_active_where_its_manager_ran_it)
{
    const pd_thread_event event = take(a);
    const StackId own = world.last(0).stack;
    const Caller t = run(a, event.thread);
    pd_stack_info info{};
    const auto stack = static_cast<std::uint64_t>(world.last(0).stack);
    info = std::get<pd_stack_info>(world.call(t, StackInfo{stack}).out);
    EXPECT_EQ(info.vcpu, 0U);
    EXPECT_NE(own, world.last(0).stack);
    world.call_plan(t, ThreadYield{});
    EXPECT_EQ(reason(0), PD_RUN_YIELDED);
    EXPECT_EQ(world.last(0).stack, own);
    const Caller b = second_loop();
    const Caller t2 = run(b, event.thread);
    info = std::get<pd_stack_info>(world.call(t2, StackInfo{stack}).out);
    EXPECT_EQ(info.vcpu, 1U);
    EXPECT_EQ(world.status(a, ThreadRun{event.thread, PD_FOREVER, 0}), PD_IN_USE)
        << "active on one vCPU at most";
}

TEST_F(ThreadManagers, who_waits_is_announced_when_it_can_run_again)
{
    const pd_thread_event event = take(a);
    Caller t = run(a, event.thread);
    world.call_plan(t, ThreadSleep{100});
    EXPECT_EQ(reason(0), PD_RUN_WAITS);
    EXPECT_EQ(world.status(a, ThreadRun{event.thread, PD_FOREVER, 0}), PD_NOT_READY);
    EXPECT_FALSE(has_news(a));
    world.now += 100;
    world.supervisor.wake_expired(world.now);
    EXPECT_EQ(take(a).thread, event.thread);
}

TEST_F(ThreadManagers, a_loop_that_waits_is_told_at_once_and_gets_the_event_late)
{
    const pd_thread_event event = take(a);
    const Caller b = second_loop();
    Caller t = run(a, event.thread);
    t = set_parameter(t, 7);
    EXPECT_EQ(world.call_plan(b, ThreadTake{event_address, PD_FOREVER}).disposition,
              Disposition::reschedule);
    const std::uint64_t other = sibling(t);
    EXPECT_FALSE(world.supervisor.is_recalled(VcpuId{0})) << "somebody else has taken it";
    const Caller b_again = world.dispatch(1);
    EXPECT_EQ(b_again.thread, b.thread);
    ASSERT_TRUE(world.last(1).reply.has_value());
    EXPECT_EQ(world.last(1).out_address, event_address);
    const auto told = std::get<pd_thread_event>(world.last(1).reply->out);
    EXPECT_EQ(told.thread, other);
    EXPECT_EQ(told.parameter, 7U) << "a new thread has its creator's";
}

TEST_F(ThreadManagers, a_loan_is_recalled_for_what_matters_as_much)
{
    const pd_thread_event event = take(a);
    Caller t = run(a, event.thread, PD_FOREVER, 5);
    sibling(t);
    EXPECT_FALSE(world.supervisor.is_recalled(VcpuId{0})) << "its parameter is 0";
    EXPECT_TRUE(world.supervisor.vcpus_to_recall().empty());
    world.call_plan(t, ThreadSetParameter{0, 5});
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_WAITS} | PD_RUN_NEWS);
    EXPECT_EQ(take(a).parameter, 0U) << "in the order in which they came";
    EXPECT_EQ(take(a).parameter, 5U);
    t = run(a, event.thread, PD_FOREVER, 5);
    sibling(t);
    EXPECT_TRUE(world.supervisor.is_recalled(VcpuId{0}));
    EXPECT_EQ(world.supervisor.vcpus_to_recall(), std::vector<VcpuId>{VcpuId{0}});
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_RECALLED} | PD_RUN_NEWS);
    EXPECT_EQ(take(a).parameter, 5U);
}

TEST_F(ThreadManagers, a_thread_that_sets_its_own_parameter_is_told_of_anew)
{
    const pd_thread_event event = take(a);
    Caller t = run(a, event.thread);
    EXPECT_EQ(world.status(t, ThreadSetParameter{event.thread, 0}), PD_OK) << "nothing new";
    t = set_parameter(t, 9);
    EXPECT_EQ(world.last(0).reply->status, PD_OK) << "its call returns";
    const std::uint64_t other = sibling(t);
    EXPECT_EQ(world.status(t, ThreadSetParameter{other, 3}), PD_OK) << "and this one goes on";
    EXPECT_EQ(world.status(out, ThreadSetParameter{other, 3}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(out, ThreadSetParameter{0, 3}), PD_OK) << "without a manager";
    world.call_plan(t, ThreadYield{});
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_YIELDED} | PD_RUN_NEWS);
    EXPECT_EQ(take(a).parameter, 3U);
}

TEST_F(ThreadManagers, G11_only_a_manager_runs_threads_and_only_its_own)
{
    const pd_thread_event event = take(a);
    const auto foreign = static_cast<std::uint64_t>(out.thread);
    EXPECT_EQ(world.status(out, ThreadRun{event.thread, PD_FOREVER, 0}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(out, ThreadTake{event_address, 0}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(out, ThreadOffer{event.thread}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(a, ThreadRun{foreign, PD_FOREVER, 0}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(a, ThreadRun{static_cast<std::uint64_t>(a.thread), PD_FOREVER, 0}),
              PD_NOT_PERMITTED)
        << "itself";
    EXPECT_EQ(world.status(a, ThreadSetParameter{event.thread, 1}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, ThreadRun{0, PD_FOREVER, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, ThreadRun{event.thread, 0, 0}), PD_BAD_ARGUMENT);
}

TEST_F(ThreadManagers, an_end_of_the_borrower_gives_the_vcpu_back)
{
    const pd_thread_event event = take(a);
    const Caller t = run(a, event.thread);
    const std::uint64_t other = sibling(t);
    world.call_plan(t, ThreadExit{0});
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_ENDED} | PD_RUN_NEWS);
    EXPECT_EQ(world.status(a, ThreadRun{event.thread, PD_FOREVER, 0}), PD_NOT_READY)
        << "ended, and to be joined";
    EXPECT_EQ(take(a).thread, other);
    run(a, other);
    world.supervisor.stop_domain(worker);
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(reason(0), PD_RUN_ENDED);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.status(a, ThreadRun{other, PD_FOREVER, 0}), PD_BAD_HANDLE);
}

TEST_F(ThreadManagers, a_borrower_stopped_before_it_ran_gives_the_vcpu_back)
{
    const pd_thread_event event = take(a);
    EXPECT_EQ(world.call_plan(a, ThreadRun{event.thread, PD_FOREVER, 0}).disposition,
              Disposition::reschedule);
    EXPECT_FALSE(world.supervisor.is_stuck());
    world.supervisor.stop_domain(worker);
    world.check();
    EXPECT_EQ(reason(0), PD_RUN_ENDED);
}

TEST_F(ThreadManagers, G11_threads_of_a_manager_that_ends_are_told_anew_to_its_successor)
{
    const pd_thread_event event = take(a);
    const Caller t = run(a, event.thread);
    const std::uint64_t held = sibling(t);
    EXPECT_EQ(world.supervisor.stop_domain(manager), std::vector<VcpuId>{VcpuId{0}});
    world.check();
    EXPECT_TRUE(world.supervisor.is_recalled(VcpuId{0})) << "nobody waits for it";
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_FALSE(world.try_dispatch(0).has_value());
    EXPECT_EQ(world.release_quiescent(), 1U);
    world.supervisor.restart_domain(manager);
    world.start_domain(manager);
    a = world.dispatch(0);
    EXPECT_EQ(take(a).thread, held);
    EXPECT_EQ(take(a).thread, event.thread);
    EXPECT_FALSE(has_news(a));
}

TEST_F(ThreadManagers, a_manager_stopped_between_choice_and_run_loses_nothing)
{
    const pd_thread_event event = take(a);
    EXPECT_EQ(world.call_plan(a, ThreadRun{event.thread, PD_FOREVER, 0}).disposition,
              Disposition::reschedule);
    world.supervisor.stop_domain(manager);
    world.check();
    EXPECT_FALSE(world.try_dispatch(0).has_value());
    EXPECT_EQ(world.release_quiescent(), 1U);
    world.supervisor.restart_domain(manager);
    world.start_domain(manager);
    a = world.dispatch(0);
    EXPECT_EQ(take(a).thread, event.thread);
}

TEST_F(ThreadManagers, other_ready_threads_have_their_turn_between_loans)
{
    const pd_thread_event event = take(a);
    Caller t = run(a, event.thread);
    world.supervisor.leave(VcpuId{3}, world.now); // the outsider is ready
    world.call_plan(t, ThreadYield{});
    EXPECT_EQ(world.dispatch(0).domain, outsider);
    EXPECT_EQ(world.dispatch(3).domain, manager) << "and the lender goes on where there is room";
    EXPECT_EQ(world.last(3).reply->value, PD_RUN_YIELDED);
    out = world.here(world.last(0), 0);
}

TEST_F(ThreadManagers, an_offered_thread_is_told_to_another_loop)
{
    const pd_thread_event event = take(a);
    EXPECT_EQ(world.status(a, ThreadOffer{event.thread}), PD_OK);
    EXPECT_EQ(world.status(a, ThreadOffer{event.thread}), PD_OK) << "once more changes nothing";
    EXPECT_EQ(take(a).thread, event.thread);
    const Caller b = second_loop();
    world.call_plan(b, ThreadTake{event_address, PD_FOREVER});
    EXPECT_EQ(world.status(a, ThreadOffer{event.thread}), PD_OK);
    EXPECT_EQ(world.dispatch(1).thread, b.thread);
    EXPECT_EQ(std::get<pd_thread_event>(world.last(1).reply->out).thread, event.thread);
    run(world.here(world.last(1), 1), event.thread);
    EXPECT_EQ(world.status(a, ThreadOffer{event.thread}), PD_IN_USE);
}

TEST_F(ThreadManagers, a_manager_with_nobody_left_is_told_so)
{
    const Caller b = second_loop();
    take(b);
    world.call_plan(b, ThreadTake{event_address, PD_FOREVER});
    EXPECT_FALSE(world.try_dispatch(1).has_value());
    world.supervisor.stop_domain(worker);
    EXPECT_FALSE(world.try_dispatch(1).has_value()) << "it might be started again";
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.dispatch(1).thread, b.thread);
    EXPECT_EQ(world.last(1).reply->status, PD_NOT_RUNNING);
    EXPECT_EQ(world.status(a, ThreadTake{event_address, PD_FOREVER}), PD_NOT_RUNNING);
}

TEST_F(ThreadManagers, a_managers_children_are_its_own_to_run)
{
    DomainCreate create;
    create.name = "child";
    create.quota = {};
    create.stack_commit = page;
    const std::uint64_t handle = world.value(a, create);
    const DomainId child = world.start_child(handle);
    EXPECT_EQ(take(a).domain, world.supervisor.handle(worker));
    const pd_thread_event event = take(a);
    EXPECT_EQ(event.domain, handle);
    const Caller t = run(a, event.thread);
    EXPECT_EQ(t.domain, child);
}

TEST_F(ThreadManagers, a_fault_whose_handler_is_asked_ends_the_loan)
{
    world.supervisor.set_fault_handler(worker, outsider, true);
    const pd_thread_event event = take(a);
    const Caller t = run(a, event.thread);
    const std::uint64_t other = sibling(t);
    const auto fault = world.supervisor.suspend_faulting(VcpuId{0}, world.now, 100);
    ASSERT_TRUE(fault.has_value());
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_FAULTED} | PD_RUN_NEWS);
    EXPECT_EQ(take(a).thread, other);
    EXPECT_EQ(world.call_plan(a, ThreadRun{other, PD_FOREVER, 0}).disposition,
              Disposition::reschedule);
    EXPECT_EQ(reason(0), PD_RUN_WAITS) << "all threads of the domain are suspended";
    EXPECT_EQ(world.status(out, FaultResume{*fault, false}), PD_OK);
    EXPECT_TRUE(has_news(a));
    EXPECT_TRUE(has_news(a));
    EXPECT_FALSE(has_news(a));
}

TEST_F(ThreadManagers, a_fault_that_nobody_answers_needs_no_manager)
{
    world.supervisor.set_fault_handler(worker, outsider, false);
    const pd_thread_event event = take(a);
    run(a, event.thread);
    ASSERT_TRUE(world.supervisor.suspend_faulting(VcpuId{0}, world.now, 100).has_value());
    EXPECT_EQ(reason(0), PD_RUN_FAULTED);
    world.now += 100;
    const Caller back = world.dispatch(1);
    EXPECT_EQ(static_cast<std::uint64_t>(back.thread), event.thread);
    EXPECT_NE(world.last(1).unanswered_fault, 0U);
}

TEST_F(ThreadManagers, time_that_counts_unless_alone_ends_only_with_news)
{
    const pd_thread_event event = take(a);
    EXPECT_EQ(world.status(a, ThreadRun{event.thread, PD_SLICE_UNLESS_ALONE, 0}), PD_BAD_ARGUMENT);
    const Caller t = run(a, event.thread, 500 | PD_SLICE_UNLESS_ALONE);
    EXPECT_EQ(world.last(0).slice, 500U);
    EXPECT_TRUE(world.last(0).is_slice_unless_alone);
    EXPECT_FALSE(world.supervisor.has_news(VcpuId{0}));
    sibling(t);
    EXPECT_TRUE(world.supervisor.has_news(VcpuId{0}));
    EXPECT_FALSE(world.supervisor.is_recalled(VcpuId{0}));
}

// ---- a wait that is over before the manager has heard of it
// -------------------------------------------------------------

TEST_F(ThreadManagers, who_can_run_again_before_its_manager_could_goes_on)
{
    const pd_thread_event event = take(a);
    const Caller t = run(a, event.thread);
    world.call_plan(t, ThreadSleep{100});
    world.now += 100;
    const Caller again = world.dispatch(0);
    EXPECT_EQ(again.thread, t.thread) << "the manager did not learn that it slept";
    EXPECT_TRUE(world.last(0).is_lent);
    EXPECT_EQ(world.last(0).reply->status, PD_OK);
    world.check();
    world.call_plan(again, ThreadYield{});
    EXPECT_EQ(reason(0), PD_RUN_YIELDED);
}

TEST_F(ThreadManagers, but_not_when_there_is_other_news_or_its_time_is_limited)
{
    const pd_thread_event event = take(a);
    Caller t = run(a, event.thread, 500);
    world.call_plan(t, ThreadSleep{100});
    world.now += 100;
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_WAITS} | PD_RUN_NEWS);
    EXPECT_EQ(take(a).thread, event.thread);
    t = run(a, event.thread);
    sibling(t);
    world.call_plan(t, ThreadSleep{100});
    world.now += 100;
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_WAITS} | PD_RUN_NEWS);
    take(a);
    EXPECT_EQ(take(a).thread, event.thread);
}

TEST_F(ThreadManagers, nor_when_its_parameter_has_changed)
{
    const pd_thread_event event = take(a);
    const Caller b = second_loop();
    const Caller t = run(a, event.thread);
    const std::uint64_t other = sibling(t);
    EXPECT_EQ(take(b).thread, other);
    const Caller s = run(b, other);
    world.call_plan(t, ThreadSleep{100});
    EXPECT_EQ(world.status(s, ThreadSetParameter{event.thread, 4}), PD_OK);
    world.now += 100;
    EXPECT_EQ(reason(0), std::uint64_t{PD_RUN_WAITS} | PD_RUN_NEWS);
    EXPECT_EQ(take(a).parameter, 4U);
}

} // namespace
} // namespace glacis::supervisor::test
