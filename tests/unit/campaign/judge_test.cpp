// What a fault came to, where it did not escape.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <glacis/abi/status.h>

#include "judge_world.hpp"
#include "machine/status_text.hpp"

namespace glacis::campaign::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Judge, a_fault_whose_time_never_came_was_not_activated)
{
    Experiment experiment = harmless_run();
    experiment.injection.times = 0;
    EXPECT_EQ(verdict_on(experiment).outcome, Outcome::not_activated);
}

TEST(Judge, what_nobody_could_tell_had_no_effect)
{
    Experiment experiment = harmless_run();
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict, Verdict{});
    EXPECT_EQ(verdict.outcome, Outcome::no_effect);
}

TEST(Judge, a_wrong_output_that_nothing_noticed_is_silent_corruption)
{
    Experiment experiment = harmless_run();
    experiment.observation.outputs = {0x45};
    EXPECT_EQ(verdict_on(experiment).outcome, Outcome::silent_corruption);
}

TEST(Judge, other_lines_on_the_console_are_silent_corruption)
{
    Experiment experiment = harmless_run();
    behaviour_of(experiment.observation, "parser").text = 0x12;
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::silent_corruption);
    EXPECT_THAT(verdict.spread, IsEmpty()) << "its own behaviour";
}

TEST(Judge, a_system_that_does_not_end_reached_the_time_limit)
{
    Experiment experiment = harmless_run();
    experiment.observation.end = SystemEnd::time_limit;
    for (DomainBehaviour& each : experiment.observation.domains) {
        each.end = DomainEnd::cut_short;
    }
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::time_limit);
    EXPECT_THAT(verdict.spread, IsEmpty()) << "who was cut short has done nothing wrong";
}

TEST(Judge, a_fault_record_has_detected_it)
{
    Experiment experiment = harmless_run();
    experiment.observation.faults = {fault_record(PD_FAULT_STACK_OVERFLOW, "parser"),
                                     fault_record(PD_FAULT_NULL_POINTER, "reader")};
    experiment.injection.exits_before = 20;
    experiment.injection.exits_at_faults = {27, 30};
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::detected);
    EXPECT_EQ(verdict.mechanism, "stack overflow");
    EXPECT_EQ(verdict.detected_in, "parser");
    EXPECT_EQ(verdict.latency, 7U);
}

TEST(Judge, a_fault_record_without_a_count_of_exits_has_no_latency)
{
    Experiment experiment = harmless_run();
    experiment.observation.faults = {fault_record(PD_FAULT_STACK_OVERFLOW, "parser")};
    experiment.injection.exits_before = 20;
    EXPECT_EQ(verdict_on(experiment).latency, 0U);
}

TEST(Judge, faults_of_the_undisturbed_run_have_detected_nothing)
{
    Observation golden = golden_run();
    golden.faults = {fault_record(PD_FAULT_NULL_POINTER, "reader")};
    Experiment experiment = harmless_run();
    experiment.observation.faults = golden.faults;
    experiment.injection.exits_at_faults = {5};
    EXPECT_EQ(judge(sample_system(), parser_fault(), golden, experiment).outcome,
              Outcome::no_effect);
    experiment.observation.faults.push_back(fault_record(PD_FAULT_ABORT, "parser"));
    experiment.injection.exits_before = 6;
    experiment.injection.exits_at_faults = {5, 8};
    const Verdict verdict = judge(sample_system(), parser_fault(), golden, experiment);
    EXPECT_EQ(verdict.outcome, Outcome::detected);
    EXPECT_EQ(verdict.mechanism, "abort");
    EXPECT_EQ(verdict.latency, 2U);
}

TEST(Judge, a_refused_hypercall_has_detected_it)
{
    Experiment experiment = harmless_run();
    experiment.injection.refusal = PD_NOT_OWNER;
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::detected);
    EXPECT_EQ(verdict.mechanism, std::string("hypercall refused: ") + status_text(PD_NOT_OWNER));
    EXPECT_EQ(verdict.detected_in, "parser");
}

TEST(Judge, a_system_that_is_newly_stuck_has_detected_it)
{
    Experiment experiment = harmless_run();
    experiment.observation.end = SystemEnd::stuck;
    EXPECT_EQ(verdict_on(experiment).mechanism, "no thread can go on");
    Observation golden = golden_run();
    golden.end = SystemEnd::stuck;
    EXPECT_EQ(judge(sample_system(), parser_fault(), golden, experiment).outcome,
              Outcome::no_effect);
}

