// Faults that reached what they must not: bugs of Glacis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <glacis/abi/status.h>

#include "judge_world.hpp"

namespace glacis::campaign::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Escape, is_memory_that_changed_although_nobody_was_allowed_to)
{
    Experiment experiment = harmless_run();
    experiment.injection.escapes = {{"lonely", "0x4010f8: 0x00 became 0x41"}};
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::escape);
    EXPECT_EQ(verdict.escapes, experiment.injection.escapes);
}

TEST(Escape, is_a_hypercall_that_was_granted_and_must_not_be)
{
    Experiment experiment = harmless_run();
    experiment.injection.was_granted = true;
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::escape);
    EXPECT_THAT(verdict.escapes, ElementsAre(Escape{"the supervisor", "granted: did something"}));
}

TEST(Escape, is_a_broken_invariant)
{
    Experiment experiment = harmless_run();
    experiment.injection.broken_invariant = "slot 3 is free and mapped";
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::escape);
    EXPECT_THAT(verdict.escapes, ElementsAre(Escape{"the VMM", "slot 3 is free and mapped"}));
}

TEST(Escape, is_a_failure_of_the_vmm_that_no_fault_of_the_host_explains)
{
    Experiment experiment = harmless_run();
    experiment.observation.host_failure = "KVM_RUN: Invalid argument";
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::escape);
    EXPECT_THAT(verdict.escapes, ElementsAre(Escape{"the VMM", "KVM_RUN: Invalid argument"}));
}

TEST(Escape, is_a_domain_that_has_nothing_to_do_with_the_fault_and_behaves_otherwise)
{
    Experiment experiment = harmless_run();
    behaviour_of(experiment.observation, "lonely").text = 0x34;
    behaviour_of(experiment.observation, "reader").text = 0x23; // permitted
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::escape);
    EXPECT_THAT(verdict.escapes,
                ElementsAre(Escape{"lonely", "it behaves otherwise, and has nothing to do with "
                                             "domain 'parser'"}));
}

TEST(Escape, is_seen_in_everything_that_a_domain_does)
{
    for (const auto change : {+[](DomainBehaviour& each) { each.end = DomainEnd::faulted; },
                              +[](DomainBehaviour& each) { each.end = DomainEnd::abandoned; },
                              +[](DomainBehaviour& each) { each.status = 1; },
                              +[](DomainBehaviour& each) { each.restarts = 1; },
                              +[](DomainBehaviour& each) { each.lines = 2; },
                              +[](DomainBehaviour& each) {
                                  each.text = 0x34;
                              }}) {
        Experiment experiment = harmless_run();
        change(behaviour_of(experiment.observation, "lonely"));
        EXPECT_EQ(verdict_on(experiment).outcome, Outcome::escape);
    }
}

TEST(Escape, is_none_where_a_domain_was_cut_short_by_the_end_of_the_system)
{
    Experiment experiment = harmless_run();
    experiment.observation.end = SystemEnd::stopped;
    experiment.observation.faults = {fault_record(PD_FAULT_STACK_OVERFLOW, "parser")};
    DomainBehaviour& lonely = behaviour_of(experiment.observation, "lonely");
    lonely = {"lonely", DomainEnd::cut_short, 0, 0, 0, 0, ""};
    EXPECT_EQ(verdict_on(experiment).outcome, Outcome::detected);
}

TEST(Escape, is_none_where_the_host_failed_and_everybody_felt_it)
{
    Fault fault = parser_fault(FaultClass::host_failure);
    fault.domain.clear();
    Experiment experiment = harmless_run();
    for (DomainBehaviour& each : experiment.observation.domains) {
        each.end = DomainEnd::faulted;
    }
    const Verdict verdict = judge(sample_system(), fault, golden_run(), experiment);
    EXPECT_THAT(verdict.escapes, IsEmpty());
    EXPECT_THAT(verdict.spread, ElementsAre("parser", "reader", "lonely"));
}

TEST(Escape, is_a_broken_invariant_also_when_the_host_failed)
{
    Fault fault = parser_fault(FaultClass::host_failure);
    Experiment experiment = harmless_run();
    experiment.injection.broken_invariant = "slot 3 is free and mapped";
    EXPECT_EQ(judge(sample_system(), fault, golden_run(), experiment).outcome, Outcome::escape);
}

TEST(Escape, counts_more_than_a_detection_or_a_fault_that_was_never_injected)
{
    Experiment experiment = harmless_run();
    experiment.injection.broken_invariant = "slot 3 is free and mapped";
    experiment.injection.refusal = PD_NOT_OWNER;
    experiment.observation.faults = {fault_record(PD_FAULT_STACK_OVERFLOW, "parser")};
    EXPECT_EQ(verdict_on(experiment).outcome, Outcome::escape);
    EXPECT_EQ(verdict_on(experiment).mechanism, "");
    experiment.injection.times = 0;
    EXPECT_EQ(verdict_on(experiment).outcome, Outcome::escape);
}

TEST(Escape, is_told_for_everything_that_was_reached)
{
    Experiment experiment = harmless_run();
    experiment.injection.escapes = {{"reader", "0x1000: 0x00 became 0x01"}};
    experiment.injection.broken_invariant = "broken";
    experiment.injection.was_granted = true;
    behaviour_of(experiment.observation, "lonely").lines = 0;
    EXPECT_EQ(verdict_on(experiment).escapes.size(), 4U);
}

} // namespace
} // namespace glacis::campaign::test
