// The default thread manager: when it is needed, what it gets, and that nobody reaches it.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t event_address = 0x1230;

/// Two vCPUs, and behind what is described two stacks and 16 pages for the manager.
Layout layout_with_manager()
{
    Layout layout = small_layout();
    layout.vcpus = 2;
    layout.manager_stacks = 2 * layout.stack_slot;
    layout.stack_area.end += layout.manager_stacks;
    layout.manager_memory = 16 * page;
    layout.memory.end += layout.manager_memory;
    return layout;
}

/// Three workers with a thread each, on two vCPUs.
class DefaultManager : public ::testing::Test {
public:
    DefaultManager() : world(layout_with_manager())
    {
        for (DomainId& worker : workers) {
            worker = world.supervisor.add_domain("worker", {});
        }
        manager = world.supervisor.add_default_manager("manager");
        for (const DomainId worker : workers) {
            world.supervisor.set_thread_manager(worker, manager);
        }
    }
    ~DefaultManager() override { world.check_idle(); }

    void start_workers(std::size_t count)
    {
        for (std::size_t index = 0; index < count; ++index) {
            world.start_domain(workers[index]);
        }
    }
    void start_manager()
    {
        world.supervisor.begin_default_manager();
        EXPECT_FALSE(world.supervisor.needs_default_manager()) << "somebody is at it";
        world.start_domain(manager);
        world.supervisor.employ_default_manager();
        world.check();
    }
    /// By code of a worker: another thread of it.
    std::uint64_t sibling(const Caller& of)
    {
        ThreadCreate create;
        create.entry = world.code(of.domain);
        create.stack = world.value(of, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
        return world.value(of, create);
    }

    World world;
    DomainId workers[3]{};
    DomainId manager{};
};

TEST_F(DefaultManager, sleeps_while_each_ready_thread_has_a_vcpu)
{
    start_workers(2);
    EXPECT_FALSE(world.supervisor.needs_default_manager());
    EXPECT_EQ(world.dispatch(0).domain, workers[0]);
    EXPECT_FALSE(world.last(0).is_lent);
    EXPECT_FALSE(world.supervisor.needs_default_manager());
    const Caller t = world.dispatch(1);
    sibling(t);
    EXPECT_TRUE(world.supervisor.vcpus_to_recall().empty()) << "it can wait for its turn";
    world.call_plan(t, ThreadSleep{100});
    EXPECT_FALSE(world.supervisor.needs_default_manager()) << "there is one, and a vCPU for it";
    EXPECT_EQ(world.dispatch(1).domain, workers[1]);
}

TEST_F(DefaultManager, is_needed_when_more_threads_are_ready_than_vcpus_are_free)
{
    start_workers(3);
    EXPECT_TRUE(world.supervisor.needs_default_manager());
    start_manager();
    EXPECT_FALSE(world.supervisor.needs_default_manager());
    const Caller loop = world.dispatch(0);
    EXPECT_EQ(loop.domain, manager);
    EXPECT_FALSE(world.try_dispatch(1).has_value()) << "the others are its to run";
    for (const DomainId worker : workers) {
        const Reply told = world.call(loop, ThreadTake{event_address, 0});
        ASSERT_EQ(told.status, PD_OK);
        EXPECT_EQ(std::get<pd_thread_event>(told.out).domain, world.supervisor.handle(worker));
    }
}

TEST_F(DefaultManager, is_needed_when_a_turn_is_over_and_another_waits)
{
    start_workers(2);
    world.dispatch(0);
    sibling(world.dispatch(1));
    world.supervisor.leave(VcpuId{1}, world.now);
    EXPECT_TRUE(world.supervisor.needs_default_manager());
}

TEST_F(DefaultManager, is_needed_at_once_for_a_thread_with_a_higher_parameter)
{
    start_workers(2);
    world.dispatch(0);
    const Caller t = world.dispatch(1);
    world.status(t, ThreadSetParameter{0, 3});
    sibling(t);
    EXPECT_EQ(world.supervisor.vcpus_to_recall(), std::vector<VcpuId>{VcpuId{0}})
        << "the new thread's parameter is 3, too";
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_TRUE(world.supervisor.needs_default_manager());
}

TEST_F(DefaultManager, recalls_those_that_ran_without_it)
{
    start_workers(2);
    world.dispatch(0);
    const Caller t = world.dispatch(1);
    sibling(t);
    world.supervisor.leave(VcpuId{1}, world.now);
    start_manager();
    EXPECT_TRUE(world.supervisor.is_recalled(VcpuId{0}));
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.dispatch(0).domain, manager);
    world.check();
}

