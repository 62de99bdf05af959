// Thread managers: one of the example's own, and the one that comes with the tool.
#include "installed_glacis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;

TEST(Deadlines, the_nearest_one_is_done_first_however_fast_the_machine_is)
{
    const ProcessResult result = glacis({"run", example("deadlines/earliest_first.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("done in this order: control display archive\n"))
        << result;
}

TEST(Deadlines, all_are_done_under_the_manager_that_comes_with_the_tool)
{
    const ProcessResult result = glacis({"run", example("deadlines/round_robin.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("done in this order: ")) << result;
}

TEST(Deadlines, shows_who_runs_whom)
{
    const ProcessResult result = glacis({"inspect", example("deadlines/round_robin.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("program    builtin:round_robin")) << result;
    EXPECT_THAT(result.output, HasSubstr("run by     'manager'")) << result;
}

TEST(Deadlines, G11_a_domain_whose_manager_ends_is_stopped_and_that_is_said)
{
    const ScratchDirectory scratch;
    const std::string text = "[[domain]]\nname = \"manager\"\nprogram = \"" +
                             example("hello/hello.pd") +
                             "\"\n[[domain]]\nname = \"tasks\"\nprogram = \"" +
                             example("deadlines/tasks.pd") + "\"\nthread_manager = \"manager\"\n";
    ReportedRun run = run_with_report(scratch.write("system.toml", text));
    EXPECT_EQ(run.process.exit_status, 3) << run.process;
    EXPECT_THAT(run.process.errors,
                HasSubstr("glacis: domain 'tasks' was stopped: its thread manager has ended\n"));
    EXPECT_EQ(domain_of(run.report, "tasks")["end"], "abandoned") << run.report;
    EXPECT_EQ(domain_of(run.report, "manager")["end"], "exited") << run.report;
}

} // namespace
} // namespace glacis::end_to_end
