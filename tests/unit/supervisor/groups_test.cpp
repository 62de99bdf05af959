// Groups of domains: who is in them, and one call for all of them.

#include <set>

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;

/// Four domains with a thread each on the vCPU of their number; the first has a group of the second
/// and the third.
class Groups : public ::testing::Test {
public:
    Groups()
    {
        for (const char* name : {"owner", "second", "third", "fourth"}) {
            domains.push_back(world.add_domain(name));
            callers.push_back(world.dispatch(static_cast<std::uint32_t>(callers.size())));
        }
        group = world.value(owner(), GroupCreate{});
        world.value(owner(), GroupAdd{group, 1});
        world.value(owner(), GroupAdd{group, 2});
        base = world.value(owner(), MemoryAlloc{4 * page, rw});
    }
    ~Groups() override { world.check_idle(); }

    [[nodiscard]] const Caller& owner() const { return callers[0]; }
    [[nodiscard]] MemorySetGroupPerm request(std::uint64_t first_page, std::uint64_t pages,
                                             std::uint64_t perm, std::uint64_t flags = 0) const
    {
        return {base + first_page * page, pages * page, perm, group, flags};
    }
    /// What each domain may do with a page, by record and tables alike: "w" read and write, "r"
    /// read, "-" nothing.
    [[nodiscard]] std::string rights(std::uint64_t number) const
    {
        std::string text;
        for (const DomainId domain : domains) {
            const std::uint64_t at = base + number * page;
            const Perm perm = world.supervisor.permission(domain, StackId{0}, at);
            EXPECT_EQ(world.machine.in_tables(domain, at), perm);
            text += perm == Perm::read_write ? 'w' : perm == Perm::read ? 'r' : '-';
        }
        return text;
    }
    void end(std::uint32_t number)
    {
        world.supervisor.stop_domain(domains[number]);
        world.supervisor.leave(VcpuId{number}, world.now);
        EXPECT_EQ(world.release_quiescent(), 1U);
    }
    [[nodiscard]] std::size_t members() const
    {
        return world.supervisor.groups(domains[0]).at(0).members.size();
    }

    World world;
    std::vector<DomainId> domains;
    std::vector<Caller> callers;
    std::uint64_t group = 0;
    std::uint64_t base = 0; ///< four pages of the owner
};

using G3Groups = Groups;
using G5Groups = Groups;
using G8Groups = Groups;

TEST_F(Groups, one_call_sets_what_every_member_may_do)
{
    EXPECT_EQ(world.status(owner(), request(0, 2, r)), PD_OK);
    EXPECT_EQ(rights(0), "wrr-");
    EXPECT_EQ(rights(2), "w---");
    EXPECT_EQ(world.status(owner(), request(1, 3, rw)), PD_OK);
    EXPECT_EQ(rights(0), "wrr-");
    EXPECT_EQ(rights(1), "www-");
    EXPECT_EQ(world.status(owner(), request(0, 4, 0)), PD_OK);
    EXPECT_EQ(rights(0), "w---");
    EXPECT_EQ(rights(3), "w---");
}

TEST_F(Groups, members_may_have_had_different_rights_before)
{
    world.value(owner(), MemorySetPerm{base, 2 * page, rw, 1, 0});
    world.value(owner(), MemorySetPerm{base + page, 2 * page, r, 2, 0});
    world.value(owner(), MemorySetPerm{base + page, page, r, 3, 0});
    EXPECT_EQ(world.status(owner(), request(0, 4, r)), PD_OK);
    EXPECT_EQ(rights(0), "wrr-");
    EXPECT_EQ(rights(1), "wrrr") << "who is not in the group keeps what it has";
    EXPECT_EQ(rights(3), "wrr-");
}

TEST_F(Groups, exclusive_takes_the_pages_from_everybody_outside)
{
    world.value(owner(), MemorySetPerm{base, 4 * page, rw, 3, 0});
    EXPECT_EQ(world.status(owner(), request(0, 1, r, PD_EXCLUSIVE)), PD_OK);
    EXPECT_EQ(rights(0), "-rr-");
    EXPECT_EQ(rights(1), "w--w");
    world.value(owner(), GroupAdd{group, PD_SELF});
    EXPECT_EQ(world.status(owner(), request(0, 2, rw, PD_EXCLUSIVE)), PD_OK);
    EXPECT_EQ(rights(0), "www-") << "the owner is a member now";
    EXPECT_EQ(rights(1), "www-");
}

