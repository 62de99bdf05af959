// stack_alloc, stack_free, stack_grow, stack_activate, stack_set_perm, stack_info: every status of
// each.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;
constexpr std::uint64_t last_page = ~std::uint64_t{0} - page + 1;

class StackCalls : public ::testing::Test {
public:
    StackCalls()
    {
        Quota quota;
        quota.stacks = 4;
        quota.stack_bytes = 24 * page;
        first = world.add_domain("first", quota);
        second = world.add_domain("second");
        a = world.dispatch(0);
        b = world.dispatch(1);
        slot_size = world.layout.stack_slot;
        area = world.layout.stack_area;
        largest = slot_size - world.layout.stack_guard;
    }
    ~StackCalls() override { world.check_idle(); }

    std::uint64_t alloc(const Caller& caller, std::uint64_t commit, std::uint64_t limit = 0,
                        std::uint64_t manager = PD_SELF)
    {
        return world.value(caller, StackAlloc{commit * page, limit * page, PD_ANY_SLOT, manager});
    }
    [[nodiscard]] std::uint64_t own_stack(std::uint32_t vcpu) const
    {
        return static_cast<std::uint64_t>(world.last(vcpu).stack);
    }
    /// A page of the stack that starts at `stack`, counted down from its top.
    [[nodiscard]] std::uint64_t below_top(std::uint64_t stack, std::uint64_t pages) const
    {
        return stack + slot_size - pages * page;
    }
    [[nodiscard]] Perm record(DomainId domain, std::uint64_t stack, std::uint64_t address) const
    {
        return world.supervisor.permission(domain, StackId{stack}, address);
    }
    /// A thread of `caller`'s domain on its own vCPU, with a fresh stack.
    Caller second_thread(const Caller& caller, std::uint32_t vcpu)
    {
        ThreadCreate create;
        create.entry = world.code(caller.domain);
        create.stack = alloc(caller, 2);
        world.value(caller, create);
        return world.dispatch(vcpu);
    }

    World world;
    DomainId first{};
    DomainId second{};
    Caller a;
    Caller b;
    std::uint64_t slot_size = 0;
    std::uint64_t largest = 0;
    Range area;
};

TEST_F(StackCalls, alloc_commits_the_top_of_the_lowest_free_slot)
{
    const std::uint64_t stack = alloc(a, 3, 8);
    EXPECT_EQ(stack, area.begin + 2 * slot_size);
    EXPECT_TRUE(world.machine.is_committed(below_top(stack, 3)));
    EXPECT_FALSE(world.machine.is_committed(below_top(stack, 4)));
    const SlotFacts facts = world.supervisor.facts(first, stack).slot;
    EXPECT_EQ(facts.state, SlotFacts::State::live);
    EXPECT_EQ(facts.committed, (Range{below_top(stack, 3), stack + slot_size}));
    EXPECT_EQ(facts.limit, 8 * page);
    EXPECT_EQ(facts.creator, first);
}

TEST_F(StackCalls, alloc_at_a_named_slot_gives_that_slot)
{
    const std::uint64_t slot = area.begin + 5 * slot_size;
    EXPECT_EQ(world.value(a, StackAlloc{page, 0, slot, PD_SELF}), slot);
}

