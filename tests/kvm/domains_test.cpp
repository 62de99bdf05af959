// Domains made at run time: their ends, what they get, what is left of them.

#include <cerrno>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/calls.hpp"
#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t mib = 1 << 20;

Scenario parent(const std::vector<std::string>& arguments, std::uint32_t vcpus)
{
    Scenario scenario;
    scenario.vcpus(vcpus).slice(500'000).program_region("program", "domains");
    scenario.system().memory = 32 * mib;
    scenario.domain("parent", "domains", arguments).use("program", PD_PERM_READ);
    return scenario;
}

Outcome expect_holds(const std::vector<std::string>& arguments, std::uint32_t vcpus)
{
    Outcome outcome = parent(arguments, vcpus).run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("parent") << outcome.classes();
    EXPECT_THAT(outcome.text("parent"), HasSubstr("done"));
    return outcome;
}

TEST(RunTimeDomains, tell_their_parents_how_they_ended)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = expect_holds({"ends_are_told"}, vcpus);
        EXPECT_EQ(outcome.classes(), "null pointer");
        ASSERT_FALSE(outcome.report.faults.empty());
        EXPECT_EQ(outcome.report.faults[0].domain, "child#2");
        EXPECT_EQ(outcome.domain("child#1").end, DomainEnd::exited);
        EXPECT_EQ(outcome.domain("child#1").status, 5U);
        EXPECT_EQ(outcome.domain("child#1").parent, "parent");
        EXPECT_EQ(outcome.domain("child#2").end, DomainEnd::faulted);
        EXPECT_EQ(outcome.domain("child#3").end, DomainEnd::destroyed);
        EXPECT_EQ(outcome.text("child#4"), "done\n");
    }
}

TEST(RunTimeDomains, whose_fault_nobody_asked_for_decide_the_exit_status)
{
    const Outcome outcome = parent({"fault_is_not_collected"}, 2).run();
    EXPECT_EQ(outcome.domain("parent").end, DomainEnd::exited);
    EXPECT_EQ(outcome.domain("child#1").end, DomainEnd::faulted);
    EXPECT_EQ(outcome.report.exit_status(), 3);
}

TEST(RunTimeDomains, are_destroyed_when_their_parent_ends)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = parent({"children_are_destroyed_with_it"}, vcpus).run();
        EXPECT_EQ(outcome.text("parent"), "made two\n");
        EXPECT_EQ(outcome.report.end, SystemEnd::completed);
        EXPECT_EQ(outcome.report.exit_status(), 0);
        EXPECT_EQ(outcome.domain("child#1").end, DomainEnd::destroyed);
        EXPECT_EQ(outcome.domain("child#2").end, DomainEnd::destroyed);
    }
}

TEST(RunTimeDomains, are_destroyed_when_their_parent_is_restarted)
{
    Scenario scenario = parent({"faults_with_children"}, 2);
    scenario.last().on_fault = FaultPolicy::restart;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.text("parent"), "start 0\nstart 1\nstart 2\ndone\n");
    EXPECT_EQ(outcome.domain("parent").end, DomainEnd::exited);
    EXPECT_EQ(outcome.report.domains.size(), 4U);
}

TEST(G5Ownership, children_get_the_grants_of_their_parent_and_no_more)
{
    expect_holds({"grants_are_given"}, 1);
    expect_holds({"grants_are_given"}, 2);
}

TEST(RunTimeDomains, are_restarted_with_what_they_were_granted)
{
    expect_holds({"restarts_keep_grants"}, 1);
    expect_holds({"restarts_keep_grants"}, 2);
}

TEST(G12NothingLeaks, a_thousand_children_leave_counts_where_they_were)
{
    const Outcome few = expect_holds({"cycles_leave_nothing", "20"}, 2);
    const Outcome many = expect_holds({"cycles_leave_nothing", "1000"}, 2);
    EXPECT_EQ(few.report.counts.table_pages, many.report.counts.table_pages);
    EXPECT_EQ(few.domain("parent").peak_memory, many.domain("parent").peak_memory);
    EXPECT_LT(many.report.domains.size(), 300U) << "reports are bounded";
    EXPECT_EQ(many.report.domains.size() + many.report.domains_left_out, 1001U);
}

