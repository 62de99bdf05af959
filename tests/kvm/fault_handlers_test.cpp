// Domains that handle the faults of others: what they are told, what they may answer, what happens
// when they do not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t millisecond = 1'000'000;

Outcome expect_parent_holds(const std::string& property, std::uint32_t vcpus)
{
    Scenario scenario;
    scenario.vcpus(vcpus).slice(millisecond / 2).program_region("program", "faults");
    scenario.domain("parent", "faults", {property}).use("program", PD_PERM_READ);
    Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.exit_status(), 0)
        << outcome.text("parent") << outcome.text("child#1") << outcome.classes();
    EXPECT_EQ(outcome.text("parent"), "done\n");
    return outcome;
}

/// A domain of the description whose faults another one handles.
Scenario watched(const std::string& watcher, std::uint32_t vcpus,
                 const std::string& guilty = "culprit")
{
    Scenario scenario;
    scenario.vcpus(vcpus)
        .slice(millisecond / 2)
        .domain("watcher", "faults", {watcher})
        .domain("culprit", "faults", {guilty});
    scenario.last().fault_handler = 0;
    scenario.last().handler_timeout_ns = 300'000 * millisecond;
    return scenario;
}

TEST(FaultHandlers, give_pages_on_demand_and_nobody_else_hears_of_it)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = expect_parent_holds("pages_are_given_on_demand", vcpus);
        EXPECT_TRUE(outcome.report.faults.empty());
        EXPECT_EQ(outcome.report.counts.faults, 0U);
        EXPECT_EQ(outcome.report.counts.resumed_faults, 40U);
    }
}

TEST(FaultHandlers, mend_the_registers_of_their_children)
{
    expect_parent_holds("registers_are_mended", 1);
    expect_parent_holds("registers_are_mended", 2);
}

TEST(G11ContainmentOfHandlers, hostile_registers_harm_the_child_alone)
{
    expect_parent_holds("registers_are_hostile", 1);
    expect_parent_holds("registers_are_hostile", 2);
}

TEST(FaultHandlers, kill_and_restart)
{
    const Outcome outcome = expect_parent_holds("answers_end_and_restart", 2);
    ASSERT_EQ(outcome.report.faults.size(), 5U) << outcome.classes();
    EXPECT_EQ(outcome.report.faults[0].action, "domain 'child#1' stopped by handler 'parent'");
    EXPECT_EQ(outcome.report.faults[1].action,
              "domain 'child#2' restarted (1 of 2) by handler 'parent'");
}

TEST(FaultHandlers, are_not_asked_about_domains_that_are_gone)
{
    const Outcome outcome = expect_parent_holds("faults_go_with_their_domain", 2);
    EXPECT_GE(outcome.report.faults.size(), 3U) << "all are reported";
    expect_parent_holds("faults_go_with_their_domain", 1);
}

TEST(FaultHandlers, let_other_threads_go_on_or_not)
{
    for (const std::uint32_t vcpus : {1U, 2U, 3U}) {
        expect_parent_holds("other_threads_go_on", vcpus);
        expect_parent_holds("other_threads_are_suspended", vcpus);
    }
}

TEST(FaultHandlers, of_the_description_resume_what_they_watch)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = watched("watcher_resumes", vcpus).run();
        EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("watcher") << outcome.classes();
        EXPECT_EQ(outcome.text("culprit"), "went on\ndone\n");
        EXPECT_TRUE(outcome.report.faults.empty());
    }
}

TEST(FaultHandlers, that_do_not_answer_in_time_leave_it_to_the_policy)
{
    // On one vCPU, with slices that do not end, the watcher waits before the culprit runs.
    Scenario scenario = watched("watcher_never_answers", 1);
    scenario.slice(60'000 * millisecond);
    scenario.last().handler_timeout_ns = 5 * millisecond;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.text("watcher"), "done\n");
    ASSERT_EQ(outcome.report.faults.size(), 1U);
    EXPECT_EQ(outcome.report.faults[0].action,
              "handler 'watcher' did not answer; domain 'culprit' stopped; 1 other domain goes on");
    EXPECT_EQ(outcome.domain("culprit").end, DomainEnd::faulted);
    EXPECT_EQ(outcome.report.exit_status(), 3);
}

TEST(FaultHandlers, that_end_leave_it_to_the_policy)
{
    for (const char* watcher : {"watcher_dies", "watcher_exits"}) {
        for (const std::uint32_t vcpus : {1U, 2U}) {
            const Outcome outcome = watched(watcher, vcpus).run();
            EXPECT_EQ(outcome.domain("culprit").end, DomainEnd::faulted) << watcher;
            EXPECT_EQ(outcome.report.end, SystemEnd::completed) << watcher;
            EXPECT_THAT(outcome.report.faults.back().action,
                        HasSubstr("handler 'watcher' did not answer"));
        }
    }
}

TEST(FaultHandlers, that_are_gone_are_not_waited_for)
{
    Scenario scenario = watched("watcher_does_nothing", 1, "child_faults");
    scenario.last().on_fault = FaultPolicy::restart;
    scenario.last().max_restarts = 2;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.domain("watcher").end, DomainEnd::exited);
    EXPECT_EQ(outcome.domain("culprit").restarts, 2U);
    EXPECT_EQ(outcome.report.faults.size(), 3U);
}

TEST(FaultHandlers, restart_what_they_watch_as_often_as_its_policy_allows)
{
    Scenario scenario = watched("watcher_restarts", 2, "child_faults");
    scenario.last().max_restarts = 2;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.text("watcher"), "done\n");
    EXPECT_EQ(outcome.domain("culprit").restarts, 2U);
    EXPECT_EQ(outcome.domain("culprit").end, DomainEnd::faulted);
    EXPECT_EQ(outcome.report.exit_status(), 3);
}

TEST(G5Ownership, strangers_cannot_answer)
{
    Scenario scenario = watched("watcher_resumes", 2);
    scenario.domain("stranger", "faults", {"noise"});
    scenario.last().time_limit_ns = 50 * millisecond;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.text("culprit"), "went on\ndone\n") << outcome.classes();
    EXPECT_EQ(outcome.text("stranger"), "");
}

TEST(FaultHandlers, are_told_of_time_limits_too)
{
    Scenario scenario = watched("watcher_restarts", 2, "noise");
    scenario.last().time_limit_ns = 3 * millisecond;
    scenario.last().max_restarts = 2;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.text("watcher"), "done\n");
    EXPECT_EQ(outcome.classes(), "time limit; time limit; time limit");
}

} // namespace
} // namespace glacis::kvm_tests