TEST_F(Groups, an_empty_group_gets_nothing_and_exclusively_so)
{
    group = world.value(owner(), GroupCreate{});
    EXPECT_EQ(world.status(owner(), request(0, 1, rw)), PD_OK);
    EXPECT_EQ(rights(0), "w---");
    EXPECT_EQ(world.status(owner(), request(0, 1, rw, PD_EXCLUSIVE)), PD_OK);
    EXPECT_EQ(rights(0), "----") << "nobody may use it; its owner may take it again";
    EXPECT_EQ(world.status(owner(), MemorySetPerm{base, page, rw, PD_SELF, 0}), PD_OK);
}

TEST_F(Groups, who_comes_or_goes_keeps_the_permissions_it_has)
{
    world.value(owner(), request(0, 1, r));
    world.value(owner(), GroupAdd{group, 3});
    EXPECT_EQ(rights(0), "wrr-") << "joining grants nothing";
    world.value(owner(), GroupRemove{group, 1});
    EXPECT_EQ(rights(0), "wrr-") << "leaving takes nothing away";
    world.value(owner(), request(0, 1, rw));
    EXPECT_EQ(rights(0), "wrww");
    world.value(owner(), GroupDelete{group});
    EXPECT_EQ(rights(0), "wrww") << "neither does the end of the group";
}

TEST_F(Groups, adding_a_member_and_removing_a_stranger_is_no_mistake)
{
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(owner(), GroupAdd{group, 1}), PD_OK);
    EXPECT_EQ(world.status(owner(), GroupRemove{group, 3}), PD_OK);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(Groups, a_handle_that_outlived_its_group_is_recognised)
{
    world.value(owner(), GroupDelete{group});
    std::set<std::uint64_t> seen{group};
    for (int again = 0; again < 100; ++again) {
        const std::uint64_t next = world.value(owner(), GroupCreate{});
        EXPECT_TRUE(seen.insert(next).second) << "a handle was given out twice";
        EXPECT_NE(next, 0U);
        EXPECT_EQ(world.status(owner(), GroupAdd{group, 1}), PD_BAD_HANDLE);
        EXPECT_EQ(world.status(owner(), request(0, 1, r)), PD_BAD_HANDLE);
        EXPECT_EQ(world.status(owner(), GroupDelete{next}), PD_OK);
    }
    EXPECT_TRUE(world.supervisor.groups(domains[0]).empty());
}

TEST_F(Groups, a_domain_has_a_limited_number_of_groups)
{
    std::uint64_t last = 0;
    for (std::uint64_t more = 1; more < PD_GROUPS_MAX; ++more) {
        last = world.value(owner(), GroupCreate{});
    }
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(owner(), GroupCreate{}), PD_QUOTA);
    EXPECT_EQ(snapshot(world), before);
    EXPECT_EQ(world.status(callers[1], GroupCreate{}), PD_OK) << "others have their own";
    EXPECT_EQ(world.status(owner(), GroupDelete{last}), PD_OK);
    EXPECT_EQ(world.status(owner(), GroupCreate{}), PD_OK);
}

