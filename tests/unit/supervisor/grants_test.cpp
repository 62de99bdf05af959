// The quota of grants: what counts, what is refused, and that nothing is lost or counted twice.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;

/// `first` may have four grants, `second` two, `third` any number. Each has a thread on the vCPU of
/// its number.
class G3GrantQuota : public ::testing::Test {
public:
    G3GrantQuota()
    {
        Quota four;
        four.grants = 4;
        Quota two;
        two.grants = 2;
        first = world.add_domain("first", four);
        second = world.add_domain("second", two);
        third = world.add_domain("third");
        a = world.dispatch(0);
        b = world.dispatch(1);
        c = world.dispatch(2);
        base = world.value(a, MemoryAlloc{8 * page, rw});
    }
    ~G3GrantQuota() override { world.check_idle(); }

    [[nodiscard]] std::uint64_t grants(DomainId domain) const
    {
        return world.supervisor.usage(domain).grants.current;
    }
    pd_status set(std::uint64_t first_page, std::uint64_t pages, std::uint64_t perm,
                  std::uint64_t domain, std::uint64_t flags = 0)
    {
        return world.status(
            a, MemorySetPerm{base + first_page * page, pages * page, perm, domain, flags});
    }
    void refuses(const Caller& caller, const Request& request)
    {
        const std::string before = snapshot(world);
        EXPECT_EQ(world.status(caller, request), PD_QUOTA_GRANTS);
        EXPECT_EQ(snapshot(world), before);
    }
    [[nodiscard]] MemorySetPerm request(std::uint64_t first_page, std::uint64_t pages,
                                        std::uint64_t perm, std::uint64_t domain) const
    {
        return {base + first_page * page, pages * page, perm, domain, 0};
    }
    /// A page of the caller's active stack, counted from its top.
    [[nodiscard]] std::uint64_t stack_page(std::uint32_t vcpu, std::uint64_t below_top) const
    {
        return static_cast<std::uint64_t>(world.last(vcpu).stack) + world.layout.stack_slot -
               below_top * page;
    }

    World world;
    DomainId first{};
    DomainId second{};
    DomainId third{};
    Caller a;
    Caller b;
    Caller c;
    std::uint64_t base = 0; ///< eight pages of `first`
};

TEST_F(G3GrantQuota, one_stretch_with_one_permission_is_one_grant_for_each_domain)
{
    EXPECT_EQ(grants(first), 0U) << "what the owner may do itself is none";
    EXPECT_EQ(set(0, 8, r, 1), PD_OK);
    EXPECT_EQ(grants(first), 1U);
    EXPECT_EQ(set(0, 8, rw, 2), PD_OK);
    EXPECT_EQ(grants(first), 2U);
    EXPECT_EQ(set(0, 8, rw, 1), PD_OK);
    EXPECT_EQ(grants(first), 2U) << "another permission is no other grant";
    EXPECT_EQ(set(0, 8, 0, 1), PD_OK);
    EXPECT_EQ(set(0, 8, 0, 2), PD_OK);
    EXPECT_EQ(grants(first), 0U);
    EXPECT_EQ(world.supervisor.usage(first).grants.peak, 2U);
}

TEST_F(G3GrantQuota, pieces_count_each_until_they_are_alike_again)
{
    for (const std::uint64_t piece : {0, 2, 4, 6}) {
        EXPECT_EQ(set(piece, 1, r, 1), PD_OK);
    }
    EXPECT_EQ(grants(first), 4U);
    refuses(a, request(7, 1, rw, 1));
    refuses(a, request(7, 1, r, 2));
    EXPECT_EQ(set(6, 1, 0, 1), PD_OK);
    EXPECT_EQ(set(1, 1, r, 1), PD_OK) << "closes the gap";
    EXPECT_EQ(grants(first), 2U);
    EXPECT_EQ(set(0, 8, r, 1), PD_OK);
    EXPECT_EQ(grants(first), 1U);
}

TEST_F(G3GrantQuota, cutting_a_stretch_needs_room_for_both_pieces)
{
    ASSERT_EQ(set(0, 8, r, 1), PD_OK);
    ASSERT_EQ(set(0, 8, rw, 2), PD_OK);
    EXPECT_EQ(set(0, 4, r, PD_SELF), PD_OK) << "the owner's own right cuts those of the others";
    EXPECT_EQ(grants(first), 4U);
    refuses(a, request(1, 1, 0, 1));
    refuses(a, request(1, 1, rw, PD_SELF));
    refuses(a, MemoryFree{base + page, page});
    EXPECT_EQ(set(0, 4, 0, 1), PD_OK) << "whole stretches can always be revoked";
    EXPECT_EQ(grants(first), 3U);
    EXPECT_EQ(world.status(a, MemoryFree{base, 4 * page}), PD_OK) << "and freed";
    EXPECT_EQ(grants(first), 2U);
}

