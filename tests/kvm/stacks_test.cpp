// Stacks on real vCPUs: G1, G2, G4, G6, G7, G12, high-water marks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

void expect_holds(const Outcome& outcome, const std::string& domain = "guest")
{
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text(domain) << outcome.classes();
    EXPECT_THAT(outcome.text(domain), HasSubstr("done"));
}

Outcome run_one(const std::string& property, std::uint32_t vcpus = 1)
{
    return Scenario().vcpus(vcpus).domain("guest", "stacks", {property}).run();
}

// ---- G1 -----------------------------------------------------------------------------------------

TEST(G1AtomicClaim, two_vcpus_allocating_and_freeing_never_share_a_slot)
{
    expect_holds(Scenario().vcpus(2).domain("guest", "stacks", {"storm", "6", "60"}).run());
}

TEST(G1AtomicClaim, four_vcpus_on_fewer_cores_never_share_a_slot)
{
    expect_holds(Scenario().vcpus(4).domain("guest", "stacks", {"storm", "8", "30"}).run());
}

TEST(G1AtomicClaim, preemption_between_any_two_effects_opens_no_gap)
{
    Scenario scenario;
    scenario.vcpus(3).slice(200'000).domain("guest", "stacks", {"storm", "6", "30"});
    scenario.options().between_effects = [] {
        sched_yield();
    };
    expect_holds(scenario.run());
}

TEST(G1AtomicClaim, a_named_slot_that_is_taken_is_a_region_conflict)
{
    expect_holds(run_one("named_slot_taken"));
}

TEST(G3FailureLeavesNothing, the_slot_after_the_last_is_refused_and_nothing_is_lost)
{
    expect_holds(run_one("no_slot"));
}

// ---- G2, G12
// -------------------------------------------------------------------------------------

TEST(G2OrderedRelease, a_freed_stack_is_out_of_reach_at_once)
{
    const Outcome outcome = run_one("write_to_freed");
    ASSERT_EQ(outcome.classes(), "freed stack") << outcome.text("guest");
    EXPECT_THAT(outcome.text("guest"), Not(HasSubstr("unnoticed")));
    EXPECT_EQ(outcome.report.exit_status(), 3);
}

TEST(G2OrderedRelease, a_freed_stack_still_works_in_the_unprotected_baseline)
{
    const Outcome outcome =
        Scenario().unprotected().domain("guest", "stacks", {"write_to_freed"}).run();
    EXPECT_THAT(outcome.text("guest"), HasSubstr("unnoticed"));
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.classes();
}

TEST(G12NothingLeaks, a_slot_given_out_again_reads_zero)
{
    expect_holds(run_one("reused_stack_is_zero"));
}

TEST(G2OrderedRelease, tables_given_up_are_not_used_again_under_an_idle_vcpu)
{
    constexpr std::uint64_t second = 1'000'000'000;
    expect_holds(Scenario()
                     .vcpus(2)
                     .slice(second) // the helper runs on the other vCPU
                     .domain("guest", "stacks", {"tables_come_and_go_while_a_vcpu_is_idle"})
                     .run());
}

TEST(G2OrderedRelease, handles_of_freed_stacks_are_refused)
{
    expect_holds(run_one("handles_after_free"));
}

TEST(G6ActiveStack, the_stack_a_thread_runs_on_cannot_be_freed)
{
    expect_holds(run_one("own_stack_is_in_use"));
}

// ---- G4 -----------------------------------------------------------------------------------------

struct Touch {
    const char* name;
    std::int64_t distance; ///< from the lowest committed byte
    const char* fault;     ///< empty: allowed
};

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for
void PrintTo(const Touch& touch, std::ostream* stream)
{
    *stream << touch.name;
}

class G4Boundary : public testing::TestWithParam<Touch> {};

TEST_P(G4Boundary, is_exact_to_the_byte)
{
    const Outcome outcome =
        Scenario().domain("guest", "stacks", {"touch", std::to_string(GetParam().distance)}).run();
    EXPECT_EQ(outcome.classes(), GetParam().fault) << outcome.text("guest");
    if (!outcome.report.faults.empty()) {
        const FaultRecord& fault = outcome.report.faults.front();
        ASSERT_TRUE(fault.address.has_value());
        char expected[32];
        std::snprintf(expected, sizeof expected, "0x%lx\n",
                      static_cast<unsigned long>(*fault.address));
        EXPECT_EQ(outcome.text("guest"), expected);
        EXPECT_EQ(fault.access, Access::write);
    }
}

constexpr std::int64_t committed = 0x10000;
constexpr std::int64_t slot = GLACIS_STACK_SLOT_SIZE_DEFAULT;

INSTANTIATE_TEST_SUITE_P(
    , G4Boundary,
    testing::Values(Touch{"lowest_byte", 0, ""}, Touch{"one_below", -1, "stack overflow"},
                    Touch{"a_page_below", -4096, "stack overflow"},
                    Touch{"bottom_of_the_guard", committed - slot, "stack overflow"},
                    Touch{"at_the_top", committed, "stack underflow"},
                    Touch{"in_the_guard_above", committed + GLACIS_STACK_GUARD_DEFAULT - 1,
                          "stack underflow"}),
    [](const auto& tested) { return tested.param.name; });

TEST(G4OnlyTheCommittedIsMapped, a_stack_grows_up_to_its_guard_and_no_further)
{
    expect_holds(run_one("growth_stops_at_the_guard"));
}

TEST(G4OnlyTheCommittedIsMapped, the_guard_of_a_stack_grown_to_its_limit_holds)
{
    const Outcome outcome =
        Scenario().domain("guest", "stacks", {"growth_stops_at_the_guard", "and beyond"}).run();
    ASSERT_EQ(outcome.report.faults.size(), 1U) << outcome.text("guest");
    EXPECT_NE(outcome.classes(), "own memory without permission");
    EXPECT_THAT(outcome.text("guest"), Not(HasSubstr("done")));
}

TEST(G4OnlyTheCommittedIsMapped, what_an_active_stack_grew_by_can_be_used)
{
    expect_holds(run_one("growth_of_the_active_stack"));
}

TEST(HighWaterMark, is_right_to_the_page)
{
    expect_holds(run_one("high_water_mark"));
}

// ---- G6, G7
// ---------------------------------------------------------------------------------------

TEST(G6ActiveStack, permissions_change_on_the_active_stack_alone)
{
    expect_holds(run_one("active_stack"));
    expect_holds(run_one("active_stack", 2));
}

TEST(G6ActiveStack, another_domains_stack_is_neither_activated_nor_used)
{
    const Outcome outcome = Scenario()
                                .vcpus(2)
                                .region("meet", 4096)
                                .domain("owner", "stacks", {"offer_stack"})
                                .use("meet", 3)
                                .domain("thief", "stacks", {"try_foreign_stack"})
                                .use("meet", 3)
                                .run();
    expect_holds(outcome, "owner");
    expect_holds(outcome, "thief");
}

TEST(G9Frames, a_write_to_another_domains_stack_is_the_writers_fault)
{
    const Outcome outcome = Scenario()
                                .vcpus(2)
                                .region("meet", 4096)
                                .domain("owner", "stacks", {"offer_stack"})
                                .use("meet", 3)
                                .domain("thief", "stacks", {"try_foreign_stack", "write"})
                                .use("meet", 3)
                                .run();
    EXPECT_THAT(outcome.text("owner"), HasSubstr("done"));
    ASSERT_EQ(outcome.report.faults.size(), 1U) << outcome.text("thief");
    EXPECT_EQ(outcome.report.faults[0].domain, "thief");
    EXPECT_THAT(outcome.text("thief"), Not(HasSubstr("unnoticed")));
}

TEST(G7Range, every_bad_size_and_range_of_a_stack_has_its_status)
{
    expect_holds(run_one("bad_sizes"));
}

} // namespace
} // namespace glacis::kvm_tests
