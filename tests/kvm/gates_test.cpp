// Calls across domains on real vCPUs: G9, G10, G11, G12 and what a caller is told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calls.hpp"
#include "fault/text.hpp"
#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;
using testing::Not;

void expect_done(const Outcome& outcome)
{
    EXPECT_THAT(outcome.text("guest"), HasSubstr("done")) << outcome.classes();
}

void expect_holds(const Outcome& outcome)
{
    expect_done(outcome);
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
    EXPECT_THAT(outcome.text("server"), HasSubstr("served"));
}

/// The caller goes on after exactly this fault of the server.
const FaultRecord& expect_fault_of_server(const Outcome& outcome, const std::string& fault_class)
{
    static const FaultRecord none;
    expect_done(outcome);
    EXPECT_EQ(outcome.classes(), fault_class);
    if (outcome.report.faults.empty()) {
        return none;
    }
    EXPECT_EQ(outcome.report.faults[0].domain, "server");
    EXPECT_EQ(outcome.domain("guest").end, DomainEnd::exited);
    EXPECT_EQ(outcome.report.exit_status(), 3);
    return outcome.report.faults[0];
}

// ---- what arrives -------------------------------------------------------------------------------

TEST(Gates, arguments_and_result_arrive)
{
    expect_holds(Calls("arguments_and_result").run());
}

TEST(Gates, prepared_calls_take_no_exit)
{
    // A thousand calls and more, of which a handful are not prepared; the rest is start and end.
    const Outcome outcome = Calls("arguments_and_result").run();
    expect_holds(outcome);
    EXPECT_LT(outcome.report.counts.exits, 200U);
}

TEST(Gates, a_callee_has_sane_modes_and_its_own_thread_local_variables)
{
    expect_holds(Calls("window_and_modes").run());
}

TEST(Gates, callers_wait_until_the_callee_has_opened_its_gates)
{
    expect_holds(Calls("arguments_and_result").server_does("late").run());
}

TEST(Gates, a_server_that_never_opens_is_not_running_when_it_has_ended)
{
    const Outcome outcome = Calls("never_opened").server_does("never").run();
    expect_done(outcome);
    EXPECT_EQ(outcome.report.exit_status(), 0);
}

TEST(Gates, calls_work_in_the_unprotected_baseline)
{
    Calls calls("arguments_and_result");
    calls.scenario().unprotected();
    expect_holds(calls.run());
}

// ---- refusals -----------------------------------------------------------------------------------

TEST(G7Range, wrong_handles_counts_and_windows_are_refused_each_with_its_status)
{
    expect_holds(Calls("refusals").run());
}

TEST(G7Range, a_callee_cannot_use_a_call_that_was_prepared_for_its_caller)
{
    expect_holds(Calls("borrowed_call").run());
}

TEST(G10Returns, a_return_without_a_call_is_refused)
{
    expect_holds(Calls("return_without_call").run());
}

TEST(G9Frames, no_callee_runs_where_the_stack_is_granted_to_another_domain)
{
    expect_holds(Calls("granted_stack").run());
}

TEST(G2OrderedRelease, calls_on_a_stack_that_was_freed_and_made_anew_see_the_new_one)
{
    expect_holds(Calls("stack_made_anew").run());
}

// ---- frames -------------------------------------------------------------------------------------

TEST(G9Frames, a_callee_cannot_read_its_callers_frames)
{
    const auto record = expect_fault_of_server(Calls("read_my_frame").run(), "caller's frame");
    EXPECT_EQ(record.access, Access::read);
    EXPECT_EQ(record.callers, std::vector<std::string>{"guest"});
}

TEST(G9Frames, a_callee_cannot_write_its_callers_frames)
{
    const auto record = expect_fault_of_server(Calls("write_my_frame").run(), "caller's frame");
    EXPECT_EQ(record.access, Access::write);
}

TEST(G9Frames, what_the_caller_lends_of_its_stack_can_be_used_until_it_is_taken_back)
{
    expect_fault_of_server(Calls("lend_a_page").run(), "caller's frame");
}

TEST(G4OnlyTheCommittedIsMapped, an_overflow_in_a_callee_is_the_callees)
{
    expect_fault_of_server(Calls("overflow_in_callee").run(), "stack overflow");
}

TEST(G9Frames, threads_in_calls_of_one_domain_cannot_touch_each_others_frames)
{
    const Outcome outcome = Calls("threads_in_callee").vcpus(2).run();
    expect_fault_of_server(outcome, "neighbour's stack");
    EXPECT_THAT(outcome.text("server"), Not(HasSubstr("written")));
}

TEST(G10Returns, a_callee_can_spoil_nothing_that_its_caller_needs)
{
    expect_holds(Calls("wrecked_registers").run());
}

// ---- ends ---------------------------------------------------------------------------------------

TEST(G11Callees, a_callee_that_faults_ends_its_call_and_the_caller_goes_on)
{
    expect_fault_of_server(Calls("crash_and_go_on").run(), "null pointer");
}

