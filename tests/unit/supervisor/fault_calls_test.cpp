// Faults that another domain is asked about: fault_wait, fault_read, fault_resume, fault_end, and
// what becomes of those that nobody answers.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

class FaultCalls : public ::testing::Test {
public:
    FaultCalls()
    {
        handler = world.add_domain("handler");
        culprit = world.add_domain("culprit");
        other = world.add_domain("other");
        world.supervisor.set_fault_handler(culprit, handler, false);
        a = world.dispatch(0);
        b = world.dispatch(1);
        c = world.dispatch(2);
    }
    ~FaultCalls() override { world.check_idle(); }

    std::uint64_t fault_on(std::uint32_t vcpu, std::uint64_t timeout = 1000)
    {
        const auto fault = world.supervisor.suspend_faulting(VcpuId{vcpu}, world.now, timeout);
        EXPECT_TRUE(fault.has_value());
        world.check();
        return fault.value_or(0);
    }
    /// Another thread of b's domain, ready.
    std::uint64_t sibling()
    {
        ThreadCreate create;
        create.entry = world.code(culprit);
        create.stack = world.value(b, StackAlloc{page, 0, 0, PD_SELF});
        return world.value(b, create);
    }

    World world;
    DomainId handler{};
    DomainId culprit{};
    DomainId other{};
    Caller a;
    Caller b;
    Caller c;
};

TEST_F(FaultCalls, a_waiting_handler_is_told_at_once)
{
    EXPECT_EQ(world.call_plan(a, FaultWait{PD_FOREVER}).disposition, Disposition::reschedule);
    const std::uint64_t fault = fault_on(1);
    a = world.dispatch(0);
    EXPECT_EQ(a.domain, handler);
    EXPECT_EQ(world.last(0).reply->status, PD_OK);
    EXPECT_EQ(world.last(0).reply->value, fault);
    EXPECT_EQ(world.status(a, FaultRead{fault}), PD_OK);
    EXPECT_FALSE(world.try_dispatch(1).has_value()) << "the culprit waits";
    EXPECT_EQ(world.status(a, FaultResume{fault, false}), PD_OK);
    EXPECT_EQ(world.dispatch(1).thread, b.thread);
    EXPECT_EQ(world.last(1).unanswered_fault, 0U);
    EXPECT_FALSE(world.last(1).reply.has_value()) << "its registers stay as they were";
}

TEST_F(FaultCalls, a_fault_waits_for_its_handler_and_is_told_once)
{
    const std::uint64_t fault = fault_on(1);
    EXPECT_EQ(world.value(a, FaultWait{0}), fault);
    EXPECT_EQ(world.call_plan(a, FaultWait{100}).disposition, Disposition::reschedule);
    world.now += 100;
    a = world.dispatch(0);
    EXPECT_EQ(world.last(0).reply->status, PD_TIMED_OUT);
    EXPECT_EQ(world.status(a, FaultRead{fault}), PD_OK) << "any thread of it may look again";
    EXPECT_EQ(world.status(a, FaultResume{fault, false}), PD_OK);
}

