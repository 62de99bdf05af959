// How a system ended becomes an exit status.

#include <gtest/gtest.h>

#include "machine/run.hpp"

namespace glacis {
namespace {

RunReport two_domains(DomainEnd first, std::uint64_t first_status)
{
    RunReport report;
    report.domains.resize(2);
    report.domains[0].end = first;
    report.domains[0].status = first_status;
    return report;
}

TEST(ExitStatus, is_0_when_every_domain_ended_well)
{
    EXPECT_EQ(two_domains(DomainEnd::exited, 0).exit_status(), 0);
}

TEST(ExitStatus, is_3_for_a_fault_a_status_that_is_not_0_and_a_system_that_is_stuck)
{
    EXPECT_EQ(two_domains(DomainEnd::faulted, 0).exit_status(), 3);
    EXPECT_EQ(two_domains(DomainEnd::exited, 7).exit_status(), 3);
    RunReport report = two_domains(DomainEnd::exited, 0);
    report.end = SystemEnd::stuck;
    EXPECT_EQ(report.exit_status(), 3);
    report.end = SystemEnd::stopped;
    EXPECT_EQ(report.exit_status(), 3);
    report.end = SystemEnd::completed;
    report.faults.emplace_back(); // of a domain that was restarted and then ended well
    EXPECT_EQ(report.exit_status(), 3);
}

RunReport with_child(DomainEnd end, std::uint64_t status, bool is_collected)
{
    RunReport report = two_domains(DomainEnd::exited, 0);
    report.domains[1].end = end;
    report.domains[1].status = status;
    report.domains[1].parent = "parent";
    report.domains[1].is_collected = is_collected;
    return report;
}

TEST(ExitStatus, is_not_decided_by_a_child_whose_parent_knows_how_it_ended)
{
    EXPECT_EQ(with_child(DomainEnd::faulted, 0, true).exit_status(), 0);
    EXPECT_EQ(with_child(DomainEnd::exited, 7, true).exit_status(), 0);
    EXPECT_EQ(with_child(DomainEnd::faulted, 0, false).exit_status(), 3);
    EXPECT_EQ(with_child(DomainEnd::exited, 7, false).exit_status(), 3);
    EXPECT_EQ(with_child(DomainEnd::destroyed, 0, false).exit_status(), 0);
    RunReport report = with_child(DomainEnd::exited, 0, true);
    report.faults.emplace_back();
    report.faults[0].is_of_child = true;
    report.domains[1].faults = 1; // it was restarted
    EXPECT_EQ(report.exit_status(), 0);
    report.domains[1].is_collected = false;
    EXPECT_EQ(report.exit_status(), 3);
    report = two_domains(DomainEnd::exited, 0);
    report.has_lost_child = true;
    EXPECT_EQ(report.exit_status(), 3);
}

TEST(ExitStatus, is_4_for_a_time_limit_and_128_and_the_signal_for_an_interruption)
{
    RunReport report = two_domains(DomainEnd::cut_short, 0);
    report.end = SystemEnd::time_limit;
    EXPECT_EQ(report.exit_status(), 4);
    report.end = SystemEnd::interrupted;
    report.signal = 15;
    EXPECT_EQ(report.exit_status(), 143);
}

} // namespace
} // namespace glacis
