// Promise G3: with each effect of each request made to fail in turn, and each kind of failure, the
// state is what it was before, in the record and in the machine.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;

/// Three domains on vCPUs 0 to 2; the first has memory that the others share in pieces, a granted
/// and active stack, and one that is idle.
struct Scene {
    World world;
    Caller a;
    std::uint64_t memory = 0;
    std::uint64_t active = 0;
    std::uint64_t idle = 0;
    std::uint64_t group = 0; ///< the second and the third domain

    Scene()
    {
        for (const char* name : {"first", "second", "third"}) {
            world.add_domain(name);
        }
        a = world.dispatch(0);
        world.dispatch(1);
        world.dispatch(2);
        memory = world.value(a, MemoryAlloc{6 * page, rw});
        world.value(a, MemorySetPerm{memory, 2 * page, r, 1, 0});
        world.value(a, MemorySetPerm{memory + page, 2 * page, rw, 2, 0});
        world.value(a, MemorySetPerm{memory + 4 * page, page, 0, PD_SELF, 0});
        group = world.value(a, GroupCreate{});
        world.value(a, GroupAdd{group, 1});
        world.value(a, GroupAdd{group, 2});
        idle = world.value(a, StackAlloc{2 * page, 6 * page, 0, 1});
        world.value(a, StackActivate{idle, PD_THIS_VCPU});
        world.value(a, StackSetPerm{below_top(idle, 1), page, r, 2, 0});
        active = static_cast<std::uint64_t>(world.last(0).stack);
        world.value(a, StackActivate{active, PD_THIS_VCPU});
        world.value(a, StackSetPerm{below_top(active, 2), page, rw, 1, 0});
        world.value(a, StackSetPerm{below_top(active, 1), page, r, PD_SELF, 0});
        world.machine.fill(DomainId{1}, world.last(1).stack, below_top(active, 2),
                           Perm::read_write);
        world.check_idle();
    }
    [[nodiscard]] std::uint64_t below_top(std::uint64_t stack, std::uint64_t pages) const
    {
        return stack + world.layout.stack_slot - pages * page;
    }
};

struct Case {
    const char* name;
    Request (*request)(const Scene& scene);
};

class G3Rollback : public ::testing::TestWithParam<Case> {};

/// Whether the host may refuse this: Release never reports a failure.
[[nodiscard]] bool can_fail(const Effect& effect)
{
    return !std::holds_alternative<Release>(effect);
}

TEST_P(G3Rollback, every_effect_made_to_fail_in_turn_leaves_the_state_as_it_was)
{
    const std::pair<EffectFailure, pd_status> failures[] = {
        {EffectFailure::host_no_memory, PD_HOST_NO_MEMORY},
        {EffectFailure::host_conflict, PD_HOST_CONFLICT},
        {EffectFailure::host_failed, PD_HOST_FAILED}};
    Scene scene;
    World& world = scene.world;
    const Request request = GetParam().request(scene);
    const std::string before = snapshot(world);
    std::size_t tried = 0;
    for (std::size_t at = 0;; ++at) {
        const auto& [failure, status] = failures[at % 3];
        Plan plan = world.begin(scene.a, request);
        ASSERT_FALSE(plan.is_final) << plan.reply.status;
        if (at == plan.effects.size()) {
            EXPECT_EQ(world.perform(plan).reply.status, PD_OK) << "and then it still works";
            break;
        }
        if (!can_fail(plan.effects[at])) {
            EXPECT_EQ(at + 1, plan.effects.size()) << "what cannot be undone comes last";
            EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
            break;
        }
        EXPECT_EQ(world.perform(plan, fail_at(at, failure)).reply.status, status);
        EXPECT_EQ(snapshot(world), before) << "effect " << at;
        world.check_idle();
        ++tried;
    }
    EXPECT_GT(tried, 0U);
    EXPECT_NE(snapshot(world), before);
    world.check_idle();
}

TEST_P(G3Rollback, an_undoing_that_is_interrupted_goes_on_where_it_stopped)
{
    Scene scene;
    World& world = scene.world;
    const Request request = GetParam().request(scene);
    const std::string before = snapshot(world);
    const std::size_t effects = [&] {
        Scene other;
        return other.world.begin(other.a, GetParam().request(other)).effects.size();
    }();
    for (std::size_t at = 1; at < effects; ++at) {
        Plan plan = world.begin(scene.a, request);
        if (!can_fail(plan.effects[at])) {
            world.perform(plan);
            return;
        }
        for (std::size_t done = 0; done < at; ++done) {
            world.machine.apply(plan.effects[done]);
        }
        plan =
            world.supervisor.finish(plan.ticket, {at, true, EffectFailure::host_failed}, world.now);
        while (!plan.is_final) {
            // One effect at a time gets through.
            world.machine.apply(plan.effects.front());
            const bool is_last = plan.effects.size() == 1;
            plan = world.supervisor.finish(plan.ticket,
                                           {1, !is_last, EffectFailure::host_no_memory}, world.now);
        }
        EXPECT_EQ(plan.reply.status, PD_HOST_FAILED) << "the failure that mattered";
        EXPECT_EQ(snapshot(world), before) << "effect " << at;
        world.check_idle();
    }
}

