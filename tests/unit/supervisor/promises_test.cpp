// The promises, one by one. Interleavings, failures and threads have files of their own.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;

/// Two domains with a thread each on vCPUs 0 and 1.
class Promise : public ::testing::Test {
public:
    Promise()
    {
        first = world.add_domain("first");
        second = world.add_domain("second");
        a = world.dispatch(0);
        b = world.dispatch(1);
    }
    ~Promise() override { world.check_idle(); }

    std::uint64_t new_stack(const Caller& caller, std::uint64_t commit = 1, std::uint64_t limit = 0)
    {
        return world.value(caller, StackAlloc{commit * page, limit * page, 0, PD_SELF});
    }
    [[nodiscard]] Range slot(std::uint64_t stack) const
    {
        return {stack, stack + world.layout.stack_slot};
    }
    [[nodiscard]] StackId stack_on(std::uint32_t vcpu) const { return world.last(vcpu).stack; }

    World world;
    DomainId first{};
    DomainId second{};
    Caller a;
    Caller b;
};

using G1AtomicClaim = Promise;
using G2OrderedRelease = Promise;
using G3FailureLeavesNothing = Promise;
using G4OnlyTheCommittedIsMapped = Promise;
using G5Ownership = Promise;
using G6ActiveStack = Promise;
using G7Range = Promise;
using G8ExclusiveMeansNow = Promise;
using G9Frames = Promise;
using G12NothingLeaks = Promise;

TEST_F(G1AtomicClaim, two_requests_in_progress_never_get_the_same_slot)
{
    const Plan one = world.begin(a, StackAlloc{page, 0, 0, PD_SELF});
    const Plan two = world.begin(b, StackAlloc{page, 0, 0, PD_SELF});
    const std::uint64_t second_stack = world.perform(two).reply.value;
    const std::uint64_t first_stack = world.perform(one).reply.value;
    EXPECT_NE(first_stack, second_stack);
    EXPECT_FALSE(slot(first_stack).overlaps(slot(second_stack)));
}

TEST_F(G1AtomicClaim, a_claimed_slot_is_taken_before_anything_has_been_done_to_the_machine)
{
    const std::size_t committed = world.machine.committed_pages();
    const std::uint64_t named = world.layout.stack_area.end - world.layout.stack_slot;
    const Plan plan = world.begin(a, StackAlloc{page, 0, named, PD_SELF});
    EXPECT_EQ(world.machine.committed_pages(), committed);
    EXPECT_EQ(world.status(b, StackAlloc{page, 0, named, PD_SELF}), PD_REGION_CONFLICT);
    EXPECT_EQ(world.perform(plan).reply.value, named);
}

TEST_F(G1AtomicClaim, two_memory_requests_in_progress_never_get_the_same_pages)
{
    const Plan one = world.begin(a, MemoryAlloc{3 * page, rw});
    const Plan two = world.begin(b, MemoryAlloc{3 * page, rw});
    const std::uint64_t first_base = world.perform(one).reply.value;
    const std::uint64_t second_base = world.perform(two).reply.value;
    EXPECT_FALSE(
        (Range{first_base, first_base + 3 * page}).overlaps({second_base, second_base + 3 * page}));
}