TEST_F(G3GrantQuota, an_exclusive_grant_has_the_room_of_what_it_takes_away)
{
    ASSERT_EQ(set(0, 1, r, 1), PD_OK);
    ASSERT_EQ(set(2, 1, r, 1), PD_OK);
    ASSERT_EQ(set(4, 1, r, 1), PD_OK);
    ASSERT_EQ(set(6, 1, r, 1), PD_OK);
    EXPECT_EQ(set(0, 8, rw, 2, PD_EXCLUSIVE), PD_OK);
    EXPECT_EQ(grants(first), 1U);
    EXPECT_EQ(set(0, 8, rw, PD_SELF, PD_EXCLUSIVE), PD_OK);
    EXPECT_EQ(grants(first), 0U);
}

TEST_F(G3GrantQuota, a_plan_in_progress_holds_room_for_either_end)
{
    ASSERT_EQ(set(0, 1, r, 1), PD_OK);
    ASSERT_EQ(set(2, 1, r, 1), PD_OK);
    ASSERT_EQ(set(4, 1, r, 1), PD_OK);
    // Another thread of the same domain asks while a revocation is under way.
    const std::uint64_t stack =
        world.perform(world.supervisor.reserve_stack(first, page, 0)).reply.value;
    world.supervisor.start_main_thread(first, StackId{stack}, world.code(first), 0);
    const Caller other = world.dispatch(3);
    const Plan revoking = world.begin(a, request(0, 5, 0, 1));
    EXPECT_EQ(grants(first), 3U);
    EXPECT_EQ(world.status(other, request(6, 1, r, 1)), PD_OK);
    refuses(other, request(7, 1, rw, 2));
    EXPECT_EQ(world.perform(revoking, fail_at(1)).reply.status, PD_HOST_NO_MEMORY);
    EXPECT_EQ(grants(first), 4U) << "what was taken away is back, and there was room for it";
    EXPECT_EQ(world.perform(world.begin(a, request(0, 5, 0, 1))).reply.status, PD_OK);
    const Plan granting = world.begin(a, request(0, 1, r, 2));
    EXPECT_EQ(grants(first), 2U) << "not yet in the record, but paid for";
    EXPECT_EQ(world.perform(granting, fail_at(0)).reply.status, PD_HOST_NO_MEMORY);
    EXPECT_EQ(grants(first), 1U);
    EXPECT_EQ(world.supervisor.usage(first).grants.peak, 4U);
}

TEST_F(G3GrantQuota, a_transfer_brings_the_rights_of_others_along)
{
    ASSERT_EQ(set(0, 8, r, 1), PD_OK);
    ASSERT_EQ(set(0, 8, r, 2), PD_OK);
    // For `second` the old owner's right is a grant, the third's too, its own no more.
    EXPECT_EQ(world.status(a, MemoryTransfer{base, 4 * page, 1}), PD_OK);
    EXPECT_EQ(grants(first), 2U);
    EXPECT_EQ(grants(second), 2U);
    refuses(a, MemoryTransfer{base + 5 * page, page, 1});
    EXPECT_EQ(world.status(a, MemoryTransfer{base + 5 * page, page, 2}), PD_OK);
    EXPECT_EQ(grants(first), 4U) << "two for each side of what was cut out";
    refuses(a, MemoryTransfer{base + 7 * page, page, 1});
    EXPECT_EQ(world.status(c, MemorySetPerm{base + 5 * page, page, rw, PD_SELF, PD_EXCLUSIVE}),
              PD_OK);
    EXPECT_EQ(grants(third), 0U);
}

TEST_F(G3GrantQuota, a_transfer_that_cuts_needs_room_on_the_old_owners_side_too)
{
    for (const std::uint64_t domain : {1, 2}) {
        ASSERT_EQ(set(0, 4, r, domain), PD_OK);
        ASSERT_EQ(set(4, 4, rw, domain), PD_OK);
    }
    ASSERT_EQ(grants(first), 4U);
    refuses(a, MemoryTransfer{base + page, page, 2});
    EXPECT_EQ(world.status(a, MemoryTransfer{base, page, 2}), PD_OK) << "cuts once, gives one away";
}

