// Domain memory on real vCPUs: G5, G7, G8, G12.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint32_t read_write = 3;

void expect_holds(const std::string& property)
{
    const Outcome outcome = Scenario().domain("guest", "memory", {property}).run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
    EXPECT_THAT(outcome.text("guest"), HasSubstr("done"));
}

TEST(G7Range, every_bad_range_of_memory_has_its_status_and_changes_nothing)
{
    expect_holds("bad_ranges");
}

TEST(Hypercalls, unknown_numbers_are_refused)
{
    expect_holds("unknown_calls");
}

TEST(G11Memory, a_domain_that_takes_all_memory_ends_at_most_the_restarts_of_another)
{
    Scenario scenario;
    scenario.vcpus(2);
    scenario.system().memory = 2ULL << 20;
    scenario.domain("hog", "memory", {"hog"});
    scenario.domain("victim", "memory", {"crash_at_once"});
    scenario.last().on_fault = FaultPolicy::restart;
    scenario.last().max_restarts = 1000;
    const Outcome outcome = scenario.run();
    EXPECT_THAT(outcome.text("hog"), HasSubstr("done"));
    EXPECT_EQ(outcome.domain("hog").end, DomainEnd::exited);
    EXPECT_NE(outcome.domain("victim").end, DomainEnd::exited);
}

TEST(G12NothingLeaks, memory_given_out_anew_is_zero)
{
    expect_holds("memory_is_zero");
}

TEST(G12NothingLeaks, memory_of_an_ended_domain_is_zero_for_the_next)
{
    const Outcome outcome = Scenario()
                                .vcpus(2)
                                .domain("first", "memory", {"fill_all"})
                                .domain("second", "memory", {"find_none_of_it"})
                                .run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("first") << outcome.text("second");
}

Outcome two_domains(const std::string& first, const std::vector<std::string>& second,
                    std::uint32_t vcpus)
{
    return Scenario()
        .vcpus(vcpus)
        .region("meet", 4096)
        .domain("first", "memory", {first})
        .use("meet", read_write)
        .domain("second", "memory", second)
        .use("meet", read_write)
        .run();
}

TEST(G5Ownership, only_the_owner_sets_permissions_passes_on_and_frees)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = two_domains("owner", {"guest_of_owner"}, vcpus);
        EXPECT_EQ(outcome.report.exit_status(), 0)
            << outcome.text("first") << outcome.text("second") << outcome.classes();
    }
}

TEST(G5Ownership, a_write_where_only_reading_was_granted_is_a_fault)
{
    const Outcome outcome = two_domains("owner", {"guest_of_owner", "write"}, 2);
    EXPECT_EQ(outcome.domain("first").status, 0U) << outcome.text("first");
    ASSERT_EQ(outcome.report.faults.size(), 1U) << outcome.text("second");
    EXPECT_EQ(outcome.report.faults[0].domain, "second");
    EXPECT_THAT(outcome.text("second"), Not(HasSubstr("unnoticed")));
}

TEST(G5Ownership, shared_regions_belong_to_the_supervisor)
{
    const Outcome outcome = Scenario()
                                .region("meet", 4096)
                                .domain("guest", "memory", {"own_region_rights"})
                                .use("meet", 1)
                                .run();
    EXPECT_EQ(outcome.classes(), "own memory without permission") << outcome.text("guest");
}

TEST(G8ExclusiveMeansNow, a_revocation_reaches_a_vcpu_that_spins_on_the_page)
{
    const Outcome outcome = two_domains("revoke_from_spinning", {"spin_on_page"}, 2);
    EXPECT_EQ(outcome.domain("first").status, 0U) << outcome.text("first");
    EXPECT_THAT(outcome.text("first"), HasSubstr("done"));
    EXPECT_EQ(outcome.classes(), "foreign domain's memory");
}

TEST(G8ExclusiveMeansNow, an_exclusive_grant_reaches_a_vcpu_that_spins_on_the_page)
{
    const Outcome outcome = two_domains("take_exclusively_from_spinning", {"spin_on_page"}, 2);
    EXPECT_EQ(outcome.domain("first").status, 0U) << outcome.text("first");
    EXPECT_THAT(outcome.text("first"), HasSubstr("done"));
    EXPECT_EQ(outcome.classes(), "foreign domain's memory");
}

TEST(G8ExclusiveMeansNow, freeing_memory_stops_the_sibling_that_writes_to_it)
{
    const Outcome outcome =
        Scenario().vcpus(2).domain("guest", "memory", {"free_under_a_writer"}).run();
    EXPECT_EQ(outcome.classes(), "unmapped memory") << outcome.text("guest");
}

} // namespace
} // namespace glacis::kvm_tests
