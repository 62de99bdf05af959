// Domains: their end, what is given back, their restart.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

class Domains : public ::testing::Test {
public:
    Domains()
    {
        first = world.add_domain("first");
        second = world.add_domain("second");
        a = world.dispatch(0);
        b = world.dispatch(1);
    }
    ~Domains() override { world.check_idle(); }

    std::uint64_t new_stack(const Caller& caller, std::uint64_t manager = PD_SELF)
    {
        return world.value(caller, StackAlloc{page, 0, PD_ANY_SLOT, manager});
    }
    std::uint64_t new_thread(const Caller& caller)
    {
        ThreadCreate create;
        create.entry = world.code(caller.domain);
        create.stack = new_stack(caller);
        return world.value(caller, create);
    }
    [[nodiscard]] std::uint64_t own_top_page(std::uint32_t vcpu) const
    {
        return static_cast<std::uint64_t>(world.last(vcpu).stack) + world.layout.stack_slot - page;
    }
    void holds_nothing(DomainId domain) const
    {
        const Usage usage = world.supervisor.usage(domain);
        EXPECT_EQ(usage.memory.current, 0U);
        EXPECT_EQ(usage.stacks.current, 0U);
        EXPECT_EQ(usage.stack_bytes.current, 0U);
        EXPECT_EQ(usage.threads.current, 0U);
        EXPECT_GT(usage.stacks.peak, 0U);
    }

    World world;
    DomainId first{};
    DomainId second{};
    Caller a;
    Caller b;
};

TEST_F(Domains, a_stopped_domain_leaves_its_vcpus_and_gives_everything_back)
{
    new_thread(a);
    const std::uint64_t sleeper = new_thread(a);
    world.supervisor.leave(VcpuId{0}, world.now);
    world.dispatch(0);
    world.call_plan(world.dispatch(2), ThreadSleep{1000});
    ASSERT_NE(sleeper, 0U);
    EXPECT_EQ(world.supervisor.stop_domain(first), (std::vector<VcpuId>{VcpuId{0}}));
    EXPECT_EQ(world.supervisor.stop_domain(first), (std::vector<VcpuId>{VcpuId{0}}));
    EXPECT_EQ(world.supervisor.state(first), DomainState::stopping);
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    EXPECT_FALSE(world.supervisor.next_deadline().has_value()) << "its sleepers are gone";
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    holds_nothing(first);
    EXPECT_FALSE(world.supervisor.has_ready());
    EXPECT_EQ(world.supervisor.live_domains(), 1U);
    EXPECT_TRUE(world.supervisor.stop_domain(first).empty()) << "idempotent";
}

TEST_F(Domains, a_quiescent_domain_is_returned_once)
{
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.supervisor.take_quiescent(), first);
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    world.machine.drop_domain(first);
    world.perform(world.supervisor.release_domain(first));
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
}

TEST_F(Domains, a_call_of_a_stopped_domain_answers_stopped_and_leaves)
{
    world.supervisor.stop_domain(first);
    const Plan plan = world.call_plan(a, MemoryAlloc{page, PD_PERM_READ});
    EXPECT_EQ(plan.reply.status, PD_STOPPED);
    EXPECT_EQ(plan.disposition, Disposition::reschedule);
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(Domains, a_plan_in_progress_finishes_before_its_domain_is_quiescent)
{
    const Plan plan = world.begin(a, StackAlloc{page, 0, 0, PD_SELF});
    world.supervisor.stop_domain(first);
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    const Plan final = world.perform(plan);
    EXPECT_EQ(final.reply.status, PD_STOPPED);
    EXPECT_EQ(final.disposition, Disposition::reschedule);
    EXPECT_EQ(world.release_quiescent(), 1U);
    holds_nothing(first);
}

TEST_F(Domains, another_domains_plan_that_names_it_delays_its_release)
{
    const std::uint64_t shared = world.value(b, MemoryAlloc{page, PD_PERM_READ});
    const Plan plan = world.begin(b, MemorySetPerm{shared, page, PD_PERM_READ, 0, 0});
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
    EXPECT_EQ(world.release_quiescent(), 1U);
    // What it was granted is gone with it: the owner's next change has nothing to take from it.
    EXPECT_EQ(world.supervisor.permission(first, StackId{0}, shared), Perm::none);
}

TEST_F(Domains, a_plan_that_names_it_after_it_became_quiescent_delays_its_release_too)
{
    const std::uint64_t shared = world.value(b, MemoryAlloc{page, PD_PERM_READ});
    world.value(b, MemorySetPerm{shared, page, PD_PERM_READ, 0, 0});
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    const Plan plan = world.begin(b, MemoryFree{shared, page});
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
    EXPECT_EQ(world.release_quiescent(), 1U);
}

TEST_F(Domains, the_end_of_the_last_thread_is_the_end_of_the_domain)
{
    const std::uint64_t other = new_thread(a);
    world.call_plan(a, ThreadExit{3});
    EXPECT_EQ(world.supervisor.state(first), DomainState::running);
    EXPECT_EQ(world.supervisor.exit_value(first), 3U);
    const Caller last = world.dispatch(0);
    EXPECT_EQ(last.thread, ThreadId{other});
    const Plan plan = world.call_plan(last, ThreadExit{9});
    EXPECT_EQ(plan.disposition, Disposition::reschedule);
    EXPECT_EQ(world.supervisor.state(first), DomainState::stopping);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.supervisor.exit_value(first), 3U) << "the first thread's value";
    holds_nothing(first);
}