TEST_F(FaultCalls, only_the_handler_answers_and_only_once)
{
    const std::uint64_t fault = fault_on(1);
    for (const std::uint64_t bad : {std::uint64_t{0}, fault + 1, UINT64_MAX}) {
        EXPECT_EQ(world.status(a, FaultRead{bad}), PD_BAD_HANDLE);
        EXPECT_EQ(world.status(a, FaultResume{bad, false}), PD_BAD_HANDLE);
        EXPECT_EQ(world.status(a, FaultEnd{bad}), PD_BAD_HANDLE);
    }
    EXPECT_EQ(world.status(c, FaultRead{fault}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(c, FaultResume{fault, false}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(c, FaultEnd{fault}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, FaultResume{fault, true}), PD_NOT_PERMITTED) << "not its child";
    EXPECT_TRUE(world.supervisor.is_pending(fault));
    EXPECT_EQ(world.status(a, FaultResume{fault, false}), PD_OK);
    EXPECT_EQ(world.status(a, FaultResume{fault, false}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, FaultEnd{fault}), PD_BAD_HANDLE);
    world.dispatch(1);
    EXPECT_NE(fault_on(1), fault) << "no handle comes twice";
}

TEST_F(FaultCalls, without_an_answer_the_thread_comes_back_with_its_fault)
{
    const std::uint64_t fault = fault_on(1, 50);
    EXPECT_EQ(world.supervisor.next_deadline(), world.now + 50);
    EXPECT_FALSE(world.supervisor.is_stuck());
    world.now += 50;
    EXPECT_EQ(world.dispatch(1).thread, b.thread);
    EXPECT_EQ(world.last(1).unanswered_fault, fault);
    EXPECT_FALSE(world.supervisor.is_pending(fault));
    EXPECT_EQ(world.status(a, FaultResume{fault, false}), PD_BAD_HANDLE);
}

TEST_F(FaultCalls, an_answer_counts_until_the_policy_has_been_applied)
{
    const std::uint64_t fault = fault_on(1, 50);
    world.now += 60;
    const Caller someone = world.dispatch(3); // wakes whose time is over
    EXPECT_EQ(someone.thread, b.thread);
    EXPECT_EQ(world.last(3).unanswered_fault, fault);
    world.supervisor.leave(VcpuId{3}, world.now);
    b = world.dispatch(1);
    const std::uint64_t second = fault_on(1, 50);
    world.call_plan(c, ThreadYield{}); // ready before it
    world.now += 60;
    EXPECT_EQ(world.dispatch(2).thread, c.thread);
    EXPECT_EQ(world.status(a, FaultResume{second, false}), PD_OK);
    world.dispatch(1);
    EXPECT_EQ(world.last(1).unanswered_fault, 0U);
    EXPECT_FALSE(world.last(1).reply.has_value());
}

TEST_F(FaultCalls, a_handler_that_ends_answers_nothing_any_more)
{
    const std::uint64_t fault = fault_on(1, PD_FOREVER);
    world.supervisor.stop_domain(handler);
    EXPECT_EQ(world.dispatch(1).thread, b.thread);
    EXPECT_EQ(world.last(1).unanswered_fault, fault);
    EXPECT_FALSE(world.supervisor.suspend_faulting(VcpuId{1}, world.now, 1000).has_value())
        << "nobody is there to be asked";
    world.supervisor.leave(VcpuId{0}, world.now);
    world.release_quiescent();
}

TEST_F(FaultCalls, faults_end_with_their_domain)
{
    const std::uint64_t fault = fault_on(1);
    world.supervisor.stop_domain(culprit);
    EXPECT_FALSE(world.supervisor.is_pending(fault));
    EXPECT_EQ(world.status(a, FaultRead{fault}), PD_BAD_HANDLE);
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(FaultCalls, after_an_end_the_domain_is_stopped_in_the_same_step)
{
    const std::uint64_t fault = fault_on(1);
    ASSERT_EQ(world.begin(a, FaultEnd{fault}).reply.status, PD_OK);
    world.supervisor.stop_domain(culprit);
    world.check();
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(FaultCalls, other_threads_go_on_unless_the_domain_is_suspended)
{
    sibling();
    const Caller running = world.dispatch(3);
    fault_on(1);
    EXPECT_FALSE(world.supervisor.is_suspended(culprit));
    EXPECT_TRUE(world.supervisor.vcpus_to_leave().empty());
    world.supervisor.leave(VcpuId{3}, world.now);
    EXPECT_EQ(world.dispatch(3).thread, running.thread);
}

TEST_F(FaultCalls, a_suspended_domain_stops_until_its_last_fault_is_answered)
{
    world.supervisor.set_fault_handler(culprit, handler, true);
    sibling();
    sibling();
    const Caller second = world.dispatch(3);
    const std::uint64_t fault = fault_on(1);
    EXPECT_TRUE(world.supervisor.is_suspended(culprit));
    EXPECT_EQ(world.supervisor.vcpus_to_leave(), (std::vector<VcpuId>{VcpuId{3}}));
    const std::uint64_t another = fault_on(3); // before it has left
    EXPECT_TRUE(world.supervisor.vcpus_to_leave().empty());
    EXPECT_FALSE(world.try_dispatch(1).has_value()) << "the third is ready, and may not run";
    world.check();
    EXPECT_EQ(world.status(a, FaultResume{fault, false}), PD_OK);
    EXPECT_FALSE(world.try_dispatch(1).has_value());
    EXPECT_EQ(world.status(a, FaultResume{another, false}), PD_OK);
    EXPECT_FALSE(world.supervisor.is_suspended(culprit));
    std::set<ThreadId> threads;
    for (const std::uint32_t vcpu : {1U, 3U}) {
        threads.insert(world.dispatch(vcpu).thread);
        world.supervisor.leave(VcpuId{vcpu}, world.now);
        threads.insert(world.dispatch(vcpu).thread);
    }
    EXPECT_TRUE(threads.contains(b.thread));
    EXPECT_TRUE(threads.contains(second.thread));
    EXPECT_EQ(threads.size(), 3U);
}

TEST_F(FaultCalls, a_reply_survives_a_suspension)
{
    world.supervisor.set_fault_handler(culprit, handler, true);
    sibling();
    const Caller sleeper = world.dispatch(3);
    world.call_plan(sleeper, FaultWait{10}); // times out
    const std::uint64_t fault = fault_on(1);
    world.now += 10;
    EXPECT_FALSE(world.try_dispatch(3).has_value());
    EXPECT_EQ(world.status(a, FaultResume{fault, false}), PD_OK);
    Caller next = world.dispatch(3);
    if (next.thread != sleeper.thread) {
        next = world.dispatch(1);
    }
    EXPECT_EQ(next.thread, sleeper.thread);
    const std::uint32_t vcpu = static_cast<std::uint32_t>(next.vcpu);
    EXPECT_EQ(world.last(vcpu).reply->status, PD_TIMED_OUT);
}

TEST_F(FaultCalls, a_suspended_domain_can_be_stopped)
{
    world.supervisor.set_fault_handler(culprit, handler, true);
    sibling();
    fault_on(1);
    EXPECT_FALSE(world.try_dispatch(1).has_value());
    world.supervisor.stop_domain(culprit);
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(FaultCalls, a_parent_may_change_the_registers_of_its_child)
{
    DomainCreate request;
    request.quota = {4 * page, 2, 6 * page, 2, 4, 0};
    request.memory = 2 * page;
    request.stack_commit = page;
    const std::uint64_t handle = world.value(a, request);
    const DomainId child = world.start_child(handle);
    world.supervisor.set_fault_handler(child, handler, false);
    ASSERT_EQ(world.dispatch(3).domain, child);
    const std::uint64_t fault = fault_on(3);
    EXPECT_EQ(world.status(a, FaultResume{fault, true}), PD_OK);
    world.dispatch(3);
    const std::uint64_t second = fault_on(3);
    EXPECT_EQ(world.call_plan(a, DomainDestroy{handle}).disposition, Disposition::reschedule);
    EXPECT_FALSE(world.supervisor.is_pending(second)) << "it went with its domain";
    world.release_quiescent();
}

} // namespace
} // namespace glacis::supervisor::test
