// Promises G1, G2, G3 and G6 under every schedule: small requests on several vCPUs, stepped at
// every boundary (begin, each effect, finish), in all orders, with and without effects that fail.

#include <set>

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

/// Goes through all sequences of choices of a program that asks next(count) as it runs.
class Choices {
public:
    [[nodiscard]] std::size_t next(std::size_t count)
    {
        if (position_ == taken_.size()) {
            taken_.push_back({0, count});
        }
        EXPECT_EQ(taken_[position_].second, count) << "the program must depend on choices alone";
        return taken_[position_++].first;
    }
    /// To the next sequence; false when all have been tried.
    [[nodiscard]] bool advance()
    {
        position_ = 0;
        while (!taken_.empty() && taken_.back().first + 1 == taken_.back().second) {
            taken_.pop_back();
        }
        if (taken_.empty()) {
            return false;
        }
        ++taken_.back().first;
        return true;
    }

private:
    std::vector<std::pair<std::size_t, std::size_t>> taken_; ///< (choice, of how many)
    std::size_t position_ = 0;
};

/// A request on its way: begin, effects, finish, one step each.
class Actor {
public:
    Actor(World& world, Caller caller, Request request)
        : world_(world), caller_(caller), request_(std::move(request))
    {
    }

    [[nodiscard]] bool is_done() const { return is_begun_ && plan_.is_final; }
    [[nodiscard]] const Reply& reply() const { return plan_.reply; }
    [[nodiscard]] bool can_fail() const
    {
        return is_begun_ && !is_undoing_ && outcome_.done < plan_.effects.size() &&
               !std::holds_alternative<Release>(plan_.effects[outcome_.done]);
    }

    void step(bool fails)
    {
        if (!is_begun_) {
            plan_ = world_.begin(caller_, request_);
            is_begun_ = true;
        } else if (fails) {
            outcome_.failed = true;
            outcome_.failure = EffectFailure::host_conflict;
            finish();
            is_undoing_ = true;
        } else if (outcome_.done < plan_.effects.size()) {
            world_.machine.apply(plan_.effects[outcome_.done++]);
        } else {
            finish();
        }
        world_.check();
    }

private:
    void finish()
    {
        plan_ = world_.supervisor.finish(plan_.ticket, outcome_, world_.now);
        outcome_ = {};
    }

    World& world_;
    Caller caller_;
    Request request_;
    Plan plan_;
    PlanOutcome outcome_;
    bool is_begun_ = false;
    bool is_undoing_ = false;
};

/// Runs all actors to their ends in the order that `choices` says; at most `failures` effects fail.
void run_all(std::vector<Actor>& actors, Choices& choices, int failures)
{
    while (true) {
        std::vector<Actor*> ready;
        for (Actor& actor : actors) {
            if (!actor.is_done()) {
                ready.push_back(&actor);
            }
        }
        if (ready.empty()) {
            return;
        }
        Actor& actor = *ready[choices.next(ready.size())];
        const bool fails = failures > 0 && actor.can_fail() && choices.next(2) == 1;
        failures -= fails ? 1 : 0;
        actor.step(fails);
        if (::testing::Test::HasFailure()) {
            return;
        }
    }
}

/// A domain with threads on vCPUs 0 to 2 and a spare stack.
struct Scene {
    World world;
    DomainId domain{};
    std::vector<Caller> callers;
    std::uint64_t spare = 0;

    Scene()
    {
        domain = world.add_domain("domain");
        callers.push_back(world.dispatch(0));
        for (std::uint32_t vcpu = 1; vcpu < 3; ++vcpu) {
            ThreadCreate create;
            create.entry = world.code(domain);
            create.stack = world.value(callers[0], StackAlloc{page, 0, 0, PD_SELF});
            world.value(callers[0], create);
            callers.push_back(world.dispatch(vcpu));
        }
        spare = world.value(callers[0], StackAlloc{page, 3 * page, 0, PD_SELF});
    }
};

/// Tries every schedule of `requests`, one a vCPU, and calls `check(scene, actors)` after each.
template <class Requests, class Check>
std::size_t explore(Requests requests, int failures, Check check)
{
    Choices choices;
    std::size_t schedules = 0;
    do {
        Scene scene;
        std::vector<Actor> actors;
        std::size_t vcpu = 0;
        for (const Request& request : requests(scene)) {
            actors.emplace_back(scene.world, scene.callers[vcpu++], request);
        }
        run_all(actors, choices, failures);
        scene.world.check_idle();
        check(scene, actors);
        ++schedules;
    } while (!::testing::Test::HasFailure() && choices.advance());
    return schedules;
}

const StackAlloc any_stack{page, 2 * page, PD_ANY_SLOT, PD_SELF};

