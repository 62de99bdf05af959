// Thread managers: the one that comes with the runtime, and hostile ones; G6, G11.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t millisecond = 1'000'000;

/// A worker under the manager that comes with the runtime.
void expect_holds(const std::string& property, std::uint32_t vcpus)
{
    const Outcome outcome = Scenario()
                                .vcpus(vcpus)
                                .domain("manager", "round_robin", {})
                                .domain("worker", "threads", {property})
                                .managed_by("manager")
                                .run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("worker") << outcome.classes();
    EXPECT_EQ(outcome.report.end, SystemEnd::completed);
}

TEST(RoundRobin, shares_vcpus_among_threads_that_never_wait)
{
    expect_holds("slices_are_shared", 1);
    expect_holds("slices_are_shared", 3);
}

TEST(RoundRobin, keeps_registers_across_slices)
{
    expect_holds("registers_survive", 2);
}

TEST(RoundRobin, lets_threads_wait_wake_sleep_and_join)
{
    expect_holds("wait_and_wake", 1);
    expect_holds("wait_and_wake", 3);
}

TEST(RoundRobin, runs_more_threads_than_vcpus_that_come_and_go)
{
    expect_holds("many_threads", 1);
    expect_holds("many_threads", 4);
}

TEST(RoundRobin, runs_threads_of_several_domains_that_wake_each_other)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = Scenario()
                                    .vcpus(vcpus)
                                    .region("meet", 4096)
                                    .domain("manager", "round_robin", {})
                                    .domain("ping", "threads", {"ping"})
                                    .managed_by("manager")
                                    .use("meet", 3)
                                    .domain("pong", "threads", {"pong"})
                                    .managed_by("manager")
                                    .use("meet", 3)
                                    .run();
        EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("ping") << outcome.text("pong");
    }
}

TEST(RoundRobin, meets_threads_under_another_manager_and_under_none)
{
    const Outcome outcome = Scenario()
                                .vcpus(2)
                                .region("meet", 4096)
                                .domain("manager", "round_robin", {})
                                .domain("other", "manager", {"manages_on_every_vcpu"})
                                .domain("ping", "threads", {"ping"})
                                .managed_by("manager")
                                .use("meet", 3)
                                .domain("pong", "threads", {"pong"})
                                .managed_by("other")
                                .use("meet", 3)
                                .domain("alone", "threads", {"wait_and_wake"})
                                .run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("ping") << outcome.text("other");
}

TEST(RoundRobin, is_stuck_when_those_that_it_runs_are)
{
    const Outcome outcome = Scenario()
                                .vcpus(2)
                                .domain("manager", "round_robin", {})
                                .domain("worker", "threads", {"wait_for_nothing"})
                                .managed_by("manager")
                                .run();
    EXPECT_EQ(outcome.report.end, SystemEnd::stuck);
}

TEST(RoundRobin, survives_faults_and_restarts_of_those_that_it_runs)
{
    Scenario scenario;
    scenario.vcpus(2)
        .domain("manager", "round_robin", {})
        .domain("worker", "threads", {"fault_until_third_start"})
        .managed_by("manager");
    scenario.last().on_fault = FaultPolicy::restart;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.domain("worker").restarts, 2U);
    EXPECT_EQ(outcome.domain("worker").end, DomainEnd::exited);
    EXPECT_EQ(outcome.domain("manager").end, DomainEnd::exited);
    EXPECT_EQ(outcome.domain("manager").status, 0U);
}

// ---- managers of the tests' own
// -----------------------------------------------------------------------

/// `property` manages a worker that is well; somebody whom it does not manage is well, too.
Scenario managed(const std::string& property, std::uint32_t vcpus)
{
    Scenario scenario;
    scenario.vcpus(vcpus)
        .domain("manager", "manager", {property})
        .domain("worker", "threads", {"many_threads"})
        .managed_by("manager")
        .domain("other", "threads", {"wait_and_wake"});
    return scenario;
}

void expect_all_well(const Outcome& outcome)
{
    EXPECT_EQ(outcome.report.exit_status(), 0)
        << outcome.text("manager") << outcome.text("worker") << outcome.classes();
    EXPECT_THAT(outcome.text("manager"), HasSubstr("done"));
    EXPECT_THAT(outcome.text("worker"), HasSubstr("done"));
    EXPECT_THAT(outcome.text("other"), HasSubstr("done"));
}

