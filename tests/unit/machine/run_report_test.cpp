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
