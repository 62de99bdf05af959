// What `glacis` says to people who call it rightly and wrongly.
#include "installed_glacis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

bool has_system(std::string_view verb)
{
    return verb == "run" || verb == "check" || verb == "inspect" || verb == "explore";
}

class Verb : public testing::TestWithParam<const char*> {};

TEST_P(Verb, has_help_with_an_example)
{
    const ProcessResult result = glacis({GetParam(), "--help"});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr(std::string("glacis ") + GetParam())) << result;
    EXPECT_THAT(result.output, HasSubstr("xample")) << result;
    EXPECT_THAT(result.errors, IsEmpty()) << result;
}

TEST_P(Verb, refuses_an_unknown_option_with_exit_status_2)
{
    std::vector<std::string> arguments{GetParam(), "--no-such-option"};
    if (has_system(GetParam())) {
        arguments.push_back(example("hello/hello.toml"));
    }
    const ProcessResult result = glacis(arguments);
    EXPECT_EQ(result.exit_status, 2) << result;
    EXPECT_THAT(result.errors, HasSubstr("no-such-option")) << result;
    EXPECT_THAT(result.output, IsEmpty()) << result;
}

INSTANTIATE_TEST_SUITE_P(CommandLine, Verb,
                         testing::Values("run", "check", "inspect", "doctor", "bench", "explore"),
                         [](const auto& verb) { return std::string(verb.param); });

TEST(CommandLine, help_names_every_verb)
{
    const ProcessResult result = glacis({"--help"});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, AllOf(HasSubstr("run"), HasSubstr("check"), HasSubstr("inspect"),
                                     HasSubstr("doctor"), HasSubstr("bench"), HasSubstr("explore")))
        << result;
}

TEST(CommandLine, a_filter_that_chooses_no_benchmark_is_refused)
{
    const ProcessResult result = glacis({"bench", "--filter", "no-such-figure"});
    EXPECT_NE(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, IsEmpty()) << result;
    // Where KVM is not usable, that is what is told.
    EXPECT_THAT(result.errors, AnyOf(HasSubstr("no-such-figure"), HasSubstr("cannot run guests")))
        << result;
}

TEST(CommandLine, the_version_is_the_one_installed)
{
    const ProcessResult result = glacis({"--version"});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr(GLACIS_TEST_VERSION)) << result;
}

struct Wrong {
    const char* name;
    std::vector<std::string> arguments;
    const char* told; ///< what the message has to name
};

class WrongCommandLine : public testing::TestWithParam<Wrong> {};

TEST_P(WrongCommandLine, exits_with_status_2_and_says_what_is_wrong)
{
    const ProcessResult result = glacis(GetParam().arguments);
    EXPECT_EQ(result.exit_status, 2) << result;
    EXPECT_THAT(result.errors, HasSubstr(GetParam().told)) << result;
    EXPECT_THAT(result.output, IsEmpty()) << result;
}

const std::string hello = example("hello/hello.toml");

INSTANTIATE_TEST_SUITE_P(
    CommandLine, WrongCommandLine,
    testing::Values(
        Wrong{"no_verb", {}, "glacis"}, Wrong{"unknown_verb", {"fly"}, "fly"},
        Wrong{"run_without_a_system", {"run"}, "SYSTEM"},
        Wrong{"run_with_two_systems", {"run", hello, "other.toml"}, "other.toml"},
        Wrong{"missing_description", {"run", "no/such.toml"}, "no/such.toml"},
        Wrong{"check_of_a_missing_description", {"check", "no/such.toml"}, "no/such.toml"},
        Wrong{"a_directory_as_description", {"run", "/"}, "/"},
        Wrong{"unknown_protection", {"run", hello, "--protection", "some"}, "some"},
        Wrong{"zero_vcpus", {"run", hello, "--vcpus", "0"}, "vcpus"},
        Wrong{"too_many_vcpus", {"run", hello, "--vcpus", "65"}, "vcpus"},
        Wrong{"vcpus_not_a_number", {"run", hello, "--vcpus", "two"}, "two"},
        Wrong{"negative_timeout", {"run", hello, "--timeout", "-1"}, "timeout"},
        Wrong{"timeout_without_a_meaning", {"run", hello, "--timeout", "soon"}, "soon"},
        Wrong{"input_without_a_region", {"run", hello, "--input", "in.txt"}, "REGION=FILE"},
        Wrong{"input_for_no_region", {"run", hello, "--input", "in=in.txt"}, "'in'"},
        Wrong{"missing_input",
              {"run", example("wordcount/text.toml"), "--input", "input=no/such/file"},
              "no/such/file"},
        Wrong{"a_directory_as_input",
              {"check", example("wordcount/text.toml"), "--input", "input=/"},
              "is a directory"},
        Wrong{"input_for_zeroed_memory",
              {"run", example("wordcount/text.toml"), "--input", "counts=/etc/hostname"},
              "'counts'"},
        Wrong{"output_of_a_file",
              {"inspect", example("wordcount/text.toml"), "--output", "input=out"},
              "'input'"},
        Wrong{"output_into_a_missing_directory",
              {"run", example("wordcount/text.toml"), "--output", "counts=/no/such/directory/o"},
              "/no/such/directory/o"},
        Wrong{"report_without_a_file", {"run", hello, "--report"}, "--report"},
        Wrong{"report_into_a_missing_directory",
              {"run", hello, "--report", "/no/such/directory/r.json"},
              "/no/such/directory/r.json"}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

TEST(CommandLine, nothing_starts_when_the_report_could_not_be_written)
{
    const ProcessResult result = glacis({"run", hello, "--report", "/no/such/directory/r.json"});
    EXPECT_THAT(result.output, Not(HasSubstr("ello"))) << result;
}

} // namespace
} // namespace glacis::end_to_end
