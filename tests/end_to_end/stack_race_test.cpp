// The race of the Genode report, and the supervisor that has none.
#include "installed_glacis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;

TEST(StackRace, G1_the_legacy_allocator_claims_a_slot_twice)
{
    const ProcessResult result = glacis({"run", example("stack_race/legacy.toml")});
    EXPECT_EQ(result.exit_status, 3) << result;
    EXPECT_THAT(result.output + result.errors, HasSubstr("region conflict")) << result;
}

TEST(StackRace, G1_the_legacy_race_does_not_depend_on_luck)
{
    for (int attempt = 0; attempt < 5; ++attempt) {
        const ProcessResult result = glacis({"run", example("stack_race/legacy.toml")});
        ASSERT_EQ(result.exit_status, 3) << "attempt " << attempt << ' ' << result;
    }
}

TEST(StackRace, G1_the_supervisor_serves_the_same_load_and_more_without_a_conflict)
{
    ReportedRun run = run_with_report(example("stack_race/supervised.toml"));
    EXPECT_EQ(run.process.exit_status, 0) << run.process;
    ASSERT_TRUE(run.report.is_object()) << run.process;
    EXPECT_TRUE(run.report["faults"].empty()) << run.report;
}

} // namespace
} // namespace glacis::end_to_end
