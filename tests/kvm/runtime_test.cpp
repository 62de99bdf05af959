// The runtime library of domain programs, in C and C++.

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Outcome run(const std::string& guest, const std::string& property, std::uint32_t vcpus = 2)
{
    return Scenario().vcpus(vcpus).domain("guest", guest, {property}).run();
}

class Runtime : public testing::TestWithParam<const char*> {};

TEST_P(Runtime, holds)
{
    for (const std::uint32_t vcpus : {1U, 2U}) {
        const Outcome outcome = run("runtime", GetParam(), vcpus);
        EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
        EXPECT_THAT(outcome.text("guest"), HasSubstr("done")) << vcpus << " vCPUs";
    }
}

INSTANTIATE_TEST_SUITE_P(
    Properties, Runtime,
    testing::Values("thread_locals_are_each_threads_own",
                    "functions_run_on_other_stacks_and_come_back",
                    "threads_run_on_stacks_they_are_given", "joining_frees_stacks_and_happens_once",
                    "detached_threads_leave_nothing", "mutexes_exclude_and_once_runs_once",
                    "conditions_and_semaphores_wake_and_time_out", "threads_share_the_heap",
                    "the_heap_fails_with_null_and_recovers", "numbers_are_formatted_and_read",
                    "clocks_go_on_and_sleeps_last", "what_is_not_there_fails_politely"),
    [](const auto& property) { return std::string(property.param); });

TEST(RuntimeStreams, lines_of_threads_do_not_mix)
{
    const Outcome outcome = run("runtime", "lines_of_threads_do_not_mix");
    auto lines = outcome.console.at("guest");
    ASSERT_EQ(lines.size(), 301U);
    std::sort(lines.begin(), lines.end());
    std::vector<std::string> expected{"done"};
    for (int worker = 0; worker < 6; ++worker) {
        for (int line = 0; line < 50; ++line) {
            expected.push_back("worker " + std::to_string(worker) + " says line " +
                               std::to_string(line));
        }
    }
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(lines, expected);
}

TEST(RuntimeStreams, exit_writes_what_was_not_finished)
{
    const Outcome outcome = run("runtime", "exit_writes_what_was_not_finished");
    EXPECT_THAT(outcome.console.at("guest"), ElementsAre("not finished: done", "good"));
}

TEST(RuntimeStreams, exit_writes_what_only_threads_wrote)
{
    const Outcome outcome = run("runtime", "exit_writes_what_only_threads_wrote");
    EXPECT_THAT(outcome.console.at("guest"), ElementsAre("only a thread wrote"));
}

TEST(RuntimeAbort, is_a_fault_that_shows_who_called)
{
    const Outcome outcome = run("runtime", "aborts");
    ASSERT_EQ(outcome.report.faults.size(), 1U);
    const FaultRecord& fault = outcome.report.faults.front();
    EXPECT_EQ(fault.fault_class, PD_FAULT_ABORT);
    EXPECT_TRUE(std::any_of(fault.backtrace.begin(), fault.backtrace.end(),
                            [](const Frame& frame) { return frame.function == "abort"; }));
}

TEST(RuntimeCxx, objects_begin_and_end_in_order)
{
    const Outcome outcome = run("cxx", "objects_begin_and_end");
    EXPECT_THAT(outcome.console.at("guest"),
                ElementsAre("global begins", "local begins", "thread's begins", "done",
                            "thread's ends", "local ends", "global ends"));
}

TEST(RuntimeCxx, a_thread_ends_its_objects_before_it_is_joined)
{
    const Outcome outcome = run("cxx", "threads_end_their_objects");
    EXPECT_THAT(outcome.console.at("guest"),
                ElementsAre("global begins", "thread's begins", "thread's ends", "joined", "done",
                            "global ends"));
}

TEST(RuntimeCxx, local_statics_are_initialised_once)
{
    EXPECT_EQ(run("cxx", "locals_are_initialised_once").report.exit_status(), 0);
}

TEST(RuntimeCxx, containers_and_algorithms_work)
{
    EXPECT_EQ(run("cxx", "containers_and_algorithms_work").report.exit_status(), 0);
}

TEST(RuntimeCxx, wrappers_give_back_what_they_hold)
{
    const Outcome outcome = run("cxx", "the_wrappers_clean_up");
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
}

TEST(RuntimeCxx, domains_and_faults_have_wrappers)
{
    Scenario scenario;
    scenario.vcpus(2).program_region("program", "cxx");
    scenario.domain("guest", "cxx", {"domains_and_faults_have_wrappers"})
        .use("program", PD_PERM_READ);
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
    EXPECT_EQ(outcome.report.faults.size(), 2U);
}

TEST(RuntimeCxx, where_the_library_would_throw_the_domain_says_why_and_ends)
{
    const Outcome outcome = run("cxx", "throwing_ends_the_domain");
    EXPECT_EQ(outcome.report.exit_status(), 3);
    EXPECT_EQ(outcome.classes(), "abort");
    EXPECT_THAT(outcome.text("guest"), HasSubstr("C++ library: vector::_M_range_check"));
}

} // namespace
} // namespace glacis::kvm_tests