TEST(G11Callees, no_fault_handler_comes_between_a_fault_in_a_call_and_the_caller)
{
    for (const bool suspends : {false, true}) {
        Calls calls("crash_and_call_again");
        calls.server().on_fault = FaultPolicy::restart;
        calls.server().fault_handler = 2;
        calls.server().handler_timeout_ns = 300'000'000'000;
        calls.server().suspends_on_fault = suspends;
        calls.vcpus(2).scenario().domain("watcher", "faults", {"watcher_hears_nothing"});
        const Outcome outcome = calls.run();
        expect_done(outcome);
        EXPECT_EQ(outcome.text("watcher"), "done\n")
            << "status " << outcome.domain("watcher").status << ", system's end "
            << static_cast<int>(outcome.report.end) << outcome.report.end_explanation;
        ASSERT_EQ(outcome.classes(), "null pointer; null pointer; null pointer")
            << (outcome.report.faults.empty() ? "" : fault::to_text(outcome.report.faults[0]));
        EXPECT_EQ(outcome.report.faults[0].action, "domain 'server' restarted (1 of 3)");
        EXPECT_EQ(outcome.report.counts.resumed_faults, 0U);
    }
}

TEST(G10Returns, children_come_and_go_while_others_call)
{
    Calls calls("storm", {"6", "300"});
    calls.vcpus(3)
        .scenario()
        .program_region("program", "domains")
        .domain("parent", "domains", {"cycles_leave_nothing", "60"})
        .use("program", PD_PERM_READ);
    calls.scenario().system().memory = std::uint64_t{64} << 20;
    const Outcome outcome = calls.run();
    expect_done(outcome);
    EXPECT_EQ(outcome.text("parent"), "done\n") << outcome.classes();
}

TEST(G11Callees, a_callee_that_is_restarted_can_be_called_again)
{
    Calls calls("crash_and_call_again");
    calls.server().on_fault = FaultPolicy::restart;
    const Outcome outcome = calls.run();
    expect_done(outcome);
    EXPECT_EQ(outcome.classes(), "null pointer; null pointer; null pointer");
    EXPECT_THAT(outcome.text("server"), HasSubstr("restart 3"));
}

TEST(G11Callees, a_callee_goes_on_serving_while_its_only_caller_is_restarted)
{
    Calls calls("crash_oneself_and_call");
    calls.scenario().system().domains[0].on_fault = FaultPolicy::restart;
    const Outcome outcome = calls.run();
    expect_done(outcome);
    EXPECT_EQ(outcome.classes(), "null pointer");
    EXPECT_THAT(outcome.text("server"), HasSubstr("served"));
}

TEST(G11Callees, a_callee_that_overstays_its_time_limit_ends_its_call)
{
    expect_fault_of_server(Calls("time_limit").time_limit(5'000'000).run(), "time limit");
}

TEST(G11Callees, a_callee_that_sleeps_past_its_time_limit_ends_its_call)
{
    expect_fault_of_server(Calls("time_limit_asleep").time_limit(5'000'000).run(), "time limit");
}

TEST(G11Callees, a_callee_that_ends_its_domain_ends_its_call)
{
    const Outcome outcome = Calls("callee_leaves").run();
    expect_done(outcome);
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.classes();
}

TEST(G11Callees, a_callee_cannot_end_its_callers_thread)
{
    expect_holds(Calls("thread_exit_in_call").run());
}

TEST(G11Callees, a_call_is_cut_short_when_another_thread_stops_the_callee)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        expect_fault_of_server(
            Calls("stopped_by_others").vcpus(vcpus).server_does("crash_later").run(),
            "null pointer");
    }
}

TEST(G11Callees, a_caller_that_dies_elsewhere_does_not_cut_its_calls_short)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = Calls("die_elsewhere").vcpus(vcpus).run();
        EXPECT_EQ(outcome.classes(), "null pointer");
        EXPECT_EQ(outcome.domain("guest").end, DomainEnd::faulted);
        EXPECT_THAT(outcome.text("guest"), Not(HasSubstr("not reached")));
        EXPECT_EQ(outcome.text("server"), "finished\nserved\n");
    }
}

// ---- nesting and threads ------------------------------------------------------------------------

TEST(G10Returns, nested_calls_return_in_order)
{
    expect_holds(Calls("nested").run());
}

TEST(G10Returns, the_depth_of_calls_is_bounded)
{
    expect_holds(Calls("too_deep").run());
}

TEST(G10Returns, threads_on_several_vcpus_call_at_once)
{
    expect_holds(Calls("storm", {"6", "300"}).vcpus(2).run());
    expect_holds(Calls("storm", {"8", "150"}).vcpus(4).run());
}

TEST(G13NoKickIsLost, slices_shorter_than_a_call_lose_no_call)
{
    Calls calls("storm", {"4", "200"});
    calls.vcpus(2).scenario().slice(20'000);
    expect_holds(calls.run());
}

TEST(G11Callees, a_server_that_crashes_all_the_time_harms_no_caller)
{
    Calls calls("crash_storm");
    calls.vcpus(3).server().on_fault = FaultPolicy::restart;
    calls.server().max_restarts = 1000;
    const Outcome outcome = calls.run();
    expect_done(outcome);
    EXPECT_EQ(outcome.domain("guest").end, DomainEnd::exited);
}

// ---- residue ------------------------------------------------------------------------------------

TEST(G12NothingLeaks, without_scrubbing_a_callee_leaves_residue)
{
    expect_holds(Calls("residue_stays").run());
}

TEST(G12NothingLeaks, scrubbing_on_return_leaves_nothing_of_the_callee)
{
    expect_holds(Calls("residue_is_scrubbed").scrub(Scrub::on_return).run());
    expect_holds(Calls("residue_is_scrubbed").scrub(Scrub::both_ways).run());
}

} // namespace
} // namespace glacis::kvm_tests