TEST_F(StackCalls, alloc_refuses_each_bad_argument_with_its_own_status)
{
    const std::string before = snapshot(world);
    const auto status = [&](std::uint64_t commit, std::uint64_t limit = 0, std::uint64_t slot = 0,
                            std::uint64_t manager = PD_SELF) {
        return world.status(a, StackAlloc{commit, limit, slot, manager});
    };
    EXPECT_EQ(status(page + 1), PD_MISALIGNED);
    EXPECT_EQ(status(page, page + 8), PD_MISALIGNED);
    EXPECT_EQ(status(page, 0, area.begin + page), PD_MISALIGNED);
    EXPECT_EQ(status(0), PD_EMPTY_RANGE);
    EXPECT_EQ(status(0, page), PD_EMPTY_RANGE);
    EXPECT_EQ(status(2 * page, page), PD_BAD_ARGUMENT);
    EXPECT_EQ(status(page, 0, area.end), PD_BAD_ARGUMENT);
    EXPECT_EQ(status(page, 0, area.begin - slot_size), PD_BAD_ARGUMENT);
    EXPECT_EQ(status(largest + page), PD_TOO_LARGE);
    EXPECT_EQ(status(page, largest + page), PD_TOO_LARGE);
    EXPECT_EQ(status(last_page), PD_TOO_LARGE);
    EXPECT_EQ(status(page, last_page), PD_TOO_LARGE);
    EXPECT_EQ(status(page, 0, 0, 17), PD_BAD_HANDLE);
    EXPECT_EQ(status(page, 0, 0, std::uint64_t{1} << 32), PD_BAD_HANDLE);
    EXPECT_EQ(status(page, 0, own_stack(0)), PD_REGION_CONFLICT);
    EXPECT_EQ(snapshot(world), before);
    EXPECT_EQ(status(largest, largest), PD_OK);
}

TEST_F(StackCalls, alloc_says_which_quota_or_area_is_used_up)
{
    EXPECT_EQ(world.status(a, StackAlloc{11 * page, 0, 0, PD_SELF}), PD_OK);
    EXPECT_EQ(world.status(a, StackAlloc{12 * page, 0, 0, PD_SELF}), PD_QUOTA_STACK_BYTES);
    alloc(a, 1);
    alloc(a, 1);
    EXPECT_EQ(world.status(a, StackAlloc{page, 0, 0, PD_SELF}), PD_QUOTA_STACKS);
    for (int left = 3; left > 0; --left) {
        alloc(b, 1);
    }
    EXPECT_EQ(world.status(b, StackAlloc{page, 0, 0, PD_SELF}), PD_NO_SLOT);
}

TEST_F(StackCalls, a_named_slot_conflicts_in_every_state_but_free)
{
    const std::uint64_t named = area.begin + 6 * slot_size;
    const StackAlloc request{page, 0, named, PD_SELF};
    const Plan allocating = world.begin(a, request);
    EXPECT_EQ(world.status(b, request), PD_REGION_CONFLICT) << "claimed";
    ASSERT_EQ(world.perform(allocating).reply.status, PD_OK);
    EXPECT_EQ(world.status(b, request), PD_REGION_CONFLICT) << "live";
    const Plan freeing = world.begin(a, StackFree{named});
    EXPECT_EQ(world.status(b, request), PD_REGION_CONFLICT) << "freeing";
    ASSERT_EQ(world.perform(freeing).reply.status, PD_OK);
    EXPECT_EQ(world.status(b, request), PD_OK) << "freed";
}

TEST_F(StackCalls, free_gives_slot_and_quota_back)
{
    const std::uint64_t stack = alloc(a, 3);
    EXPECT_EQ(world.status(a, StackFree{stack}), PD_OK);
    EXPECT_EQ(world.supervisor.usage(first).stacks.current, 1U);
    EXPECT_EQ(world.supervisor.usage(first).stacks.peak, 2U);
    EXPECT_EQ(world.supervisor.usage(first).stack_bytes.current, 2 * page);
    EXPECT_EQ(world.supervisor.usage(first).stack_bytes.peak, 5 * page);
    const SlotFacts facts = world.supervisor.facts(first, stack).slot;
    EXPECT_EQ(facts.state, SlotFacts::State::freed);
    EXPECT_EQ(facts.creator, first);
    EXPECT_EQ(alloc(b, 1), stack);
}

TEST_F(StackCalls, free_refuses_what_is_no_stack_foreign_or_used)
{
    const std::uint64_t stack = alloc(a, 2);
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(a, StackFree{0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, StackFree{stack + page}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, StackFree{stack + slot_size}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, StackFree{area.end}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, StackFree{~std::uint64_t{0}}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, StackFree{stack}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, StackFree{own_stack(1)}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, StackFree{own_stack(0)}), PD_IN_USE);
    EXPECT_EQ(snapshot(world), before);
    EXPECT_EQ(world.status(a, StackFree{stack}), PD_OK);
    EXPECT_EQ(world.status(a, StackFree{stack}), PD_BAD_HANDLE);
}

