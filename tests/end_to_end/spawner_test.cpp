// A parent that makes a worker for each job, feeds it, and survives its faults.
#include "installed_glacis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;

TEST(Spawner, G11_a_worker_that_dies_of_its_job_harms_neither_its_parent_nor_the_next)
{
    ReportedRun run = run_with_report(example("spawner/spawner.toml"));
    EXPECT_EQ(run.process.exit_status, 0) << run.process;
    for (const char* line :
         {"spawner | 6 * 7: 42\n", "spawner | (1 + 2) * (3 + 4) - 5: 16\n",
          "spawner | 10 / (5 - 5): its worker died: arithmetic error\n",
          "spawner | 2 *: this is no expression\n",
          "spawner | a sum of 10001 numbers: 10001 (9 pages more were asked for)\n",
          "spawner | 50000 parentheses: its worker died: stack overflow\n",
          "spawner | 8 / 2 / 2: 2\n"}) {
        EXPECT_THAT(run.process.output, HasSubstr(line)) << run.process;
    }
    EXPECT_THAT(run.process.errors, HasSubstr("fault: arithmetic error in thread")) << run.process;
    EXPECT_THAT(run.process.errors, HasSubstr("domain 'worker#3' stopped by handler 'spawner'"))
        << run.process;
}

TEST(Spawner, its_report_tells_of_every_worker)
{
    ReportedRun run = run_with_report(example("spawner/spawner.toml"));
    ASSERT_TRUE(run.report.is_object()) << run.process;
    EXPECT_EQ(run.report["domains"].size(), 8U) << run.report;
    EXPECT_EQ(run.report["domains_left_out"], 0) << run.report;
    nlohmann::json well = domain_of(run.report, "worker#1");
    ASSERT_TRUE(well.is_object()) << run.report;
    EXPECT_EQ(well["end"], "exited");
    EXPECT_EQ(well["parent"], "spawner");
    EXPECT_EQ(well["collected"], true);
    nlohmann::json dead = domain_of(run.report, "worker#6");
    ASSERT_TRUE(dead.is_object()) << run.report;
    EXPECT_EQ(dead["end"], "faulted");
    EXPECT_EQ(dead["faults"], 1);
    ASSERT_EQ(run.report["faults"].size(), 2U) << run.report;
    EXPECT_EQ(run.report["faults"][0]["class"], "arithmetic error");
    EXPECT_EQ(run.report["faults"][0]["domain"], "worker#3");
    EXPECT_EQ(text_of(run.report["faults"][0]["backtrace"][0], "function"), "product");
    EXPECT_EQ(run.report["faults"][1]["class"], "stack overflow");
    // The sum's text, and that of the parentheses as far as the stack went.
    EXPECT_GE(run.report["counts"]["resumed_faults"], 9);
}

TEST(Spawner, shows_who_may_have_children)
{
    const ProcessResult result = glacis({"inspect", example("spawner/spawner.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("1 child")) << result;
}

} // namespace
} // namespace glacis::end_to_end