TEST(ThreadManagers, run_a_loop_on_each_vcpu)
{
    expect_all_well(managed("manages", 1).run());
    expect_all_well(managed("manages", 3).run());
    expect_all_well(managed("manages_on_every_vcpu", 2).run());
}

TEST(ThreadManagers, that_give_the_shortest_slices_make_progress_all_the_same)
{
    expect_all_well(managed("gives_tiny_slices", 1).run());
}

TEST(G6ThreadManagers, a_manager_cannot_use_stacks_that_it_runs_and_is_told_so)
{
    expect_all_well(managed("asks_for_too_much", 1).run());
    expect_all_well(managed("asks_for_too_much", 2).run());
}

TEST(G9ThreadManagers, a_manager_does_not_reach_the_stacks_of_those_that_it_runs)
{
    const Outcome outcome = managed("reads_a_managed_stack", 2).run();
    EXPECT_THAT(outcome.text("manager"), HasSubstr("about to read"));
    EXPECT_EQ(outcome.domain("manager").end, DomainEnd::faulted);
    ASSERT_EQ(outcome.report.faults.size(), 1U);
    EXPECT_EQ(outcome.report.faults[0].domain, "manager");
    EXPECT_EQ(outcome.domain("worker").end, DomainEnd::abandoned) << "nobody runs it any more";
    EXPECT_THAT(outcome.text("other"), HasSubstr("done"));
}

TEST(G11ThreadManagers, a_manager_that_runs_nobody_harms_only_those_that_it_manages)
{
    for (const std::string property : {"never_runs_anybody", "waits_for_nothing"}) {
        const Outcome outcome = managed(property, 1).timeout(4000 * millisecond).run();
        EXPECT_NE(outcome.report.end, SystemEnd::completed);
        EXPECT_EQ(outcome.text("worker"), "");
        EXPECT_THAT(outcome.text("other"), HasSubstr("done")) << property;
    }
}

/// Some sixty switches fit into a few turns of the domains' manager, however slow the host. A turn
/// of the one that spins for each of them would take ten times as long as this may.
TEST(G11ThreadManagers, a_manager_that_spins_costs_others_a_turn_now_and_then_not_each_switch)
{
    constexpr std::uint64_t slice = 100 * millisecond;
    Scenario scenario = managed("never_runs_anybody", 1);
    scenario.slice(slice).timeout(60 * slice);
    scenario.last().arguments = {"wait_wake_and_fault"};
    scenario.last().on_fault = FaultPolicy::stop_system;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.end, SystemEnd::stopped);
    EXPECT_EQ(outcome.domain("other").end, DomainEnd::faulted);
}

TEST(G11ThreadManagers, domains_whose_manager_has_ended_are_stopped)
{
    Scenario scenario;
    scenario.vcpus(2)
        .domain("manager", "manager", {"ends_early"})
        .domain("worker", "threads", {"slices_are_shared"})
        .managed_by("manager")
        .domain("other", "threads", {"wait_and_wake"});
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.end, SystemEnd::completed);
    EXPECT_EQ(outcome.domain("manager").end, DomainEnd::exited);
    EXPECT_EQ(outcome.domain("worker").end, DomainEnd::abandoned);
    EXPECT_EQ(outcome.report.exit_status(), 3);
    EXPECT_THAT(outcome.text("other"), HasSubstr("done"));
}

TEST(G11ThreadManagers, a_manager_that_is_restarted_takes_up_what_it_had)
{
    Scenario scenario;
    scenario.vcpus(2).domain("manager", "manager", {"crashes_first"});
    scenario.last().on_fault = FaultPolicy::restart;
    scenario.domain("worker", "threads", {"many_threads"}).managed_by("manager");
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.domain("manager").restarts, 1U);
    EXPECT_THAT(outcome.text("manager"), HasSubstr("done"));
    EXPECT_THAT(outcome.text("worker"), HasSubstr("done"));
}

} // namespace
} // namespace glacis::kvm_tests
