// thread_create, exit, join, yield, sleep, wait, wake, self, and the round robin behind them.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

class ThreadCalls : public ::testing::Test {
public:
    ThreadCalls()
    {
        Quota quota;
        quota.threads = 4;
        domain = world.add_domain("domain", quota);
        main = world.dispatch(0);
    }
    ~ThreadCalls() override { world.check_idle(); }

    [[nodiscard]] ThreadCreate create_request(std::uint64_t stack, std::uint64_t flags = 0) const
    {
        ThreadCreate create;
        create.entry = world.code(domain) + 8;
        create.argument = 42;
        create.stack = stack;
        create.flags = flags;
        create.name = "worker";
        return create;
    }
    std::uint64_t new_stack()
    {
        return world.value(main, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
    }
    std::uint64_t create(std::uint64_t flags = 0)
    {
        return world.value(main, create_request(new_stack(), flags));
    }
    /// The caller must be off its vCPU afterwards.
    void blocks(const Caller& caller, const Request& request)
    {
        const Plan plan = world.call_plan(caller, request);
        EXPECT_EQ(plan.disposition, Disposition::reschedule);
        EXPECT_EQ(plan.reply.status, PD_OK);
    }
    /// The reply with which the next thread on `vcpu` goes on.
    std::pair<Caller, Reply> resumed(std::uint32_t vcpu)
    {
        const Caller caller = world.dispatch(vcpu);
        EXPECT_TRUE(world.last(vcpu).reply.has_value());
        return {caller, world.last(vcpu).reply.value_or(Reply{PD_STATUS_COUNT, 0, {}})};
    }

    World world;
    DomainId domain{};
    Caller main;
};

TEST_F(ThreadCalls, a_created_thread_starts_at_its_entry_on_top_of_its_stack)
{
    ThreadCreate request = create_request(new_stack());
    request.thread_pointer = 0x1234;
    const std::uint64_t handle = world.value(main, request);
    const Caller worker = world.dispatch(1);
    EXPECT_EQ(worker.thread, ThreadId{handle});
    const Dispatch& dispatch = world.last(1);
    ASSERT_TRUE(dispatch.start.has_value());
    EXPECT_EQ(dispatch.start->entry, world.code(domain) + 8);
    EXPECT_EQ(dispatch.start->argument, 42U);
    EXPECT_EQ(dispatch.start->stack_pointer, request.stack + world.layout.stack_slot);
    EXPECT_EQ(dispatch.start->thread_pointer, 0x1234U);
    EXPECT_EQ(dispatch.stack, StackId{request.stack});
    EXPECT_EQ(world.supervisor.thread_name(worker.thread), "worker");
    EXPECT_EQ(world.supervisor.thread_number(worker.thread), 1U);
    EXPECT_EQ(world.value(worker, ThreadSelf{}), handle);
    world.supervisor.leave(VcpuId{1}, world.now);
    world.dispatch(1);
    EXPECT_FALSE(world.last(1).start.has_value()) << "it starts once";
}

TEST_F(ThreadCalls, create_refuses_each_bad_argument_with_its_own_status)
{
    world.add_domain("other");
    const Caller other = world.dispatch(1);
    const std::uint64_t stack = new_stack();
    const std::uint64_t foreign = world.value(other, StackAlloc{page, 0, PD_ANY_SLOT, 0});
    const std::string before = snapshot(world);
    const auto status = [&](auto change) {
        ThreadCreate request = create_request(stack);
        change(request);
        return world.status(main, request);
    };
    EXPECT_EQ(status([](ThreadCreate& it) { it.flags = 2; }), PD_BAD_ARGUMENT);
    EXPECT_EQ(status([&](ThreadCreate& it) { it.entry = world.data(domain); }), PD_BAD_ARGUMENT);
    EXPECT_EQ(status([](ThreadCreate& it) { it.entry = 0; }), PD_BAD_ARGUMENT);
    EXPECT_EQ(status([](ThreadCreate& it) { it.entry = ~std::uint64_t{0}; }), PD_BAD_ARGUMENT);
    EXPECT_EQ(status([](ThreadCreate& it) { it.thread_pointer = std::uint64_t{1} << 63; }),
              PD_BAD_ARGUMENT);
    EXPECT_EQ(status([](ThreadCreate& it) { it.stack = 0; }), PD_BAD_HANDLE);
    EXPECT_EQ(status([](ThreadCreate& it) { it.stack += page; }), PD_BAD_HANDLE);
    EXPECT_EQ(status([&](ThreadCreate& it) { it.stack = foreign; }), PD_NOT_PERMITTED)
        << "managing a stack is not having made it";
    EXPECT_EQ(status([&](ThreadCreate& it) {
                  it.stack = static_cast<std::uint64_t>(world.last(0).stack);
              }),
              PD_IN_USE);
    EXPECT_EQ(snapshot(world), before);
    create();
    create();
    create();
    EXPECT_EQ(status([](ThreadCreate&) {}), PD_QUOTA_THREADS);
}

TEST_F(ThreadCalls, two_threads_never_share_a_stack)
{
    const std::uint64_t stack = new_stack();
    EXPECT_EQ(world.status(main, create_request(stack)), PD_OK);
    EXPECT_EQ(world.status(main, create_request(stack)), PD_IN_USE);
}

TEST_F(ThreadCalls, join_waits_for_the_value)
{
    const std::uint64_t handle = create();
    blocks(main, ThreadJoin{handle, PD_FOREVER});
    const Caller worker = world.dispatch(1);
    blocks(worker, ThreadExit{77});
    const auto [caller, reply] = resumed(0);
    EXPECT_EQ(caller.thread, main.thread);
    EXPECT_EQ(reply.status, PD_OK);
    EXPECT_EQ(reply.value, 77U);
    EXPECT_EQ(world.status(caller, ThreadJoin{handle, PD_FOREVER}), PD_BAD_HANDLE) << "once";
    EXPECT_EQ(world.supervisor.usage(domain).threads.current, 1U);
}

TEST_F(ThreadCalls, join_of_an_ended_thread_takes_its_value_once)
{
    const std::uint64_t handle = create();
    blocks(world.dispatch(1), ThreadExit{5});
    EXPECT_EQ(world.supervisor.usage(domain).threads.current, 2U);
    EXPECT_EQ(world.value(main, ThreadJoin{handle, 0}), 5U);
    EXPECT_EQ(world.supervisor.usage(domain).threads.current, 1U);
    EXPECT_EQ(world.status(main, ThreadJoin{handle, 0}), PD_BAD_HANDLE);
}

TEST_F(ThreadCalls, a_handle_that_outlived_its_thread_names_nobody)
{
    const std::uint64_t old = create();
    blocks(world.dispatch(1), ThreadExit{0});
    world.value(main, ThreadJoin{old, 0});
    const std::uint64_t fresh = create();
    EXPECT_NE(fresh, old);
    EXPECT_EQ(world.status(main, ThreadJoin{old, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.supervisor.thread_name(ThreadId{old}), "");
    EXPECT_EQ(world.supervisor.thread_number(ThreadId{old}), UINT64_MAX);
}

TEST_F(ThreadCalls, join_refuses_self_strangers_detached_threads_and_a_second_joiner)
{
    world.add_domain("other");
    const Caller other = world.dispatch(1);
    EXPECT_EQ(world.status(main, ThreadJoin{static_cast<std::uint64_t>(main.thread), 0}),
              PD_DEADLOCK);
    EXPECT_EQ(world.status(main, ThreadJoin{static_cast<std::uint64_t>(other.thread), 0}),
              PD_BAD_HANDLE);
    EXPECT_EQ(world.status(main, ThreadJoin{0, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(main, ThreadJoin{~std::uint64_t{0}, 0}), PD_BAD_HANDLE);
    const std::uint64_t detached = create(PD_THREAD_DETACHED);
    EXPECT_EQ(world.status(main, ThreadJoin{detached, 0}), PD_BAD_HANDLE);
    const std::uint64_t target = create();
    create();
    world.dispatch(2); // the detached one
    world.supervisor.leave(VcpuId{2}, world.now);
    const Caller joined = world.dispatch(2);
    ASSERT_EQ(joined.thread, ThreadId{target});
    const Caller third = world.dispatch(3);
    blocks(third, ThreadJoin{target, PD_FOREVER});
    EXPECT_EQ(world.status(main, ThreadJoin{target, PD_FOREVER}), PD_BAD_HANDLE);
}

TEST_F(ThreadCalls, join_gives_up_when_its_time_is_over)
{
    const std::uint64_t handle = create();
    world.dispatch(1);
    blocks(main, ThreadJoin{handle, 50});
    EXPECT_EQ(world.supervisor.next_deadline(), world.now + 50);
    world.now += 49;
    EXPECT_FALSE(world.try_dispatch(0).has_value());
    world.now += 1;
    const auto [caller, reply] = resumed(0);
    EXPECT_EQ(reply.status, PD_TIMED_OUT);
    // Nobody waits any more: the thread can be joined again.
    blocks(caller, ThreadJoin{handle, PD_FOREVER});
}

TEST_F(ThreadCalls, yield_lets_all_other_ready_threads_run_first)
{
    const std::uint64_t one = create();
    const std::uint64_t two = create();
    blocks(main, ThreadYield{});
    EXPECT_EQ(world.dispatch(0).thread, ThreadId{one});
    EXPECT_EQ(world.dispatch(1).thread, ThreadId{two});
    const auto [caller, reply] = resumed(2);
    EXPECT_EQ(caller.thread, main.thread);
    EXPECT_EQ(reply.status, PD_OK);
}

TEST_F(ThreadCalls, preempted_threads_go_round_robin_without_a_reply)
{
    const std::uint64_t one = create();
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.dispatch(0).thread, ThreadId{one});
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.dispatch(0).thread, main.thread);
    EXPECT_FALSE(world.last(0).reply.has_value());
    EXPECT_TRUE(world.supervisor.has_ready());
}

TEST_F(ThreadCalls, sleepers_wake_in_the_order_of_their_deadlines)
{
    create();
    const Caller worker = world.dispatch(1);
    blocks(main, ThreadSleep{100});
    blocks(worker, ThreadSleep{40});
    EXPECT_EQ(world.supervisor.next_deadline(), world.now + 40);
    EXPECT_FALSE(world.supervisor.has_ready());
    EXPECT_FALSE(world.supervisor.is_stuck());
    world.now += 500;
    const auto [first, first_reply] = resumed(0);
    EXPECT_EQ(first.thread, worker.thread);
    EXPECT_EQ(first_reply.status, PD_OK);
    EXPECT_EQ(world.dispatch(1).thread, main.thread);
    EXPECT_FALSE(world.supervisor.next_deadline().has_value());
}

TEST_F(ThreadCalls, a_sleep_past_the_end_of_time_never_ends)
{
    blocks(main, ThreadSleep{PD_FOREVER - 10});
    EXPECT_FALSE(world.supervisor.next_deadline().has_value());
    EXPECT_TRUE(world.supervisor.is_stuck());
}

TEST_F(ThreadCalls, wait_sleeps_until_woken_when_the_word_is_as_expected)
{
    const std::uint64_t word = world.data(domain) + 4;
    world.machine.write(word, 9);
    EXPECT_EQ(world.status(main, ThreadWait{word, 8, PD_FOREVER}), PD_TRY_AGAIN);
    create();
    const Caller worker = world.dispatch(1);
    blocks(main, ThreadWait{word, 9, PD_FOREVER});
    EXPECT_FALSE(world.supervisor.next_deadline().has_value());
    EXPECT_EQ(world.value(worker, ThreadWake{word + 4, 10}), 0U);
    EXPECT_EQ(world.value(worker, ThreadWake{word, 0}), 0U);
    EXPECT_EQ(world.value(worker, ThreadWake{word, 10}), 1U);
    EXPECT_EQ(world.value(worker, ThreadWake{word, 10}), 0U);
    const auto [caller, reply] = resumed(0);
    EXPECT_EQ(caller.thread, main.thread);
    EXPECT_EQ(reply.status, PD_OK);
}

TEST_F(ThreadCalls, wait_looks_at_the_lower_half_of_the_expected_value_alone)
{
    const std::uint64_t word = world.data(domain);
    world.machine.write(word, 0xffff'fffe);
    blocks(main, ThreadWait{word, ~std::uint64_t{0} - 1, PD_FOREVER});
}

TEST_F(ThreadCalls, wait_times_out_and_is_not_woken_twice)
{
    const std::uint64_t word = world.data(domain);
    blocks(main, ThreadWait{word, 0, 25});
    world.now += 25;
    const auto [caller, reply] = resumed(0);
    EXPECT_EQ(reply.status, PD_TIMED_OUT);
    EXPECT_EQ(world.value(caller, ThreadWake{word, 5}), 0U);
}

TEST_F(ThreadCalls, wake_takes_those_first_that_waited_longest)
{
    const std::uint64_t word = world.data(domain);
    const std::uint64_t one = create();
    const std::uint64_t two = create();
    const std::uint64_t three = create();
    for (std::uint32_t vcpu = 1; vcpu <= 3; ++vcpu) {
        blocks(world.dispatch(vcpu), ThreadWait{word, 0, PD_FOREVER});
    }
    EXPECT_EQ(world.value(main, ThreadWake{word, 2}), 2U);
    EXPECT_EQ(world.dispatch(1).thread, ThreadId{one});
    EXPECT_EQ(world.dispatch(2).thread, ThreadId{two});
    EXPECT_FALSE(world.try_dispatch(3).has_value());
    EXPECT_EQ(world.value(main, ThreadWake{word, ~std::uint64_t{0}}), 1U);
    EXPECT_EQ(world.dispatch(3).thread, ThreadId{three});
}

TEST_F(ThreadCalls, wait_and_wake_refuse_bad_words)
{
    world.add_domain("other");
    const std::uint64_t foreign = world.data(DomainId{1});
    for (const std::uint64_t address :
         {std::uint64_t{0}, foreign, ~std::uint64_t{3}, world.layout.memory.end - 4,
          world.layout.stack_area.begin}) {
        EXPECT_EQ(world.status(main, ThreadWait{address, 0, 0}), PD_BAD_POINTER);
        EXPECT_EQ(world.status(main, ThreadWake{address, 1}), PD_BAD_POINTER);
    }
    EXPECT_EQ(world.status(main, ThreadWait{world.data(domain) + 2, 0, 0}), PD_MISALIGNED);
    EXPECT_EQ(world.status(main, ThreadWake{world.data(domain) + 1, 0}), PD_MISALIGNED);
}

TEST_F(ThreadCalls, domains_that_share_a_page_wake_each_other)
{
    world.add_domain("other");
    const Caller other = world.dispatch(1);
    const std::uint64_t word = world.data(domain);
    world.value(main, MemorySetPerm{page_floor(word), page, PD_PERM_READ, 1, 0});
    blocks(other, ThreadWait{word, 0, PD_FOREVER});
    EXPECT_EQ(world.value(main, ThreadWake{word, 1}), 1U);
    EXPECT_EQ(world.dispatch(1).thread, other.thread);
}

TEST_F(ThreadCalls, the_end_of_a_detached_thread_releases_its_stack)
{
    const std::uint64_t stack = new_stack();
    world.value(main, create_request(stack, PD_THREAD_DETACHED));
    const Caller worker = world.dispatch(1);
    const Plan ending = world.begin(worker, ThreadExit{0});
    ASSERT_FALSE(ending.is_final);
    EXPECT_EQ(world.supervisor.facts(domain, stack).slot.active_on, no_vcpu);
    EXPECT_EQ(world.supervisor.facts(domain, stack).slot.state, SlotFacts::State::changing);
    const Plan ended = world.perform(ending);
    EXPECT_EQ(ended.disposition, Disposition::reschedule);
    EXPECT_EQ(world.supervisor.facts(domain, stack).slot.state, SlotFacts::State::freed);
    EXPECT_EQ(world.supervisor.usage(domain).stacks.current, 1U);
    EXPECT_EQ(world.supervisor.usage(domain).threads.current, 1U);
}

TEST_F(ThreadCalls, the_end_of_a_detached_thread_on_another_stack_releases_its_home)
{
    const std::uint64_t home = new_stack();
    const std::uint64_t other = new_stack();
    world.value(main, create_request(home, PD_THREAD_DETACHED));
    const Caller worker = world.dispatch(1);
    ASSERT_EQ(world.status(worker, StackActivate{other, PD_THIS_VCPU}), PD_OK);
    blocks(worker, ThreadExit{0});
    EXPECT_EQ(world.supervisor.facts(domain, home).slot.state, SlotFacts::State::freed);
    EXPECT_EQ(world.supervisor.facts(domain, other).slot.state, SlotFacts::State::live);
    EXPECT_EQ(world.status(main, StackFree{other}), PD_OK);
}

TEST_F(ThreadCalls, a_stack_that_grows_while_its_detached_thread_ends_is_released_afterwards)
{
    const std::uint64_t stack = world.value(main, StackAlloc{page, 4 * page, 0, PD_SELF});
    world.value(main, create_request(stack, PD_THREAD_DETACHED));
    const Caller worker = world.dispatch(1);
    const Plan growing = world.begin(main, StackGrow{stack, 2 * page});
    const Plan ended = world.begin(worker, ThreadExit{0});
    EXPECT_TRUE(ended.is_final) << "the stack is being worked on: somebody else will release it";
    const Plan grown = world.perform(growing);
    EXPECT_EQ(grown.reply.status, PD_OK);
    EXPECT_EQ(grown.disposition, Disposition::resume);
    EXPECT_EQ(world.supervisor.facts(domain, stack).slot.state, SlotFacts::State::freed);
}

TEST_F(ThreadCalls, unjoined_threads_count_until_they_are_joined)
{
    for (int ended = 0; ended < 3; ++ended) {
        const std::uint64_t stack = new_stack();
        world.value(main, create_request(stack));
        blocks(world.dispatch(1), ThreadExit{0});
        world.value(main, StackFree{stack});
    }
    EXPECT_EQ(world.status(main, create_request(new_stack())), PD_QUOTA_THREADS);
}

TEST_F(ThreadCalls, a_system_of_waiting_threads_is_stuck)
{
    EXPECT_FALSE(world.supervisor.is_stuck());
    blocks(main, ThreadWait{world.data(domain), 0, PD_FOREVER});
    EXPECT_TRUE(world.supervisor.is_stuck());
    EXPECT_EQ(world.supervisor.live_domains(), 1U);
}

} // namespace
} // namespace glacis::supervisor::test