TEST_F(StackCalls, a_stack_on_its_way_out_is_in_use_for_its_creator)
{
    const std::uint64_t stack = alloc(a, 2, 4);
    const Caller c = second_thread(a, 2);
    const Plan freeing = world.begin(a, StackFree{stack});
    ASSERT_FALSE(freeing.is_final);
    EXPECT_EQ(world.status(c, StackFree{stack}), PD_IN_USE);
    EXPECT_EQ(world.status(c, StackGrow{stack, 3 * page}), PD_IN_USE);
    EXPECT_EQ(world.status(c, StackActivate{stack, PD_THIS_VCPU}), PD_IN_USE);
    ThreadCreate create;
    create.entry = world.code(first);
    create.stack = stack;
    EXPECT_EQ(world.status(c, create), PD_IN_USE);
    EXPECT_EQ(world.status(c, StackInfo{stack}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, StackFree{stack}), PD_NOT_OWNER);
    EXPECT_EQ(world.perform(freeing).reply.status, PD_OK);
}

TEST_F(StackCalls, an_allocation_in_progress_is_no_stack_yet)
{
    const Caller c = second_thread(a, 2);
    const Plan allocating = world.begin(a, StackAlloc{page, 0, 0, PD_SELF});
    const std::uint64_t stack = area.begin + 3 * slot_size;
    EXPECT_EQ(world.supervisor.facts(first, stack).slot.state, SlotFacts::State::changing);
    EXPECT_EQ(world.status(c, StackFree{stack}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(c, StackActivate{stack, PD_THIS_VCPU}), PD_BAD_HANDLE);
    const Plan done = world.perform(allocating);
    EXPECT_EQ(done.reply.value, stack);
}

TEST_F(StackCalls, grow_commits_below_what_is_and_keeps_the_rest)
{
    const std::uint64_t stack = own_stack(0);
    EXPECT_EQ(world.status(a, StackGrow{stack, 4 * page}), PD_OK);
    EXPECT_TRUE(world.machine.is_committed(below_top(stack, 4)));
    EXPECT_EQ(world.machine.in_tables(first, StackId{stack}, below_top(stack, 4)),
              Perm::read_write);
    EXPECT_TRUE(world.supervisor.is_permitted(first, StackId{stack}, below_top(stack, 4), 4 * page,
                                              Perm::read_write));
    EXPECT_EQ(world.status(a, StackGrow{stack, 4 * page}), PD_OK) << "nothing to do";
}

TEST_F(StackCalls, grow_keeps_permissions_that_were_set_above)
{
    const std::uint64_t stack = own_stack(0);
    world.value(a, StackSetPerm{below_top(stack, 2), page, r, PD_SELF, 0});
    EXPECT_EQ(world.status(a, StackGrow{stack, 4 * page}), PD_OK);
    EXPECT_EQ(record(first, stack, below_top(stack, 1)), Perm::read_write);
    EXPECT_EQ(record(first, stack, below_top(stack, 2)), Perm::read);
    EXPECT_EQ(record(first, stack, below_top(stack, 3)), Perm::read_write);
    const auto parts = world.supervisor.stack_pages(first, StackId{stack});
    ASSERT_EQ(parts.size(), 3U);
    EXPECT_EQ(parts[1].pages, (Range{below_top(stack, 2), below_top(stack, 1)}));
    EXPECT_EQ(parts[1].perm, Perm::read);
}

TEST_F(StackCalls, grow_refuses_each_bad_argument_with_its_own_status)
{
    const std::uint64_t stack = alloc(a, 3, 6);
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(a, StackGrow{stack, 4 * page + 1}), PD_MISALIGNED);
    EXPECT_EQ(world.status(a, StackGrow{stack + page, 4 * page}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, StackGrow{stack, 4 * page}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, StackGrow{stack, 2 * page}), PD_BAD_ARGUMENT);
    EXPECT_EQ(world.status(a, StackGrow{stack, 0}), PD_BAD_ARGUMENT);
    EXPECT_EQ(world.status(a, StackGrow{stack, 7 * page}), PD_TOO_LARGE);
    EXPECT_EQ(world.status(a, StackGrow{stack, last_page}), PD_TOO_LARGE);
    EXPECT_EQ(snapshot(world), before);
    alloc(a, 12);
    alloc(a, 6);
    EXPECT_EQ(world.status(a, StackGrow{stack, 6 * page}), PD_QUOTA_STACK_BYTES);
}