TEST(G8ExclusiveMeansNow, children_are_destroyed_with_their_own_children_on_other_vcpus)
{
    expect_holds({"descendants_are_destroyed"}, 1);
    expect_holds({"descendants_are_destroyed"}, 3);
}

TEST(G3FailureLeavesNothing, bad_parameters_have_their_own_statuses)
{
    expect_holds({"bad_parameters"}, 1);
}

TEST(G7Range, bad_grants_have_their_own_statuses)
{
    expect_holds({"bad_grants"}, 1);
}

TEST(G5Ownership, quotas_of_children_come_out_of_their_parents)
{
    Scenario scenario = parent({"quotas_are_carved_out"}, 1);
    scenario.last().quota_memory = 4 * mib;
    scenario.last().quota_stacks = 6;
    scenario.last().quota_stack_bytes = mib;
    scenario.last().quota_threads = 6;
    scenario.last().quota_domains = 3;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("parent") << outcome.classes();
}

TEST(RunTimeDomains, have_time_limits_and_never_more_time_than_their_parents)
{
    EXPECT_EQ(expect_holds({"time_of_children_is_limited"}, 2).classes(), "time limit");
    Scenario scenario = parent({"time_is_passed_on"}, 2);
    scenario.last().time_limit_ns = 50'000'000;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.classes(), "time limit; time limit") << "its child's, then its own";
    EXPECT_EQ(outcome.report.faults.back().domain, "parent");
}

TEST(G11ContainmentOfParents, hostile_images_are_refused_or_run_contained)
{
    const Outcome outcome = expect_holds({"hostile_images"}, 2);
    EXPECT_EQ(outcome.report.end, SystemEnd::completed);
}

TEST(G11ContainmentOfParents, a_parent_that_disturbs_its_own_making_of_children_harms_nobody)
{
    expect_holds({"making_is_disturbed"}, 1);
    expect_holds({"making_is_disturbed"}, 3);
}

TEST(G11ContainmentOfParents, a_parent_may_end_while_it_makes_children)
{
    for (const std::uint32_t vcpus : {1U, 2U, 3U}) {
        Scenario scenario = parent({"ends_while_making"}, vcpus);
        scenario.last().on_fault = FaultPolicy::restart;
        scenario.last().max_restarts = 20;
        const Outcome outcome = scenario.run();
        EXPECT_EQ(outcome.report.end, SystemEnd::completed);
        EXPECT_EQ(outcome.domain("parent").end, DomainEnd::exited) << outcome.text("parent");
        EXPECT_EQ(outcome.domain("parent").restarts, 10U);
    }
}

/// A page() of the guest itself may be what fails: then it says so and ends with status 1.
TEST(G3FailureLeavesNothing, of_the_host_while_a_child_is_made_or_destroyed)
{
    const std::pair<host::Call, int> failures[] = {
        {host::Call::ioctl_vm, ENOMEM}, {host::Call::mmap, ENOMEM},
        {host::Call::mprotect, ENOMEM}, {host::Call::mprotect, EINVAL},
        {host::Call::madvise, ENOMEM},  {host::Call::fallocate, ENOSPC}};
    for (const auto& [call, error_number] : failures) {
        bool has_come = true;
        for (std::uint64_t nth = 1; has_come && nth < 400; ++nth) {
            Scenario scenario = parent({"host_failures"}, 2);
            host::fail_at(call, nth, error_number);
            Outcome outcome;
            const auto report = scenario.try_run(outcome);
            has_come = !host::cancel_failure();
            if (!report) {
                EXPECT_FALSE(report.error().context.empty()) << report.error().text();
                continue;
            }
            const bool is_its_own =
                outcome.text("parent").find("pd_memory_alloc") != std::string::npos;
            EXPECT_TRUE(is_its_own || report->exit_status() == 0)
                << static_cast<int>(call) << " number " << nth << ": " << outcome.text("parent");
        }
        EXPECT_FALSE(has_come) << "more calls than expected";
    }
}

TEST(RunTimeDomains, live_many_at_once)
{
    expect_holds({"many_at_once"}, 1);
    expect_holds({"many_at_once"}, 3);
}

TEST(RunTimeDomains, work_without_protection_too)
{
    const Outcome outcome = parent({"many_at_once"}, 2).unprotected().run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("parent") << outcome.classes();
}

} // namespace
} // namespace glacis::kvm_tests