[[nodiscard]] bool is_host_failure(const Reply& reply)
{
    return reply.status == PD_HOST_CONFLICT;
}

TEST(G1Interleaving, two_allocations_get_different_slots_under_every_schedule)
{
    const std::size_t schedules = explore(
        [](const Scene&) {
            return std::vector<Request>{any_stack, any_stack};
        },
        0,
        [](const Scene&, const std::vector<Actor>& actors) {
            EXPECT_EQ(actors[0].reply().status, PD_OK);
            EXPECT_EQ(actors[1].reply().status, PD_OK);
            EXPECT_NE(actors[0].reply().value, actors[1].reply().value);
        });
    EXPECT_EQ(schedules, 20U) << "all orders of three steps and three steps";
}

TEST(G1Interleaving, two_allocations_of_the_same_slot_never_both_succeed)
{
    explore(
        [](const Scene& scene) {
            const std::uint64_t slot =
                scene.world.layout.stack_area.end - scene.world.layout.stack_slot;
            const StackAlloc named{page, 0, slot, PD_SELF};
            return std::vector<Request>{named, named};
        },
        1,
        [](const Scene&, const std::vector<Actor>& actors) {
            int successes = 0;
            for (const Actor& actor : actors) {
                successes += actor.reply().status == PD_OK ? 1 : 0;
                EXPECT_TRUE(actor.reply().status == PD_OK || is_host_failure(actor.reply()) ||
                            actor.reply().status == PD_REGION_CONFLICT);
            }
            EXPECT_LE(successes, 1);
        });
}

TEST(G1Interleaving, three_allocations_get_different_slots_under_every_schedule)
{
    const std::size_t schedules = explore(
        [](const Scene&) {
            return std::vector<Request>{any_stack, any_stack, any_stack};
        },
        0,
        [](const Scene&, const std::vector<Actor>& actors) {
            std::set<std::uint64_t> stacks;
            for (const Actor& actor : actors) {
                EXPECT_EQ(actor.reply().status, PD_OK);
                stacks.insert(actor.reply().value);
            }
            EXPECT_EQ(stacks.size(), 3U);
        });
    EXPECT_EQ(schedules, 1680U) << "9! / (3! 3! 3!)";
}

TEST(G3Interleaving, a_failed_allocation_never_takes_a_slot_from_another)
{
    explore(
        [](const Scene&) {
            return std::vector<Request>{any_stack, any_stack};
        },
        2,
        [](const Scene& scene, const std::vector<Actor>& actors) {
            std::uint64_t live = 4;
            for (const Actor& actor : actors) {
                EXPECT_TRUE(actor.reply().status == PD_OK || is_host_failure(actor.reply()));
                live += actor.reply().status == PD_OK ? 1 : 0;
            }
            EXPECT_EQ(scene.world.supervisor.usage(scene.domain).stacks.current, live);
        });
}

TEST(G2Interleaving, allocation_free_and_activation_of_one_slot_exclude_each_other)
{
    std::size_t reused = 0;
    std::size_t activated = 0;
    explore(
        [](const Scene& scene) {
            return std::vector<Request>{StackAlloc{page, 0, scene.spare, PD_SELF},
                                        StackFree{scene.spare},
                                        StackActivate{scene.spare, PD_THIS_VCPU}};
        },
        1,
        [&](const Scene& scene, const std::vector<Actor>& actors) {
            const pd_status alloc = actors[0].reply().status;
            const pd_status free = actors[1].reply().status;
            const pd_status activate = actors[2].reply().status;
            const SlotFacts facts = scene.world.supervisor.facts(scene.domain, scene.spare).slot;
            if (activate == PD_OK) {
                EXPECT_EQ(facts.active_on, VcpuId{2});
            }
            // Freed and active is possible only when it was allocated anew in between.
            EXPECT_FALSE(free == PD_OK && activate == PD_OK && alloc != PD_OK);
            EXPECT_TRUE(alloc != PD_OK || free == PD_OK) << "given out before it was freed";
            reused += alloc == PD_OK ? 1 : 0;
            activated += activate == PD_OK ? 1 : 0;
        });
    EXPECT_GT(reused, 0U);
    EXPECT_GT(activated, 0U);
}

TEST(G3Interleaving, growth_free_and_activation_of_one_stack_exclude_each_other)
{
    explore(
        [](const Scene& scene) {
            return std::vector<Request>{StackGrow{scene.spare, 3 * page}, StackFree{scene.spare},
                                        StackActivate{scene.spare, PD_THIS_VCPU}};
        },
        1,
        [](const Scene& scene, const std::vector<Actor>& actors) {
            const SlotFacts facts = scene.world.supervisor.facts(scene.domain, scene.spare).slot;
            const bool is_grown = actors[0].reply().status == PD_OK;
            if (actors[1].reply().status == PD_OK) {
                EXPECT_EQ(facts.state, SlotFacts::State::freed);
                EXPECT_NE(actors[2].reply().status, PD_OK);
            } else {
                EXPECT_EQ(facts.committed.size(), is_grown ? 3 * page : page);
            }
        });
}