TEST_F(StackCalls, a_growing_stack_is_in_use_for_others_but_its_thread_goes_on)
{
    const Caller c = second_thread(a, 2);
    const std::uint64_t stack = own_stack(0);
    const Plan growing = world.begin(c, StackGrow{stack, 3 * page});
    ASSERT_FALSE(growing.is_final);
    EXPECT_EQ(world.status(a, StackGrow{stack, 4 * page}), PD_IN_USE);
    EXPECT_EQ(world.status(a, StackSetPerm{below_top(stack, 1), page, r, 1, 0}), PD_IN_USE);
    world.supervisor.leave(a.vcpu, world.now);
    a = world.dispatch(0);
    EXPECT_EQ(world.perform(growing).reply.status, PD_OK);
    EXPECT_EQ(record(first, stack, below_top(stack, 3)), Perm::read_write);
}

TEST_F(StackCalls, a_growing_stack_gets_no_thread_meanwhile)
{
    const Caller c = second_thread(a, 2);
    const std::uint64_t stack = alloc(a, 1, 4);
    const Plan growing = world.begin(a, StackGrow{stack, 2 * page});
    EXPECT_EQ(world.status(c, StackActivate{stack, PD_THIS_VCPU}), PD_IN_USE);
    EXPECT_EQ(world.status(c, StackFree{stack}), PD_IN_USE);
    ThreadCreate create;
    create.entry = world.code(first);
    create.stack = stack;
    EXPECT_EQ(world.status(c, create), PD_IN_USE);
    world.perform(growing);
    EXPECT_EQ(world.status(c, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
}

TEST_F(StackCalls, activate_switches_the_threads_stack_and_keeps_its_home)
{
    const std::uint64_t other = alloc(a, 2);
    const std::uint64_t home = own_stack(0);
    EXPECT_EQ(world.status(a, StackActivate{other, PD_THIS_VCPU}), PD_OK);
    EXPECT_EQ(world.supervisor.current_stack(a.thread), StackId{other});
    EXPECT_EQ(world.supervisor.facts(first, other).slot.active_on, VcpuId{0});
    EXPECT_EQ(world.supervisor.facts(first, home).slot.active_on, no_vcpu);
    EXPECT_EQ(world.supervisor.facts(first, home).slot.thread, a.thread);
    EXPECT_EQ(world.status(a, StackFree{home}), PD_IN_USE) << "home of a thread";
    EXPECT_EQ(world.status(a, StackFree{other}), PD_IN_USE) << "active";
    // It keeps its current stack when it is preempted.
    world.supervisor.leave(a.vcpu, world.now);
    EXPECT_EQ(world.supervisor.facts(first, other).slot.active_on, no_vcpu);
    EXPECT_EQ(world.status(b, StackActivate{other, PD_THIS_VCPU}), PD_NOT_PERMITTED);
    a = world.dispatch(3);
    EXPECT_EQ(world.last(3).stack, StackId{other});
    EXPECT_EQ(world.status(a, StackActivate{home, 3}), PD_OK);
    EXPECT_EQ(world.status(a, StackFree{other}), PD_OK);
}

TEST_F(StackCalls, activate_refuses_each_bad_argument_with_its_own_status)
{
    const Caller c = second_thread(a, 2);
    const std::uint64_t other = alloc(a, 2);
    const std::string before = snapshot(world);
    const auto status = [&](std::uint64_t stack, std::uint64_t vcpu = PD_THIS_VCPU) {
        return world.status(a, StackActivate{stack, vcpu});
    };
    EXPECT_EQ(status(other, 2), PD_BAD_ARGUMENT);
    EXPECT_EQ(status(other, 99), PD_BAD_ARGUMENT);
    EXPECT_EQ(status(other + page), PD_BAD_HANDLE);
    EXPECT_EQ(status(area.end), PD_BAD_HANDLE);
    EXPECT_EQ(status(own_stack(1)), PD_NOT_PERMITTED);
    EXPECT_EQ(status(own_stack(2)), PD_IN_USE) << "active elsewhere";
    EXPECT_EQ(snapshot(world), before);
    world.supervisor.leave(c.vcpu, world.now);
    EXPECT_EQ(status(own_stack(2)), PD_IN_USE) << "another thread's";
    EXPECT_EQ(status(own_stack(0)), PD_OK) << "already active";
    EXPECT_EQ(status(other, 0), PD_OK);
}

TEST_F(StackCalls, a_thread_manager_activates_the_stack_it_was_named_for)
{
    const std::uint64_t stack = alloc(a, 2, 0, 1);
    EXPECT_EQ(world.status(b, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    EXPECT_EQ(world.supervisor.facts(first, stack).slot.thread, b.thread);
    // It may activate the stack, but what it may do with its pages is the creator's to grant.
    EXPECT_TRUE(world.supervisor.stack_pages(second, StackId{stack}).empty());
    EXPECT_FALSE(
        world.supervisor.is_permitted(second, StackId{stack}, below_top(stack, 1), 8, Perm::read));
    EXPECT_EQ(world.status(a, StackFree{stack}), PD_IN_USE);
    EXPECT_EQ(world.status(b, StackSetPerm{below_top(stack, 1), page, r, PD_SELF, 0}), PD_OK);
    EXPECT_EQ(record(second, stack, below_top(stack, 1)), Perm::read);
    EXPECT_EQ(world.status(b, StackActivate{own_stack(1), PD_THIS_VCPU}), PD_OK);
    EXPECT_EQ(world.status(b, StackFree{stack}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, StackFree{stack}), PD_OK);
}

TEST_F(StackCalls, set_perm_grants_pages_of_the_active_stack_to_another_domain)
{
    const std::uint64_t stack = own_stack(0);
    const std::uint64_t top_page = below_top(stack, 1);
    EXPECT_EQ(world.status(a, StackSetPerm{top_page, page, r, 1, 0}), PD_OK);
    EXPECT_TRUE(
        world.supervisor.is_permitted(second, StackId{own_stack(1)}, top_page, page, Perm::read));
    EXPECT_FALSE(world.supervisor.is_permitted(second, StackId{own_stack(1)}, top_page, page,
                                               Perm::read_write));
    EXPECT_FALSE(
        world.supervisor.is_permitted(second, StackId{own_stack(1)}, top_page - 1, 2, Perm::read));
    // The other domain touches it, so that its root is filled in; the revocation takes it out.
    world.machine.fill(second, StackId{own_stack(1)}, top_page, Perm::read);
    EXPECT_EQ(world.status(a, StackSetPerm{top_page, page, 0, 1, 0}), PD_OK);
    EXPECT_EQ(world.machine.in_tables(second, StackId{own_stack(1)}, top_page), Perm::none);
}

TEST_F(StackCalls, set_perm_exclusive_takes_the_pages_from_the_creator_too)
{
    const std::uint64_t stack = own_stack(0);
    const std::uint64_t low_page = below_top(stack, 2);
    EXPECT_EQ(world.status(a, StackSetPerm{low_page, page, rw, 1, PD_EXCLUSIVE}), PD_OK);
    EXPECT_EQ(record(first, stack, low_page), Perm::none);
    EXPECT_EQ(record(first, stack, below_top(stack, 1)), Perm::read_write);
    EXPECT_EQ(world.machine.in_tables(first, StackId{stack}, low_page), Perm::none);
    EXPECT_EQ(record(second, own_stack(1), low_page), Perm::read_write);
    EXPECT_EQ(world.status(a, StackSetPerm{low_page, page, rw, PD_SELF, PD_EXCLUSIVE}), PD_OK);
    EXPECT_EQ(record(second, own_stack(1), low_page), Perm::none);
    EXPECT_EQ(world.machine.in_tables(first, StackId{stack}, low_page), Perm::read_write);
}

TEST_F(StackCalls, set_perm_refuses_each_bad_argument_with_its_own_status)
{
    const std::uint64_t stack = own_stack(0);
    const std::uint64_t idle = alloc(a, 2);
    const std::uint64_t top_page = below_top(stack, 1);
    const std::string before = snapshot(world);
    const auto set = [&](std::uint64_t address, std::uint64_t length, std::uint64_t perm = r,
                         std::uint64_t domain = 1, std::uint64_t flags = 0) {
        return world.status(a, StackSetPerm{address, length, perm, domain, flags});
    };
    EXPECT_EQ(set(top_page + 1, page), PD_MISALIGNED);
    EXPECT_EQ(set(top_page, 1), PD_MISALIGNED);
    EXPECT_EQ(set(top_page, 0), PD_EMPTY_RANGE);
    EXPECT_EQ(set(last_page, page), PD_RANGE_OVERFLOW);
    EXPECT_EQ(set(top_page, last_page), PD_RANGE_OVERFLOW);
    EXPECT_EQ(set(top_page, page, PD_PERM_READ | PD_PERM_EXECUTE), PD_BAD_ARGUMENT);
    EXPECT_EQ(set(top_page, page, PD_PERM_WRITE), PD_BAD_ARGUMENT);
    EXPECT_EQ(set(top_page, page, r, 1, 4), PD_BAD_ARGUMENT);
    EXPECT_EQ(set(top_page, page, r, 2), PD_BAD_HANDLE);
    EXPECT_EQ(set(below_top(stack, 3), page), PD_NOT_COMMITTED);
    EXPECT_EQ(set(stack, page), PD_NOT_COMMITTED) << "the guard";
    EXPECT_EQ(set(top_page, 2 * page), PD_NOT_COMMITTED) << "into the neighbour";
    EXPECT_EQ(set(world.data(first), page), PD_NOT_COMMITTED) << "not a stack";
    EXPECT_EQ(set(below_top(own_stack(1), 1), page), PD_NOT_PERMITTED);
    EXPECT_EQ(set(below_top(idle, 1), page), PD_NOT_ACTIVE);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(StackCalls, info_tells_creator_and_manager_about_the_stack)
{
    const std::uint64_t stack = alloc(a, 3, 6, 1);
    world.machine.write(below_top(stack, 2), 1);
    const auto info = std::get<pd_stack_info>(world.call(b, StackInfo{stack}).out);
    EXPECT_EQ(info.stack, stack);
    EXPECT_EQ(info.top, stack + slot_size);
    EXPECT_EQ(info.committed, 3 * page);
    EXPECT_EQ(info.limit, 6 * page);
    EXPECT_EQ(info.peak, 2 * page);
    EXPECT_EQ(info.creator, 0U);
    EXPECT_EQ(info.manager, 1U);
    EXPECT_EQ(info.vcpu, PD_THIS_VCPU);
    const auto own = std::get<pd_stack_info>(world.call(b, StackInfo{own_stack(1)}).out);
    EXPECT_EQ(own.vcpu, 1U);
    EXPECT_EQ(world.status(b, StackInfo{own_stack(0)}), PD_NOT_PERMITTED);
    EXPECT_EQ(world.status(b, StackInfo{stack + 1}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(b, StackInfo{area.begin + 7 * slot_size}), PD_BAD_HANDLE);
}

} // namespace
} // namespace glacis::supervisor::test