TEST(Judge, a_program_that_says_so_itself_has_detected_it)
{
    Experiment experiment = harmless_run();
    behaviour_of(experiment.observation, "reader").status = 1;
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::detected);
    EXPECT_EQ(verdict.mechanism, "the program's own check");
    EXPECT_EQ(verdict.detected_in, "reader");
}

TEST(Judge, a_program_that_says_all_is_well_where_it_should_not_has_detected_nothing)
{
    Observation golden = golden_run();
    behaviour_of(golden, "parser").status = 1;
    const Experiment experiment = harmless_run(); // status 0
    EXPECT_EQ(judge(sample_system(), parser_fault(), golden, experiment).outcome,
              Outcome::silent_corruption);
}

TEST(Judge, a_failure_of_the_host_that_is_reported_has_been_detected)
{
    Fault fault = parser_fault(FaultClass::host_failure);
    fault.domain.clear();
    Experiment experiment = harmless_run();
    experiment.observation = {};
    experiment.observation.host_failure = "mmap: Cannot allocate memory";
    const Verdict verdict = judge(sample_system(), fault, golden_run(), experiment);
    EXPECT_EQ(verdict.outcome, Outcome::detected);
    EXPECT_EQ(verdict.mechanism, "host failure reported");
    EXPECT_EQ(verdict.detected_in, "");
}

TEST(Judge, the_first_thing_that_noticed_is_the_mechanism)
{
    Experiment experiment = harmless_run();
    experiment.observation.end = SystemEnd::stuck;
    behaviour_of(experiment.observation, "parser").status = 1;
    experiment.injection.refusal = PD_NOT_OWNER;
    EXPECT_EQ(verdict_on(experiment).mechanism.rfind("hypercall refused", 0), 0U);
    experiment.observation.faults = {fault_record(PD_FAULT_FOREIGN_MEMORY, "parser")};
    EXPECT_EQ(verdict_on(experiment).mechanism, "foreign domain's memory");
}

TEST(Judge, names_connected_domains_whose_behaviour_changed_as_spread)
{
    Experiment experiment = harmless_run();
    behaviour_of(experiment.observation, "reader").lines = 6;
    const Verdict verdict = verdict_on(experiment);
    EXPECT_EQ(verdict.outcome, Outcome::silent_corruption);
    EXPECT_THAT(verdict.spread, ElementsAre("reader"));
    EXPECT_THAT(verdict.escapes, IsEmpty());
}

TEST(IsAlike, compares_what_can_be_seen_from_outside)
{
    EXPECT_TRUE(is_alike(golden_run(), golden_run()));
    std::vector<Observation> others(6, golden_run());
    others[0].end = SystemEnd::stopped;
    others[1].domains[2].restarts = 1;
    others[2].outputs.push_back(0);
    others[3].host_failure = "";
    others[4].faults = {fault_record(PD_FAULT_ABORT, "parser")};
    others[5].domains.pop_back();
    for (const Observation& other : others) {
        EXPECT_FALSE(is_alike(golden_run(), other));
        EXPECT_FALSE(is_alike(other, golden_run()));
    }
}

TEST(IsAlike, compares_faults_by_what_they_are_and_where)
{
    Observation one = golden_run();
    one.faults = {fault_record(PD_FAULT_ABORT, "parser")};
    Observation other = one;
    other.faults[0].thread = 9;
    other.faults[0].explanation = "in other words";
    EXPECT_TRUE(is_alike(one, other));
    for (const auto change : {+[](FaultRecord& record) { record.fault_class = PD_FAULT_ALIGNMENT; },
                              +[](FaultRecord& record) { record.domain = "reader"; },
                              +[](FaultRecord& record) { record.program_counter = 1; },
                              +[](FaultRecord& record) {
                                  record.address = 0;
                              }}) {
        other = one;
        change(other.faults[0]);
        EXPECT_FALSE(is_alike(one, other));
    }
}

TEST(Outcomes, have_names_of_their_own_that_lead_back)
{
    for (std::size_t i = 0; i < all_outcomes.size(); ++i) {
        EXPECT_EQ(all_outcomes[i], static_cast<Outcome>(i));
        EXPECT_EQ(outcome_named(name_of(all_outcomes[i])), all_outcomes[i]);
    }
    EXPECT_EQ(name_of(Outcome::silent_corruption), "silent corruption");
    EXPECT_EQ(outcome_named(""), std::nullopt);
    EXPECT_EQ(outcome_named("Escape"), std::nullopt);
}

} // namespace
} // namespace glacis::campaign::test