TEST(G5Interleaving, free_grant_and_transfer_of_the_same_pages_exclude_each_other)
{
    explore(
        [](Scene& scene) {
            const std::uint64_t base =
                scene.world.value(scene.callers[0], MemoryAlloc{4 * page, PD_PERM_READ});
            return std::vector<Request>{
                MemoryFree{base, 3 * page},
                MemorySetPerm{base + page, 3 * page, 3, PD_SELF, PD_EXCLUSIVE},
                MemorySetPerm{base, 2 * page, 0, PD_SELF, 0}};
        },
        1,
        [](const Scene&, const std::vector<Actor>& actors) {
            for (const Actor& actor : actors) {
                const pd_status status = actor.reply().status;
                EXPECT_TRUE(status == PD_OK || status == PD_IN_USE || status == PD_NOT_COMMITTED ||
                            is_host_failure(actor.reply()));
            }
        });
}

TEST(G3Interleaving, members_of_a_group_are_treated_alike_under_every_schedule)
{
    std::uint64_t base = 0;
    std::vector<DomainId> members;
    explore(
        [&](Scene& scene) {
            World& world = scene.world;
            const Caller& owner = scene.callers[0];
            members = {world.add_domain("second"), world.add_domain("third")};
            base = world.value(owner, MemoryAlloc{3 * page, 3});
            const std::uint64_t group = world.value(owner, GroupCreate{});
            world.value(owner, GroupAdd{group, 1});
            world.value(owner, GroupAdd{group, 2});
            world.value(owner, MemorySetGroupPerm{base, page, 3, group, 0});
            return std::vector<Request>{
                MemorySetGroupPerm{base, 2 * page, PD_PERM_READ, group, PD_EXCLUSIVE},
                MemorySetPerm{base + page, 2 * page, 3, PD_SELF, PD_EXCLUSIVE}, GroupDelete{group}};
        },
        1,
        [&](const Scene& scene, const std::vector<Actor>& actors) {
            for (std::uint64_t at = base; at < base + 3 * page; at += page) {
                EXPECT_EQ(scene.world.machine.in_tables(members[0], at),
                          scene.world.machine.in_tables(members[1], at));
            }
            const pd_status group_status = actors[0].reply().status;
            EXPECT_TRUE(group_status == PD_OK || group_status == PD_IN_USE ||
                        group_status == PD_BAD_HANDLE || is_host_failure(actors[0].reply()));
            const Perm first_page = scene.world.machine.in_tables(members[0], base);
            EXPECT_EQ(first_page, group_status == PD_OK ? Perm::read : Perm::read_write);
            EXPECT_EQ(actors[2].reply().status, PD_OK) << "about groups nobody waits";
        });
}

TEST(G1Interleaving, a_stop_at_any_boundary_leaves_nothing_behind)
{
    Choices choices;
    do {
        Scene scene;
        World& world = scene.world;
        std::vector<Actor> actors;
        actors.emplace_back(world, scene.callers[0], any_stack);
        actors.emplace_back(world, scene.callers[1], StackFree{scene.spare});
        const std::size_t stop_after = choices.next(9);
        for (std::size_t step = 0; step < stop_after; ++step) {
            Actor& actor = actors[choices.next(2)];
            if (!actor.is_done()) {
                actor.step(false);
            }
        }
        const std::vector<VcpuId> kicked = world.supervisor.stop_domain(scene.domain);
        EXPECT_EQ(kicked.size(), 3U);
        EXPECT_FALSE(world.supervisor.take_quiescent().has_value());
        for (Actor& actor : actors) {
            const bool was_done = actor.is_done();
            while (!actor.is_done()) {
                actor.step(false);
            }
            if (!was_done) {
                EXPECT_EQ(actor.reply().status, PD_STOPPED);
            }
        }
        for (const Caller& caller : scene.callers) {
            if (!world.supervisor.thread_name(caller.thread).empty() ||
                world.supervisor.thread_number(caller.thread) != UINT64_MAX) {
                world.supervisor.leave(caller.vcpu, world.now);
            }
        }
        EXPECT_EQ(world.release_quiescent(), 1U);
        world.check_idle();
        EXPECT_EQ(world.machine.committed_pages(), 0U);
    } while (!::testing::Test::HasFailure() && choices.advance());
}

} // namespace
} // namespace glacis::supervisor::test
