// Pages shared by parts and by groups on real vCPUs: G3, G5, G8, quotas.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

/// "owner" with the first property, and others with one each, who meet in a region.
Scenario domains(std::uint32_t vcpus, const std::string& owner,
                 const std::vector<std::string>& others)
{
    constexpr std::uint32_t read_write = 3;
    Scenario scenario;
    scenario.vcpus(vcpus).region("meet", 4096);
    for (std::size_t index = 0; index < others.size(); ++index) {
        scenario.domain("other" + std::to_string(index), "sharing", {others[index]})
            .use("meet", read_write);
    }
    scenario.domain("owner", "sharing", {owner}).use("meet", read_write);
    return scenario;
}

void expect_all_end_well(const Outcome& outcome)
{
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("owner") << outcome.text("other0")
                                               << outcome.text("other1") << outcome.classes();
}

void expect_owner_ends_well(const Outcome& outcome, const std::string& classes)
{
    EXPECT_EQ(outcome.domain("owner").status, 0U) << outcome.text("owner");
    EXPECT_THAT(outcome.text("owner"), HasSubstr("done"));
    EXPECT_EQ(outcome.classes(), classes);
}

constexpr const char* foreign = "foreign domain's memory";

TEST(G8ExclusiveMeansNow, a_group_revocation_reaches_every_vcpu_that_spins_on_the_page)
{
    expect_owner_ends_well(domains(3, "group_revocation", {"spin", "spin"}).run(),
                           std::string(foreign) + "; " + foreign);
}

TEST(G8ExclusiveMeansNow, an_exclusive_group_grant_reaches_every_vcpu_outside_the_group)
{
    expect_owner_ends_well(domains(3, "group_exclusive", {"spin", "spin"}).run(),
                           std::string(foreign) + "; " + foreign);
}

TEST(G8ExclusiveMeansNow, a_revocation_reaches_both_vcpus_of_one_domain)
{
    const Outcome outcome = domains(3, "revocation_from_two_vcpus", {"spin_twice"}).run();
    EXPECT_EQ(outcome.domain("owner").status, 0U) << outcome.text("owner");
    EXPECT_THAT(outcome.text("owner"), HasSubstr("done"));
    // The second may have been stopped by the first one's fault.
    EXPECT_THAT(outcome.classes(), testing::StartsWith(foreign));
}

TEST(G8ExclusiveMeansNow, exclusive_on_a_part_stops_nobody_on_the_other_parts)
{
    expect_owner_ends_well(domains(2, "exclusive_on_parts", {"count_in_parts"}).run(), foreign);
}

TEST(G5Ownership, parts_are_seen_alike_from_both_sides)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        expect_all_end_well(domains(vcpus, "parts_owner", {"parts_heir"}).run());
    }
}

TEST(G5Ownership, a_free_spans_allocations_and_permissions)
{
    expect_all_end_well(domains(1, "free_over_allocations", {}).run());
}

TEST(G5Ownership, a_domain_that_is_gone_gets_neither_pages_nor_rights)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        expect_all_end_well(domains(vcpus, "name_the_dead", {"die_soon"}).run());
    }
}

TEST(G5Ownership, a_group_grants_to_its_members_and_is_its_owners_alone)
{
    for (const std::uint32_t vcpus : {1U, 3U}) {
        expect_all_end_well(domains(vcpus, "group_of_all", {"member", "member"}).run());
    }
}

TEST(G3FailureLeavesNothing, a_group_with_one_member_too_many_gives_nobody_anything)
{
    Scenario scenario =
        domains(2, "group_beyond_quota", {"member_within_quota", "member_within_quota"});
    scenario.last().quota_grants = 1;
    expect_all_end_well(scenario.run());
}

TEST(G3FailureLeavesNothing, every_quota_has_its_status)
{
    Scenario scenario = domains(2, "every_quota_has_its_status", {"stay_until_told"});
    DomainDescription& owner = scenario.last();
    owner.quota_memory = 1 << 20;
    owner.quota_stacks = 3;
    owner.quota_stack_bytes = owner.stack_commit + (16 << 10);
    owner.quota_threads = 2;
    owner.quota_grants = 1;
    expect_all_end_well(scenario.run());
}

} // namespace
} // namespace glacis::kvm_tests