const Case cases[] = {
    {"memory_alloc",
     [](const Scene&) {
         return Request{MemoryAlloc{2 * page, rw}};
     }},
    {"memory_free",
     [](const Scene& scene) {
         return Request{MemoryFree{scene.memory, 6 * page}};
     }},
    {"memory_grant",
     [](const Scene& scene) {
         return Request{MemorySetPerm{scene.memory, 6 * page, rw, 1, 0}};
     }},
    {"memory_revoke",
     [](const Scene& scene) {
         return Request{MemorySetPerm{scene.memory, 6 * page, 0, 2, 0}};
     }},
    {"memory_exclusive",
     [](const Scene& scene) {
         return Request{MemorySetPerm{scene.memory, 6 * page, rw, 1, PD_EXCLUSIVE}};
     }},
    {"memory_write_to_execute",
     [](const Scene& scene) {
         return Request{MemorySetPerm{scene.memory, 6 * page, PD_PERM_READ | PD_PERM_EXECUTE,
                                      PD_SELF, PD_EXCLUSIVE}};
     }},
    {"group_grant",
     [](const Scene& scene) {
         return Request{MemorySetGroupPerm{scene.memory, 6 * page, rw, scene.group, 0}};
     }},
    {"group_revoke",
     [](const Scene& scene) {
         return Request{MemorySetGroupPerm{scene.memory, 6 * page, 0, scene.group, 0}};
     }},
    {"group_exclusive",
     [](const Scene& scene) {
         return Request{MemorySetGroupPerm{scene.memory, 6 * page, r, scene.group, PD_EXCLUSIVE}};
     }},
    {"stack_alloc",
     [](const Scene&) {
         return Request{StackAlloc{3 * page, 4 * page, 0, 1}};
     }},
    {"stack_free",
     [](const Scene& scene) {
         return Request{StackFree{scene.idle}};
     }},
    {"stack_grow",
     [](const Scene& scene) {
         return Request{StackGrow{scene.active, 4 * page}};
     }},
    {"stack_grow_idle",
     [](const Scene& scene) {
         return Request{StackGrow{scene.idle, 5 * page}};
     }},
    {"stack_revoke",
     [](const Scene& scene) {
         return Request{StackSetPerm{scene.below_top(scene.active, 2), 2 * page, 0, 1, 0}};
     }},
    {"stack_exclusive",
     [](const Scene& scene) {
         return Request{
             StackSetPerm{scene.below_top(scene.active, 2), 2 * page, rw, 2, PD_EXCLUSIVE}};
     }},
    {"stack_exclusive_self",
     [](const Scene& scene) {
         return Request{
             StackSetPerm{scene.below_top(scene.active, 2), 2 * page, rw, PD_SELF, PD_EXCLUSIVE}};
     }},
};

INSTANTIATE_TEST_SUITE_P(Requests, G3Rollback, ::testing::ValuesIn(cases),
                         [](const auto& it) { return std::string(it.param.name); });

TEST(G3RollbackOfTheVmm, reservations_are_undone_like_requests)
{
    World world;
    const DomainId domain = world.add_domain("domain");
    const std::string before = snapshot(world);
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) {
        const Plan plan =
            world.perform(world.supervisor.reserve_memory(domain, page, Perm::read), fail_at(at));
        EXPECT_EQ(plan.reply.status, PD_HOST_NO_MEMORY);
        EXPECT_EQ(snapshot(world), before);
    }
    EXPECT_EQ(
        world.perform(world.supervisor.reserve_stack(domain, page, 0), fail_at(0)).reply.status,
        PD_HOST_NO_MEMORY);
    EXPECT_EQ(snapshot(world), before);
    EXPECT_EQ(
        world.perform(world.supervisor.reserve_memory(supervisor_domain, 99 * page, Perm::none))
            .reply.status,
        PD_NO_MEMORY);
    world.check_idle();
}

TEST(G3RollbackOfTheVmm, the_release_of_a_domain_goes_on_until_it_is_done)
{
    World world;
    const DomainId domain = world.add_domain("domain");
    const Caller caller = world.dispatch(0);
    world.value(caller, StackAlloc{page, 0, 0, PD_SELF});
    world.supervisor.stop_domain(domain);
    world.supervisor.leave(VcpuId{0}, world.now);
    ASSERT_EQ(world.supervisor.take_quiescent(), domain);
    const Plan plan = world.perform(world.supervisor.release_domain(domain), fail_at(1));
    EXPECT_TRUE(plan.is_final);
    EXPECT_EQ(world.supervisor.state(domain), DomainState::released);
    world.machine.drop_domain(domain);
    world.check_idle();
    EXPECT_EQ(world.machine.committed_pages(), 0U);
}

TEST(G3RollbackOfTheVmm, a_stack_whose_growth_fails_after_its_thread_ended_is_released)
{
    World world;
    const DomainId domain = world.add_domain("domain");
    const Caller main = world.dispatch(0);
    ThreadCreate create;
    create.entry = world.code(domain);
    create.stack = world.value(main, StackAlloc{page, 4 * page, 0, PD_SELF});
    create.flags = PD_THREAD_DETACHED;
    world.value(main, create);
    const Caller worker = world.dispatch(1);
    const Plan growing = world.begin(main, StackGrow{create.stack, 3 * page});
    ASSERT_TRUE(world.begin(worker, ThreadExit{0}).is_final);
    const Plan plan = world.perform(growing, fail_at(1, EffectFailure::host_conflict));
    EXPECT_EQ(plan.reply.status, PD_HOST_CONFLICT);
    EXPECT_EQ(world.supervisor.facts(domain, create.stack).slot.state, SlotFacts::State::freed);
    world.check_idle();
}

} // namespace
} // namespace glacis::supervisor::test
