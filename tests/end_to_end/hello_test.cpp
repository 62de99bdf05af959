#include "installed_glacis.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Hello, prints_its_labelled_line_and_exits_with_0)
{
    const ProcessResult result = glacis({"run", example("hello/hello.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("hello")) << result;
    EXPECT_THAT(result.errors, IsEmpty()) << result;
}

TEST(Hello, tells_what_is_being_done_to_those_who_ask)
{
    const ProcessResult result = glacis({"run", example("hello/hello.toml"), "-v"});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.errors, HasSubstr("domain 'hello' has ended")) << result;
    EXPECT_THAT(result.output, Not(HasSubstr("has ended"))) << result;
}

TEST(Hello, its_report_names_no_fault)
{
    ReportedRun run = run_with_report(example("hello/hello.toml"));
    EXPECT_EQ(run.process.exit_status, 0) << run.process;
    ASSERT_TRUE(run.report.is_object()) << run.process;
    EXPECT_TRUE(run.report["faults"].empty()) << run.report;
    EXPECT_FALSE(run.report["domains"].empty()) << run.report;
}

TEST(Hello, runs_unprotected_as_well)
{
    const ProcessResult result =
        glacis({"run", example("hello/hello.toml"), "--protection", "none"});
    EXPECT_EQ(result.exit_status, 0) << result;
}

TEST(Hello, runs_with_more_vcpus_than_it_asks_for)
{
    const ProcessResult result = glacis({"run", example("hello/hello.toml"), "--vcpus", "4"});
    EXPECT_EQ(result.exit_status, 0) << result;
}

TEST(Hello, check_and_inspect_accept_it_and_run_nothing)
{
    const std::string hello = example("hello/hello.toml");
    const ProcessResult check = glacis({"check", hello});
    EXPECT_EQ(check.exit_status, 0) << check;
    const ProcessResult inspect = glacis({"inspect", hello});
    EXPECT_EQ(inspect.exit_status, 0) << inspect;
    EXPECT_THAT(inspect.output, HasSubstr("hello")) << inspect;
    const ProcessResult json = glacis({"inspect", hello, "--json"});
    EXPECT_EQ(json.exit_status, 0) << json;
    EXPECT_TRUE(nlohmann::json::parse(json.output, nullptr, false).is_object()) << json;
}

} // namespace
} // namespace glacis::end_to_end
