// Threads on real vCPUs: registers, waiting, ends and restarts; G13.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t millisecond = 1'000'000;

void expect_holds(const std::string& property, std::uint32_t vcpus)
{
    const Outcome outcome =
        Scenario().vcpus(vcpus).slice(millisecond / 2).domain("guest", "threads", {property}).run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
    EXPECT_THAT(outcome.text("guest"), HasSubstr("done"));
}

TEST(Threads, keep_general_and_vector_registers_across_preemption)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = Scenario()
                                    .vcpus(vcpus)
                                    .slice(millisecond / 4)
                                    .domain("guest", "threads", {"registers_survive"})
                                    .run();
        EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
        EXPECT_GT(outcome.report.counts.switches, 10U) << "nobody was preempted";
    }
}

TEST(Threads, keep_their_thread_pointer_on_every_vcpu)
{
    expect_holds("thread_pointers_survive", 1);
    expect_holds("thread_pointers_survive", 3);
}

TEST(G12NothingLeaks, a_new_thread_finds_nothing_in_its_registers)
{
    expect_holds("fresh_registers_are_clear", 1);
    expect_holds("fresh_registers_are_clear", 2);
}

TEST(Threads, wait_wake_and_join)
{
    expect_holds("wait_and_wake", 1);
    expect_holds("wait_and_wake", 3);
}

TEST(Threads, more_of_them_than_vcpus_come_and_go)
{
    expect_holds("many_threads", 2);
}

TEST(Threads, of_different_domains_wake_each_other_through_a_shared_region)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = Scenario()
                                    .vcpus(vcpus)
                                    .region("meet", 4096)
                                    .domain("ping", "threads", {"ping"})
                                    .use("meet", 3)
                                    .domain("pong", "threads", {"pong"})
                                    .use("meet", 3)
                                    .run();
        EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("ping") << outcome.text("pong");
    }
}

TEST(Threads, that_all_wait_for_ever_end_the_system_as_stuck)
{
    const Outcome outcome =
        Scenario().vcpus(2).domain("guest", "threads", {"wait_for_nothing"}).run();
    EXPECT_EQ(outcome.report.end, SystemEnd::stuck);
    EXPECT_EQ(outcome.report.exit_status(), 3);
}

TEST(Domains, exit_with_their_own_status)
{
    const Outcome outcome = Scenario().domain("guest", "threads", {"exit_with_7"}).run();
    EXPECT_EQ(outcome.domain("guest").status, 7U);
    EXPECT_EQ(outcome.report.exit_status(), 3);
    EXPECT_TRUE(outcome.report.faults.empty());
}

TEST(Domains, are_restarted_with_memory_stacks_and_registers_as_new)
{
    Scenario scenario;
    scenario.domain("guest", "threads", {"fault_until_third_start"});
    scenario.last().on_fault = FaultPolicy::restart;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.text("guest"), "start 0\nstart 1\nstart 2\ndone\n");
    EXPECT_EQ(outcome.domain("guest").restarts, 2U);
    EXPECT_EQ(outcome.domain("guest").end, DomainEnd::exited);
    EXPECT_EQ(outcome.report.faults.size(), 2U);
}

TEST(Domains, are_restarted_a_bounded_number_of_times)
{
    Scenario scenario;
    scenario.domain("guest", "threads", {"fault_always"});
    scenario.last().on_fault = FaultPolicy::restart;
    scenario.last().max_restarts = 4;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.faults.size(), 5U);
    EXPECT_EQ(outcome.domain("guest").end, DomainEnd::faulted);
}

TEST(Domains, with_policy_stop_system_end_the_others_too)
{
    Scenario scenario;
    scenario.vcpus(2)
        .domain("spinner", "threads", {"spin_for_ever", "1"})
        .domain("guest", "threads", {"fault_always"});
    scenario.last().on_fault = FaultPolicy::stop_system;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.end, SystemEnd::stopped);
    EXPECT_EQ(outcome.domain("spinner").end, DomainEnd::cut_short);
    EXPECT_EQ(outcome.report.exit_status(), 3);
}

// ---- G13: a lost kick would hang these, and the tests' own limit would say so
// ------------------------

TEST(G13AKickIsNeverLost, the_end_of_a_slice_reaches_spinning_threads)
{
    const Outcome outcome =
        Scenario().slice(millisecond / 4).domain("guest", "threads", {"slices_are_shared"}).run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest");
}

TEST(G13AKickIsNeverLost, stops_at_any_moment_reach_every_vcpu)
{
    for (int round = 0; round < 40; ++round) {
        Scenario scenario;
        scenario.vcpus(3)
            .slice(100'000)
            .timeout(static_cast<std::uint64_t>(round) * 97'000 + 1)
            .domain("guest", "threads", {"spin_for_ever", "5"});
        const Outcome outcome = scenario.run();
        EXPECT_EQ(outcome.report.end, SystemEnd::time_limit);
        EXPECT_EQ(outcome.report.exit_status(), 4);
    }
}

TEST(G13AKickIsNeverLost, a_fault_stops_siblings_in_whatever_they_do)
{
    for (const std::uint32_t vcpus : {1U, 2U, 4U}) {
        Scenario scenario;
        scenario.vcpus(vcpus).slice(100'000).domain("guest", "threads", {"fault_amid_everything"});
        scenario.last().on_fault = FaultPolicy::restart;
        scenario.last().max_restarts = 15;
        const Outcome outcome = scenario.run();
        EXPECT_EQ(outcome.report.faults.size(), 16U) << outcome.classes();
        EXPECT_EQ(outcome.report.end, SystemEnd::completed);
    }
}

TEST(G13AKickIsNeverLost, a_storm_of_kicks_from_outside_loses_nothing)
{
    Scenario scenario;
    scenario.vcpus(2).slice(100'000).domain("guest", "threads", {"registers_survive"});
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
}

} // namespace
} // namespace glacis::kvm_tests
