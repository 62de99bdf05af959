// Supervisor::become: a record that is brought back to what it was.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

/// What domains that ask again and again are told.
using Replies = std::vector<std::pair<pd_status, std::uint64_t>>;

class Become : public ::testing::Test {
public:
    Become()
    {
        Quota quota;
        quota.stacks = 5;
        quota.memory = 12 * page;
        first = world.add_domain("first", quota);
        second = world.add_domain("second");
        then.become(world.supervisor);
    }

    Reply ask(const Caller& caller, const Request& request)
    {
        Plan plan = world.supervisor.begin(caller, request, 0);
        while (!plan.is_final) {
            plan = world.supervisor.finish(plan.ticket, {plan.effects.size(), false, {}}, 0);
        }
        replies.emplace_back(plan.reply.status, plan.reply.value);
        return plan.reply;
    }

    Caller dispatch(std::uint32_t vcpu)
    {
        const auto dispatch = world.supervisor.dispatch(VcpuId{vcpu}, 0, true);
        EXPECT_TRUE(dispatch);
        return dispatch ? Caller{dispatch->domain, dispatch->thread, VcpuId{vcpu}} : Caller{};
    }

    /// A bit of everything, up to the end of both domains.
    Replies live()
    {
        replies.clear();
        const Caller one = dispatch(0);
        const Caller other = dispatch(1);
        const std::uint64_t pages = ask(one, MemoryAlloc{4 * page, PD_PERM_READ}).value;
        ask(one, MemorySetPerm{pages, page, PD_PERM_READ, static_cast<std::uint64_t>(second), 0});
        ask(one, MemoryTransfer{pages + page, page, static_cast<std::uint64_t>(second)});
        const std::uint64_t group = ask(other, GroupCreate{}).value;
        ask(other, GroupAdd{group, static_cast<std::uint64_t>(first)});
        std::uint64_t stack = 0;
        for (int count = 0; count < 6; ++count) {
            const Reply reply = ask(one, StackAlloc{page, 2 * page});
            stack = reply.status == PD_OK ? reply.value : stack;
        }
        ThreadCreate create;
        create.entry = world.code(first);
        create.stack = stack;
        ask(one, create);
        ask(other, StackAlloc{2 * page, 0});
        ask(one, MemoryAlloc{100 * page, PD_PERM_READ});
        EXPECT_EQ(world.supervisor.check_invariants(), "");
        for (const DomainId domain : {first, second}) {
            for (const VcpuId vcpu : world.supervisor.stop_domain(domain)) {
                world.supervisor.leave(vcpu, 0);
            }
            while (const auto quiescent = world.supervisor.take_quiescent()) {
                Plan plan = world.supervisor.release_domain(*quiescent);
                while (!plan.is_final) {
                    plan =
                        world.supervisor.finish(plan.ticket, {plan.effects.size(), false, {}}, 0);
                }
                world.supervisor.conclude(*quiescent);
            }
        }
        EXPECT_EQ(world.supervisor.live_domains(), 0U);
        EXPECT_EQ(world.supervisor.check_invariants(), "");
        return replies;
    }

    World world;
    Supervisor then{world.layout, world.machine};
    DomainId first{};
    DomainId second{};
    Replies replies;
};

TEST_F(Become, domains_are_told_the_same_again)
{
    const Replies once = live();
    for (int round = 0; round < 3; ++round) {
        world.supervisor.become(then);
        ASSERT_EQ(world.supervisor.check_invariants(), "");
        EXPECT_EQ(world.supervisor.live_domains(), 2U);
        EXPECT_EQ(live(), once);
    }
}

TEST_F(Become, whoever_it_came_from_is_left_alone)
{
    const auto owned = then.owned_pages().size();
    static_cast<void>(live());
    EXPECT_EQ(then.owned_pages().size(), owned);
    EXPECT_EQ(then.live_domains(), 2U);
    EXPECT_EQ(then.check_invariants(), "");
    EXPECT_TRUE(then.has_ready());
}

TEST_F(Become, what_was_in_progress_is_forgotten)
{
    const Caller one = dispatch(0);
    const Plan plan = world.supervisor.begin(one, StackAlloc{page, page}, 0);
    ASSERT_FALSE(plan.is_final);
    world.supervisor.become(then);
    EXPECT_EQ(world.supervisor.check_invariants(), "");
    EXPECT_EQ(live().size(), 14U);
}

} // namespace
} // namespace glacis::supervisor::test