TEST_F(Domains, the_value_of_a_domain_that_ends_itself_is_what_it_said)
{
    EXPECT_EQ(world.supervisor.exit_value(first), 0U);
    world.supervisor.set_exit_value(first, 12);
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    world.release_quiescent();
    EXPECT_EQ(world.supervisor.exit_value(first), 12U);
    world.supervisor.restart_domain(first);
    EXPECT_EQ(world.supervisor.exit_value(first), 0U);
}

TEST_F(Domains, a_restarted_domain_begins_with_nothing)
{
    const std::uint64_t granted = world.value(b, MemoryAlloc{page, PD_PERM_READ});
    world.value(b, MemorySetPerm{granted, page, PD_PERM_READ, 0, 0});
    const std::uint64_t old_memory = world.value(a, MemoryAlloc{page, PD_PERM_READ});
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    world.release_quiescent();
    world.supervisor.restart_domain(first);
    EXPECT_EQ(world.supervisor.state(first), DomainState::running);
    EXPECT_EQ(world.supervisor.permission(first, StackId{0}, granted), Perm::none);
    EXPECT_EQ(world.supervisor.permission(first, StackId{0}, old_memory), Perm::none);
    world.start_domain(first);
    const Caller again = world.dispatch(0);
    EXPECT_EQ(again.domain, first);
    EXPECT_NE(again.thread, a.thread);
    EXPECT_EQ(world.status(again, ThreadJoin{static_cast<std::uint64_t>(a.thread), 0}),
              PD_BAD_HANDLE);
}

TEST_F(Domains, others_lose_the_pages_and_stacks_of_a_released_domain)
{
    const std::uint64_t shared = world.value(a, MemoryAlloc{page, PD_PERM_READ});
    world.value(a, MemorySetPerm{shared, page, PD_PERM_READ, 1, 0});
    const std::uint64_t top = own_top_page(0);
    world.value(a, StackSetPerm{top, page, PD_PERM_READ, 1, 0});
    world.machine.fill(second, world.last(1).stack, top, Perm::read);
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    world.release_quiescent();
    EXPECT_EQ(world.machine.in_tables(second, shared), Perm::none);
    EXPECT_EQ(world.machine.in_tables(second, world.last(1).stack, top), Perm::none);
    EXPECT_FALSE(world.supervisor.is_permitted(second, world.last(1).stack, shared, 1, Perm::read));
}