TEST_F(G2OrderedRelease, a_stack_leaves_roots_then_stage_2_and_only_then_its_slot_is_free)
{
    const std::uint64_t stack = new_stack(a);
    ASSERT_EQ(world.status(a, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    const std::uint64_t top = slot(stack).end - page;
    ASSERT_EQ(world.status(a, StackSetPerm{top, page, r, 1, 0}), PD_OK);
    ASSERT_EQ(world.status(a, StackActivate{static_cast<std::uint64_t>(stack_on(0)), 0}), PD_OK);
    const Plan plan = world.begin(a, StackFree{stack});
    ASSERT_EQ(plan.effects.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<DropStackPages>(plan.effects[0]));
    EXPECT_EQ(std::get<CloseRoot>(plan.effects[1]).stack, StackId{stack});
    EXPECT_EQ(std::get<Release>(plan.effects[2]).pages, (Range{top, top + page}));
    for (std::size_t done = 0; done < plan.effects.size(); ++done) {
        const StackAlloc again{page, 0, stack, PD_SELF};
        EXPECT_EQ(world.status(b, again), PD_REGION_CONFLICT) << done << " effects are done";
        world.machine.apply(plan.effects[done]);
    }
    EXPECT_EQ(world.status(b, StackAlloc{page, 0, stack, PD_SELF}), PD_REGION_CONFLICT);
    EXPECT_TRUE(world.supervisor.finish(plan.ticket, {3, false, {}}, world.now).is_final);
    EXPECT_EQ(world.value(b, StackAlloc{page, 0, stack, PD_SELF}), stack);
}

TEST_F(G2OrderedRelease, a_managers_root_of_the_stack_is_closed_too)
{
    const std::uint64_t stack = world.value(a, StackAlloc{page, 0, 0, 1});
    const Plan plan = world.begin(a, StackFree{stack});
    ASSERT_EQ(plan.effects.size(), 3U);
    EXPECT_EQ(std::get<CloseRoot>(plan.effects[0]).domain, first);
    EXPECT_EQ(std::get<CloseRoot>(plan.effects[1]).domain, second);
    world.perform(plan);
}

TEST_F(G2OrderedRelease, freed_memory_leaves_every_domain_before_it_is_released)
{
    const std::uint64_t base = world.value(a, MemoryAlloc{page, rw});
    world.value(a, MemorySetPerm{base, page, r, 1, 0});
    const Plan plan = world.begin(a, MemoryFree{base, page});
    ASSERT_EQ(plan.effects.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<SetDomainPages>(plan.effects[0]));
    EXPECT_TRUE(std::holds_alternative<SetDomainPages>(plan.effects[1]));
    EXPECT_TRUE(std::holds_alternative<Release>(plan.effects[2]));
    EXPECT_FALSE(world.supervisor.is_permitted(first, stack_on(0), base, 1, Perm::read))
        << "nobody copies into pages on their way out";
    world.perform(plan);
}

TEST_F(G3FailureLeavesNothing, each_host_failure_has_its_own_status)
{
    const std::string before = snapshot(world);
    const auto status = [&](EffectFailure failure) {
        return world.perform(world.begin(a, StackAlloc{page, 0, 0, PD_SELF}), fail_at(0, failure))
            .reply.status;
    };
    EXPECT_EQ(status(EffectFailure::host_no_memory), PD_HOST_NO_MEMORY);
    EXPECT_EQ(status(EffectFailure::host_conflict), PD_HOST_CONFLICT);
    EXPECT_EQ(status(EffectFailure::host_failed), PD_HOST_FAILED);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(G3FailureLeavesNothing, a_failed_claim_does_not_make_a_fresh_slot_look_freed)
{
    const std::uint64_t named = world.layout.stack_area.end - world.layout.stack_slot;
    world.perform(world.begin(a, StackAlloc{page, 0, named, PD_SELF}), fail_at(0));
    EXPECT_EQ(world.supervisor.facts(first, named).slot.state, SlotFacts::State::unused);
    world.value(b, StackAlloc{page, 0, named, PD_SELF});
    world.value(b, StackFree{named});
    world.perform(world.begin(a, StackAlloc{page, 0, named, PD_SELF}), fail_at(0));
    const SlotFacts facts = world.supervisor.facts(first, named).slot;
    EXPECT_EQ(facts.state, SlotFacts::State::freed);
    EXPECT_EQ(facts.creator, second);
}

TEST_F(G4OnlyTheCommittedIsMapped, no_sequence_of_growth_reaches_the_guard)
{
    const std::uint64_t largest = world.layout.stack_slot - world.layout.stack_guard;
    const std::uint64_t stack = world.value(a, StackAlloc{page, largest, 0, PD_SELF});
    for (std::uint64_t commit = 2 * page; commit <= largest; commit += page) {
        EXPECT_EQ(world.status(a, StackGrow{stack, commit}), PD_OK);
        world.check_idle();
    }
    EXPECT_EQ(world.status(a, StackGrow{stack, largest + page}), PD_TOO_LARGE);
    EXPECT_FALSE(world.machine.is_committed(stack + world.layout.stack_guard - 1));
    EXPECT_TRUE(world.machine.is_committed(stack + world.layout.stack_guard));
}

TEST_F(G4OnlyTheCommittedIsMapped, code_is_permitted_nothing_outside_its_committed_stack)
{
    const Range committed =
        world.supervisor.facts(first, static_cast<std::uint64_t>(stack_on(0))).slot.committed;
    const auto may = [&](std::uint64_t address, std::uint64_t length) {
        return world.supervisor.is_permitted(first, stack_on(0), address, length, Perm::read);
    };
    EXPECT_TRUE(may(committed.begin, committed.size()));
    EXPECT_FALSE(may(committed.begin - 1, 1));
    EXPECT_FALSE(may(committed.begin - 1, 2));
    EXPECT_FALSE(may(committed.end, 1));
    EXPECT_FALSE(may(committed.end - 1, 2));
    EXPECT_FALSE(may(committed.begin, 0));
    EXPECT_FALSE(may(committed.end - 1, ~std::uint64_t{0}));
}

TEST_F(G5Ownership, no_domain_treats_stack_storage_as_memory_of_its_own)
{
    const std::uint64_t top = slot(static_cast<std::uint64_t>(stack_on(0))).end - page;
    EXPECT_EQ(world.status(a, MemorySetPerm{top, page, r, 1, 0}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(a, MemoryTransfer{top, page, 1}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(a, MemoryFree{top, page}), PD_NOT_COMMITTED);
}

TEST_F(G5Ownership, a_permission_is_not_ownership)
{
    const std::uint64_t base = world.value(a, MemoryAlloc{page, rw});
    world.value(a, MemorySetPerm{base, page, rw, 1, PD_EXCLUSIVE});
    EXPECT_EQ(world.status(b, MemorySetPerm{base, page, 0, 0, 0}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(b, MemoryTransfer{base, page, 1}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(b, MemoryFree{base, page}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, MemoryFree{base, page}), PD_OK) << "the owner may, without any";
}

TEST_F(G6ActiveStack, a_stack_is_active_on_one_vcpu_at_most)
{
    const std::uint64_t stack = new_stack(a);
    ThreadCreate create;
    create.entry = world.code(first);
    create.stack = new_stack(a);
    world.value(a, create);
    const Caller c = world.dispatch(2);
    EXPECT_EQ(world.status(a, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    EXPECT_EQ(world.status(c, StackActivate{stack, PD_THIS_VCPU}), PD_IN_USE);
    EXPECT_EQ(world.supervisor.facts(first, stack).slot.active_on, VcpuId{0});
}

TEST_F(G6ActiveStack, only_creator_and_named_manager_activate_a_stack)
{
    const std::uint64_t stack = new_stack(a);
    EXPECT_EQ(world.status(b, StackActivate{stack, PD_THIS_VCPU}), PD_NOT_PERMITTED);
    const std::uint64_t managed = world.value(a, StackAlloc{page, 0, 0, 1});
    EXPECT_EQ(world.status(b, StackActivate{managed, PD_THIS_VCPU}), PD_OK);
}

TEST_F(G6ActiveStack, permissions_change_only_on_the_stack_active_on_the_calling_vcpu)
{
    const std::uint64_t stack = new_stack(a);
    const std::uint64_t top = slot(stack).end - page;
    const StackSetPerm request{top, page, r, 1, 0};
    EXPECT_EQ(world.status(a, request), PD_NOT_ACTIVE);
    ASSERT_EQ(world.status(a, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    EXPECT_EQ(world.status(a, request), PD_OK);
    EXPECT_EQ(world.status(b, request), PD_NOT_PERMITTED);
    const std::uint64_t home_top = slot(static_cast<std::uint64_t>(stack_on(0))).end - page;
    EXPECT_EQ(world.status(a, StackSetPerm{home_top, page, r, 1, 0}), PD_NOT_ACTIVE);
}

TEST_F(G6ActiveStack, a_dispatched_thread_has_its_stack_active_and_a_preempted_one_has_not)
{
    const auto active_on = [&] {
        return world.supervisor.facts(first, static_cast<std::uint64_t>(stack_on(0)))
            .slot.active_on;
    };
    EXPECT_EQ(active_on(), VcpuId{0});
    world.supervisor.leave(VcpuId{0}, world.now);
    EXPECT_EQ(active_on(), no_vcpu);
}

TEST_F(G7Range, a_range_that_is_partly_good_is_refused_as_a_whole)
{
    const std::uint64_t mine = world.value(a, MemoryAlloc{2 * page, rw});
    const std::uint64_t foreign = world.value(b, MemoryAlloc{page, rw});
    ASSERT_EQ(foreign, mine + 2 * page);
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(a, MemorySetPerm{mine, 3 * page, r, 1, 0}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, MemorySetPerm{mine, 4 * page, r, 1, 0}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(a, MemoryFree{mine + page, 2 * page}), PD_NOT_OWNER);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(G8ExclusiveMeansNow, others_lose_the_pages_and_are_flushed_before_the_grant)
{
    const std::uint64_t base = world.value(a, MemoryAlloc{page, rw});
    const Plan plan = world.begin(a, MemorySetPerm{base, page, rw, 1, PD_EXCLUSIVE});
    ASSERT_EQ(plan.effects.size(), 3U);
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[0]).domain, first);
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[0]).perm, Perm::none);
    EXPECT_EQ(std::get<Flush>(plan.effects[1]).pages, (Range{base, base + page}));
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[2]).domain, second);
    world.perform(plan);
}

TEST_F(G8ExclusiveMeansNow, what_is_being_revoked_is_filled_into_no_root_meanwhile)
{
    const std::uint64_t top = slot(static_cast<std::uint64_t>(stack_on(0))).end - page;
    world.value(a, StackSetPerm{top, page, rw, 1, 0});
    const Plan plan = world.begin(a, StackSetPerm{top, page, r, 1, 0});
    EXPECT_EQ(world.supervisor.permission(second, stack_on(1), top), Perm::read);
    EXPECT_TRUE(world.supervisor.is_changing(top));
    world.perform(plan);
    EXPECT_FALSE(world.supervisor.is_changing(top));
}

TEST_F(G8ExclusiveMeansNow, memory_being_revoked_is_permitted_to_nobody_meanwhile)
{
    const std::uint64_t base = world.value(a, MemoryAlloc{page, rw});
    world.value(a, MemorySetPerm{base, page, rw, 1, 0});
    const Plan plan = world.begin(a, MemorySetPerm{base, page, r, PD_SELF, PD_EXCLUSIVE});
    EXPECT_EQ(world.supervisor.permission(first, stack_on(0), base), Perm::read);
    EXPECT_EQ(world.supervisor.permission(second, stack_on(1), base), Perm::none);
    // The host refuses the flush: both have again what they had.
    EXPECT_EQ(world.perform(plan, fail_at(2)).reply.status, PD_HOST_NO_MEMORY);
    EXPECT_EQ(world.supervisor.permission(first, stack_on(0), base), Perm::read_write);
    EXPECT_EQ(world.supervisor.permission(second, stack_on(1), base), Perm::read_write);
}

TEST_F(G8ExclusiveMeansNow, a_grant_counts_only_when_it_is_done)
{
    const std::uint64_t base = world.value(a, MemoryAlloc{page, r});
    const Plan plan = world.begin(a, MemorySetPerm{base, page, rw, PD_SELF, 0});
    EXPECT_EQ(world.supervisor.permission(first, stack_on(0), base), Perm::read);
    ASSERT_EQ(plan.effects.size(), 1U) << "a grant needs no flush";
    world.perform(plan);
    EXPECT_EQ(world.supervisor.permission(first, stack_on(0), base), Perm::read_write);
}

TEST_F(G9Frames, a_thread_may_not_touch_the_stack_of_another_thread_of_its_domain)
{
    const std::uint64_t stack = new_stack(a);
    const std::uint64_t top = slot(stack).end - page;
    EXPECT_FALSE(world.supervisor.is_permitted(first, stack_on(0), top, 1, Perm::read));
    EXPECT_TRUE(world.supervisor.is_permitted(first, StackId{stack}, top, 1, Perm::read_write));
    EXPECT_EQ(world.status(a, ThreadWait{top, 0, 0}), PD_BAD_POINTER);
}

TEST_F(G12NothingLeaks, a_slot_given_out_again_commits_pages_that_were_released)
{
    const std::uint64_t stack = new_stack(a);
    const std::uint64_t word = slot(stack).end - 8;
    world.machine.write(word, 0x5ec4e7);
    world.value(a, StackFree{stack});
    EXPECT_EQ(new_stack(b), stack);
    EXPECT_EQ(world.machine.load(word), 0U);
}

TEST_F(G12NothingLeaks, memory_given_out_again_was_released_before)
{
    const std::uint64_t base = world.value(a, MemoryAlloc{page, rw});
    world.machine.write(base, 0x5ec4e7);
    world.value(a, MemoryFree{base, page});
    EXPECT_EQ(world.value(b, MemoryAlloc{page, rw}), base);
    EXPECT_EQ(world.machine.load(base), 0U);
}

} // namespace
} // namespace glacis::supervisor::test