TEST_F(G3GrantQuota, grants_on_a_stack_are_its_creators)
{
    const auto set_stack = [&](std::uint64_t below_top, std::uint64_t pages, std::uint64_t perm,
                               std::uint64_t domain) {
        return StackSetPerm{stack_page(1, below_top), pages * page, perm, domain, 0};
    };
    EXPECT_EQ(world.status(b, set_stack(2, 2, r, 0)), PD_OK);
    EXPECT_EQ(grants(second), 1U);
    EXPECT_EQ(world.status(b, set_stack(1, 1, r, PD_SELF)), PD_OK) << "its own right is none";
    EXPECT_EQ(grants(second), 1U);
    EXPECT_EQ(world.status(b, set_stack(1, 1, rw, 0)), PD_OK);
    EXPECT_EQ(grants(second), 2U);
    refuses(b, set_stack(1, 1, r, 2));
    EXPECT_EQ(world.perform(world.begin(b, set_stack(2, 2, 0, 0)), fail_at(0)).reply.status,
              PD_HOST_NO_MEMORY);
    EXPECT_EQ(grants(second), 2U);
    EXPECT_EQ(world.status(b, set_stack(2, 2, 0, 0)), PD_OK);
    EXPECT_EQ(grants(second), 0U);
}

TEST_F(G3GrantQuota, what_a_stack_was_granted_goes_with_the_stack)
{
    const std::uint64_t stack = world.value(b, StackAlloc{page, 0, 0, PD_SELF});
    const std::uint64_t home = static_cast<std::uint64_t>(world.last(1).stack);
    ASSERT_EQ(world.status(b, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    const std::uint64_t top = stack + world.layout.stack_slot - page;
    EXPECT_EQ(world.status(b, StackSetPerm{top, page, r, 0, 0}), PD_OK);
    EXPECT_EQ(world.status(b, StackSetPerm{top, page, r, 2, 0}), PD_OK);
    ASSERT_EQ(world.status(b, StackActivate{home, PD_THIS_VCPU}), PD_OK);
    EXPECT_EQ(grants(second), 2U);
    EXPECT_EQ(world.status(b, StackFree{stack}), PD_OK);
    EXPECT_EQ(grants(second), 0U);
}

TEST_F(G3GrantQuota, a_domain_that_ends_frees_the_grants_it_had_and_those_it_was_given)
{
    ASSERT_EQ(set(0, 2, r, 1), PD_OK);
    ASSERT_EQ(set(4, 2, r, 1), PD_OK);
    ASSERT_EQ(set(0, 2, r, 2), PD_OK);
    ASSERT_EQ(world.status(a, StackSetPerm{stack_page(0, 1), page, r, 1, 0}), PD_OK);
    const std::uint64_t theirs = world.value(b, MemoryAlloc{page, rw});
    ASSERT_EQ(world.status(b, MemorySetPerm{theirs, page, r, 0, 0}), PD_OK);
    EXPECT_EQ(grants(first), 4U);
    EXPECT_EQ(grants(second), 1U);
    world.supervisor.stop_domain(second);
    world.supervisor.leave(VcpuId{1}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(grants(first), 1U) << "the third's";
    EXPECT_EQ(grants(second), 0U);
}

TEST_F(G3GrantQuota, an_inherited_stack_brings_its_grants_along)
{
    const std::uint64_t stack = world.value(c, StackAlloc{2 * page, 0, 0, 1});
    const std::uint64_t top = stack + world.layout.stack_slot;
    ASSERT_EQ(world.status(c, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    ASSERT_EQ(world.status(c, StackSetPerm{top - page, page, r, 0, 0}), PD_OK);
    ASSERT_EQ(world.status(c, StackSetPerm{top - 2 * page, 2 * page, rw, 1, 0}), PD_OK);
    ASSERT_EQ(world.status(c, StackActivate{static_cast<std::uint64_t>(world.last(2).stack), 2}),
              PD_OK);
    EXPECT_EQ(grants(third), 2U);
    ASSERT_EQ(world.status(b, StackActivate{stack, PD_THIS_VCPU}), PD_OK);
    world.supervisor.stop_domain(third);
    world.supervisor.leave(VcpuId{2}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(grants(third), 0U);
    EXPECT_EQ(grants(second), 1U) << "the first's; its own right is none any more";
}

TEST_F(G3GrantQuota, regions_of_the_supervisor_are_nobodys_grants)
{
    const std::uint64_t region =
        world.perform(world.supervisor.reserve_memory(supervisor_domain, 2 * page, Perm::none))
            .reply.value;
    for (const DomainId domain : {first, second, third}) {
        world.perform(
            world.supervisor.set_reserved_perm(domain, {region, region + page}, Perm::read_write));
        EXPECT_EQ(grants(domain), 0U);
    }
}

} // namespace
} // namespace glacis::supervisor::test