TEST_F(DefaultManager, has_stacks_memory_and_thread_numbers_of_its_own)
{
    start_workers(3);
    const auto described = world.supervisor.thread_number(world.dispatch(0).thread);
    world.supervisor.leave(VcpuId{0}, world.now);
    start_manager();
    const Caller loop = world.dispatch(0);
    EXPECT_EQ(world.layout.described_stacks().end,
              static_cast<std::uint64_t>(world.supervisor.current_stack(loop.thread)));
    EXPECT_TRUE(world.layout.memory.contains(world.code(manager)));
    EXPECT_FALSE(world.layout.described_memory().contains(world.code(manager)));
    EXPECT_EQ(world.supervisor.thread_number(loop.thread), described) << "both are the first";
    EXPECT_EQ(world.supervisor.live_domains(), 3U);
}

TEST_F(DefaultManager, takes_nothing_from_the_others)
{
    start_workers(1);
    const Caller t = world.dispatch(0);
    const std::uint64_t slots = world.layout.described_stacks().size() / world.layout.stack_slot;
    for (std::uint64_t slot = 1; slot < slots; ++slot) {
        world.value(t, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF});
    }
    EXPECT_EQ(world.status(t, StackAlloc{page, 0, PD_ANY_SLOT, PD_SELF}), PD_NO_SLOT);
    EXPECT_EQ(world.status(t, StackAlloc{page, 0, world.layout.described_stacks().end, PD_SELF}),
              PD_BAD_ARGUMENT);
    while (world.status(t, MemoryAlloc{page, PD_PERM_READ}) == PD_OK) {
    }
    EXPECT_EQ(world.supervisor.usage(workers[0]).memory.current,
              world.layout.described_memory().size());
    start_manager(); // it has what it needs all the same
}

TEST_F(DefaultManager, is_nobody_whom_a_domain_could_name)
{
    start_workers(3);
    start_manager();
    world.dispatch(0);
    const pd_thread_event event = std::get<pd_thread_event>(
        world.call(world.here(world.last(0), 0), ThreadTake{event_address, 0}).out);
    world.call_plan(world.here(world.last(0), 0), ThreadRun{event.thread, PD_FOREVER, UINT64_MAX});
    const Caller t = world.dispatch(0);
    const std::uint64_t its = world.supervisor.handle(manager);
    const std::uint64_t data = world.data(t.domain);
    EXPECT_EQ(world.status(t, DomainDestroy{its}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(t, DomainInfo{its}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(t, DomainWait{its, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(t, MemorySetPerm{data, page, PD_PERM_READ, its, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(t, MemoryTransfer{data, page, its}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(t, StackAlloc{page, 0, PD_ANY_SLOT, its}), PD_BAD_HANDLE);
    const std::uint64_t code = world.code(manager);
    EXPECT_EQ(world.status(t, MemoryFree{code, page}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(t, MemorySetPerm{code, page, PD_PERM_READ, PD_SELF, 0}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(t, StackFree{world.layout.described_stacks().end}), PD_NOT_OWNER);
    EXPECT_EQ(world.supervisor.facts(t.domain, code).kind, AddressFacts::Kind::nothing);
    EXPECT_EQ(world.supervisor.facts(t.domain, world.layout.described_stacks().end).kind,
              AddressFacts::Kind::nothing);
}

TEST_F(DefaultManager, is_left_alone_by_the_end_of_all_others)
{
    start_workers(3);
    start_manager();
    world.dispatch(0);
    for (const DomainId worker : workers) {
        world.supervisor.stop_domain(worker);
    }
    EXPECT_EQ(world.release_quiescent(), 3U);
    EXPECT_EQ(world.supervisor.live_domains(), 0U);
    EXPECT_EQ(world.status(world.here(world.last(0), 0), ThreadTake{event_address, PD_FOREVER}),
              PD_NOT_RUNNING);
}

} // namespace
} // namespace glacis::supervisor::test
