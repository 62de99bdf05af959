// One description for each way a stack can go wrong: the class is named, the bystander finishes.
#include "installed_glacis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;

struct StackFault {
    const char* file;
    const char* fault_class;
};

class StackFaults : public testing::TestWithParam<StackFault> {};

TEST_P(StackFaults, G4_G11_is_named_and_the_bystander_finishes)
{
    const std::string file = std::string("stack_faults/") + GetParam().file + ".toml";
    ReportedRun run = run_with_report(example(file));
    EXPECT_EQ(run.process.exit_status, 3) << run.process;
    ASSERT_TRUE(run.report.is_object()) << run.process;
    ASSERT_FALSE(run.report["faults"].empty()) << run.report;
    EXPECT_EQ(run.report["faults"][0]["class"], GetParam().fault_class) << run.report;

    const std::string words = std::string("fault: ") + GetParam().fault_class;
    EXPECT_THAT(run.process.output + run.process.errors, HasSubstr(words)) << run.process;

    nlohmann::json bystander = domain_of(run.report, "bystander");
    ASSERT_TRUE(bystander.is_object()) << run.report;
    EXPECT_EQ(bystander["end"], "exited") << run.report;
    EXPECT_EQ(bystander["status"], 0) << run.report;
}

INSTANTIATE_TEST_SUITE_P(Examples, StackFaults,
                         testing::Values(StackFault{"overflow", "stack overflow"},
                                         StackFault{"guard_jump", "jumped over the guard"},
                                         StackFault{"underflow", "stack underflow"},
                                         StackFault{"neighbour", "neighbour's stack"},
                                         StackFault{"freed", "freed stack"},
                                         StackFault{"inactive", "inactive stack"}),
                         [](const auto& fault) { return std::string(fault.param.file); });

TEST(StackOverflow, its_record_explains_it)
{
    ReportedRun run = run_with_report(example("stack_faults/overflow.toml"));
    ASSERT_TRUE(run.report.is_object()) << run.process;
    ASSERT_FALSE(run.report["faults"].empty()) << run.report;
    const nlohmann::json& fault = run.report["faults"][0];
    EXPECT_NE(text_of(fault, "instruction"), "") << fault;
    ASSERT_TRUE(fault.contains("backtrace")) << fault;
    EXPECT_GE(fault["backtrace"].size(), 2U) << fault;
    EXPECT_NE(text_of(fault["backtrace"][0], "function"), "") << fault;
    EXPECT_NE(text_of(fault["backtrace"][0], "file"), "") << fault;
}

TEST(StackOverflow, goes_on_without_protection_where_nothing_guards)
{
    ReportedRun run =
        run_with_report(example("stack_faults/neighbour.toml"), {"--protection", "none"});
    ASSERT_TRUE(run.report.is_object()) << run.process;
    EXPECT_TRUE(run.report["faults"].empty()) << run.report;
}

} // namespace
} // namespace glacis::end_to_end