TEST_F(Groups, a_member_that_ends_leaves_the_group_and_stays_out_when_restarted)
{
    world.value(owner(), request(0, 1, r));
    world.supervisor.stop_domain(domains[1]);
    EXPECT_EQ(members(), 1U) << "from the moment on in which it is stopped";
    EXPECT_EQ(world.status(owner(), GroupAdd{group, 1}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(owner(), GroupRemove{group, 1}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(owner(), request(0, 2, rw)), PD_OK) << "the others are there still";
    world.supervisor.leave(VcpuId{1}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    world.supervisor.restart_domain(domains[1]);
    world.start_domain(domains[1]);
    EXPECT_EQ(world.status(owner(), request(0, 2, r)), PD_OK);
    EXPECT_EQ(rights(0), "w-r-");
    EXPECT_EQ(world.status(owner(), GroupAdd{group, 1}), PD_OK);
    EXPECT_EQ(world.status(owner(), request(0, 2, r)), PD_OK);
    EXPECT_EQ(rights(0), "wrr-");
}

TEST_F(Groups, groups_of_a_domain_end_with_it)
{
    end(0);
    EXPECT_TRUE(world.supervisor.groups(domains[0]).empty());
    world.supervisor.restart_domain(domains[0]);
    world.start_domain(domains[0]);
    const Caller again = world.dispatch(0);
    EXPECT_EQ(world.status(again, GroupDelete{group}), PD_BAD_HANDLE);
    EXPECT_NE(world.value(again, GroupCreate{}), group);
}

TEST_F(G3Groups, one_grant_too_many_and_no_member_gets_anything)
{
    Quota quota;
    quota.grants = 3;
    World small;
    const DomainId granter = small.add_domain("granter", quota);
    const Caller caller = small.dispatch(0);
    const std::uint64_t all = small.value(caller, GroupCreate{});
    for (std::uint64_t member = 1; member <= 4; ++member) {
        small.add_domain("member" + std::to_string(member));
        small.value(caller, GroupAdd{all, member});
    }
    const std::uint64_t memory = small.value(caller, MemoryAlloc{2 * page, rw});
    const std::string before = snapshot(small);
    EXPECT_EQ(small.status(caller, MemorySetGroupPerm{memory, page, r, all, 0}), PD_QUOTA_GRANTS);
    EXPECT_EQ(snapshot(small), before);
    small.value(caller, GroupRemove{all, 4});
    EXPECT_EQ(small.status(caller, MemorySetGroupPerm{memory, page, r, all, 0}), PD_OK);
    EXPECT_EQ(small.supervisor.usage(granter).grants.current, 3U);
    small.check_idle();
}

TEST_F(G3Groups, members_of_the_beginning_are_those_of_the_whole_call)
{
    const Plan plan = world.begin(owner(), request(0, 1, r));
    // The owner's second thread changes the group and deletes it while the call is in progress.
    const std::uint64_t stack =
        world.perform(world.supervisor.reserve_stack(domains[0], page, 0)).reply.value;
    world.supervisor.start_main_thread(domains[0], StackId{stack}, world.code(domains[0]), 0);
    world.supervisor.leave(VcpuId{3}, world.now);
    const Caller other = world.dispatch(3);
    ASSERT_EQ(other.domain, domains[0]);
    EXPECT_EQ(world.status(other, GroupAdd{group, 3}), PD_OK);
    EXPECT_EQ(world.status(other, GroupRemove{group, 1}), PD_OK);
    EXPECT_EQ(world.status(other, request(0, 1, r)), PD_IN_USE);
    EXPECT_EQ(world.status(other, GroupDelete{group}), PD_OK);
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
    EXPECT_EQ(rights(0), "wrr-");
}

TEST_F(G3Groups, a_member_that_is_stopped_meanwhile_waits_for_the_end_of_the_call)
{
    const Plan plan = world.begin(owner(), request(0, 1, r));
    world.supervisor.stop_domain(domains[1]);
    world.supervisor.leave(VcpuId{1}, world.now);
    EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(rights(0), "w-r-");
    EXPECT_EQ(world.supervisor.usage(domains[0]).grants.current, 1U);
}

TEST_F(G5Groups, only_its_owner_uses_a_group_and_only_for_its_own_pages)
{
    const std::uint64_t foreign = world.value(callers[1], MemoryAlloc{page, rw});
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(callers[1], GroupAdd{group, 3}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(callers[1], GroupRemove{group, 1}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(callers[1], GroupDelete{group}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(callers[1], MemorySetGroupPerm{foreign, page, r, group, 0}),
              PD_NOT_OWNER);
    EXPECT_EQ(world.status(owner(), MemorySetGroupPerm{foreign, page, r, group, 0}), PD_NOT_OWNER);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(G8Groups, a_revocation_is_one_flush_after_the_last_of_them_has_lost_the_pages)
{
    world.value(owner(), request(0, 2, rw));
    const Plan plan = world.begin(owner(), request(0, 2, r));
    ASSERT_EQ(plan.effects.size(), 3U);
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[0]).domain, domains[1]);
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[1]).domain, domains[2]);
    EXPECT_EQ(std::get<Flush>(plan.effects[2]).pages, (Range{base, base + 2 * page}));
    for (const std::uint32_t member : {1U, 2U}) {
        EXPECT_EQ(world.supervisor.permission(domains[member], StackId{0}, base), Perm::read)
            << "no fault maps again what is being taken away";
    }
    world.perform(plan);
}

TEST_F(G8Groups, an_exclusive_grant_gives_only_when_the_others_have_lost_the_pages)
{
    world.value(owner(), MemorySetPerm{base, page, rw, 3, 0});
    const Plan plan = world.begin(owner(), request(0, 1, rw, PD_EXCLUSIVE));
    ASSERT_EQ(plan.effects.size(), 5U);
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[0]).perm, Perm::none);
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[1]).perm, Perm::none);
    EXPECT_TRUE(std::holds_alternative<Flush>(plan.effects[2]));
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[3]).domain, domains[1]);
    EXPECT_EQ(std::get<SetDomainPages>(plan.effects[4]).domain, domains[2]);
    world.perform(plan);
}

} // namespace
} // namespace glacis::supervisor::test