TEST_F(Domains, a_domain_that_is_gone_can_be_named_by_nobody)
{
    const std::uint64_t mine = world.value(b, MemoryAlloc{page, PD_PERM_READ});
    world.supervisor.stop_domain(first);
    EXPECT_EQ(world.status(b, MemorySetPerm{mine, page, PD_PERM_READ, 0, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, MemoryTransfer{mine, page, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, StackAlloc{page, 0, 0, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, StackSetPerm{own_top_page(1), page, PD_PERM_READ, 0, 0}),
              PD_BAD_HANDLE);
    world.supervisor.leave(VcpuId{0}, world.now);
    world.release_quiescent();
    EXPECT_EQ(world.status(b, MemoryTransfer{mine, page, 0}), PD_BAD_HANDLE);
}

TEST_F(Domains, a_stack_its_managers_thread_lives_on_passes_to_the_manager)
{
    const std::uint64_t stack = world.value(a, StackAlloc{2 * page, 0, PD_ANY_SLOT, 1});
    ASSERT_EQ(world.status(b, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    world.machine.build_root(second, StackId{stack},
                             world.supervisor.stack_pages(second, StackId{stack}));
    const std::uint64_t top = stack + world.layout.stack_slot - page;
    ASSERT_EQ(world.status(b, StackSetPerm{top, page, PD_PERM_READ, 1, 0}), PD_OK);
    const std::uint64_t unused = new_stack(a, 1);
    world.supervisor.stop_domain(first);
    EXPECT_EQ(world.status(b, StackActivate{unused, PD_THIS_VCPU}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, StackSetPerm{top, page, 0, 1, 0}), PD_IN_USE);
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    holds_nothing(first);
    EXPECT_EQ(world.supervisor.facts(second, stack).slot.creator, second);
    EXPECT_EQ(world.supervisor.facts(second, unused).slot.state, SlotFacts::State::freed);
    EXPECT_EQ(world.supervisor.permission(second, StackId{stack}, top), Perm::read)
        << "it keeps what it was granted";
    EXPECT_EQ(world.supervisor.permission(second, StackId{stack}, top - page), Perm::none)
        << "and gets no more";
    EXPECT_EQ(world.status(
                  b, StackActivate{static_cast<std::uint64_t>(world.last(1).stack), PD_THIS_VCPU}),
              PD_OK);
    EXPECT_EQ(world.status(b, StackFree{stack}), PD_OK);
}

TEST_F(Domains, a_stack_passed_on_without_a_grant_stays_closed)
{
    const std::uint64_t stack = new_stack(a, 1);
    ASSERT_EQ(world.status(b, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.supervisor.facts(second, stack).slot.creator, second);
    EXPECT_TRUE(world.supervisor.stack_pages(second, StackId{stack}).empty());
}

TEST_F(Domains, the_manager_of_a_released_domain_is_the_creator_again)
{
    const std::uint64_t stack = new_stack(b, 0);
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    world.release_quiescent();
    EXPECT_EQ(std::get<pd_stack_info>(world.call(b, StackInfo{stack}).out).manager, 1U);
}

TEST_F(Domains, waiters_at_addresses_of_a_released_domain_go_on_waiting)
{
    const std::uint64_t word = world.value(a, MemoryAlloc{page, PD_PERM_READ});
    world.value(a, MemorySetPerm{word, page, PD_PERM_READ, 1, 0});
    world.call_plan(b, ThreadWait{word, 0, 500});
    world.supervisor.stop_domain(first);
    world.supervisor.leave(VcpuId{0}, world.now);
    world.release_quiescent();
    EXPECT_FALSE(world.supervisor.has_ready());
    world.now += 500;
    EXPECT_EQ(world.dispatch(1).thread, b.thread);
    EXPECT_EQ(world.last(1).reply->status, PD_TIMED_OUT);
}

TEST_F(Domains, what_the_vmm_reserves_counts_but_is_not_refused)
{
    Quota quota;
    quota.memory = page;
    const DomainId third = world.add_domain("third", quota);
    EXPECT_EQ(world.supervisor.usage(third).memory.current, 2 * page);
    const Caller c = world.dispatch(2);
    EXPECT_EQ(world.status(c, MemoryAlloc{page, PD_PERM_READ}), PD_QUOTA_MEMORY);
}

TEST_F(Domains, a_stack_for_the_main_thread_obeys_the_quota)
{
    Quota quota;
    quota.stacks = 0;
    const DomainId third = world.supervisor.add_domain("third", quota);
    EXPECT_EQ(world.perform(world.supervisor.reserve_stack(third, page, 0)).reply.status,
              PD_QUOTA_STACKS);
    EXPECT_EQ(world.perform(world.supervisor.reserve_stack(second, 13 * page, 0)).reply.status,
              PD_TOO_LARGE);
}

TEST_F(Domains, facts_name_what_lies_at_an_address)
{
    using Kind = AddressFacts::Kind;
    const auto kind = [&](std::uint64_t address) {
        return world.supervisor.facts(first, address).kind;
    };
    EXPECT_EQ(kind(0), Kind::low);
    EXPECT_EQ(kind(GLACIS_LOWEST_ADDRESS - 1), Kind::low);
    EXPECT_EQ(kind(GLACIS_SHIM_BASE), Kind::supervisor);
    EXPECT_EQ(kind(GLACIS_GATE_BASE), Kind::gate);
    EXPECT_EQ(kind(GLACIS_PROBE_BASE), Kind::supervisor);
    EXPECT_EQ(kind(GLACIS_VCPU_BASE + 4 * GLACIS_VCPU_BLOCK_SIZE - 1), Kind::supervisor);
    EXPECT_EQ(kind(GLACIS_VCPU_BASE + 4 * GLACIS_VCPU_BLOCK_SIZE), Kind::nothing);
    EXPECT_EQ(kind(GLACIS_TABLES_BASE), Kind::supervisor);
    EXPECT_EQ(kind(world.layout.stack_area.begin), Kind::stack_area);
    EXPECT_EQ(kind(world.layout.stack_area.end), Kind::nothing);
    EXPECT_EQ(kind(world.layout.memory.begin), Kind::memory);
    EXPECT_EQ(kind(world.layout.memory.end), Kind::nothing);
    EXPECT_EQ(kind(~std::uint64_t{0}), Kind::nothing);
    const MemoryFacts code = world.supervisor.facts(second, world.code(first)).memory;
    EXPECT_TRUE(code.is_allocated);
    EXPECT_EQ(code.owner, first);
    EXPECT_EQ(code.perm, Perm::none);
    EXPECT_TRUE(code.has_execute);
    EXPECT_FALSE(world.supervisor.facts(first, world.data(first)).memory.has_execute);
    EXPECT_EQ(world.supervisor.facts(first, world.layout.stack_area.end - 1).slot.state,
              SlotFacts::State::unused);
}

} // namespace
} // namespace glacis::supervisor::test
