// From arguments to commands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/parse.hpp"

namespace glacis::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

template <class T> T parsed(std::vector<std::string> arguments)
{
    const auto command = parse_command_line(std::move(arguments));
    if (!command) {
        ADD_FAILURE() << command.error().errors;
        return {};
    }
    const T* found = std::get_if<T>(&*command);
    EXPECT_NE(found, nullptr);
    return found != nullptr ? *found : T{};
}

Ending ended(std::vector<std::string> arguments)
{
    const auto command = parse_command_line(std::move(arguments));
    EXPECT_FALSE(command.has_value());
    return command ? Ending{} : command.error();
}

TEST(CommandLineParsing, run_needs_a_system_alone)
{
    const auto command = parsed<RunCommand>({"run", "a.toml"});
    EXPECT_EQ(command.system, "a.toml");
    EXPECT_FALSE(command.report.has_value());
    EXPECT_FALSE(command.timeout_ns.has_value());
    EXPECT_FALSE(command.vcpus.has_value());
    EXPECT_EQ(command.protection, Protection::domains);
    EXPECT_EQ(command.verbosity, 0);
    EXPECT_TRUE(command.arguments.empty());
}

/// A system alone does not go through the parser of options; what could be one does.
TEST(CommandLineParsing, a_system_alone_is_understood_as_one_among_options)
{
    for (const std::string system : {"a.toml", "a=b", "two words", "", "./-a"}) {
        EXPECT_EQ(parsed<RunCommand>({"run", system}).system, system);
        EXPECT_EQ(parsed<RunCommand>({"run", system, "--", "-v"}).system, system);
        EXPECT_EQ(parsed<RunCommand>({"run", system, "-v"}).system, system);
        EXPECT_EQ(parsed<CheckCommand>({"check", system}).system, system);
        EXPECT_EQ(parsed<InspectCommand>({"inspect", system}).system, system);
    }
    EXPECT_EQ(ended({"check", "--no"}).status, 2);
    EXPECT_EQ(ended({"inspect", "-x"}).status, 2);
}

TEST(CommandLineParsing, run_takes_its_options_in_any_place)
{
    const auto command =
        parsed<RunCommand>({"run", "--report", "r.json", "-vv", "a.toml", "--timeout", "500 ms",
                            "--vcpus", "64", "--protection=none"});
    EXPECT_EQ(command.system, "a.toml");
    EXPECT_EQ(command.report, "r.json");
    EXPECT_EQ(command.timeout_ns, 500'000'000U);
    EXPECT_EQ(command.vcpus, 64U);
    EXPECT_EQ(command.protection, Protection::none);
    EXPECT_EQ(command.verbosity, 2);
}

TEST(CommandLineParsing, regions_are_given_files)
{
    const auto run = parsed<RunCommand>(
        {"run", "--input", "a=in.png", "s.toml", "--output=b=x=y", "--input", "c=../other"});
    EXPECT_EQ(run.system, "s.toml");
    ASSERT_EQ(run.files.inputs.size(), 2U);
    EXPECT_EQ(run.files.inputs[0].region, "a");
    EXPECT_EQ(run.files.inputs[0].file, "in.png");
    EXPECT_EQ(run.files.inputs[1].region, "c");
    EXPECT_EQ(run.files.inputs[1].file, "../other");
    ASSERT_EQ(run.files.outputs.size(), 1U);
    EXPECT_EQ(run.files.outputs[0].region, "b");
    EXPECT_EQ(run.files.outputs[0].file, "x=y");
    EXPECT_EQ(parsed<CheckCommand>({"check", "s.toml", "--input", "a=b"}).files.inputs.size(), 1U);
    EXPECT_EQ(parsed<InspectCommand>({"inspect", "s.toml", "--output", "a=b"}).files.outputs.size(),
              1U);
}

TEST(CommandLineParsing, what_follows_two_dashes_is_the_domains_own)
{
    const auto command =
        parsed<RunCommand>({"run", "a.toml", "--", "--report", "x", "--", "", "two words"});
    EXPECT_FALSE(command.report.has_value());
    EXPECT_EQ(command.arguments,
              (std::vector<std::string>{"--report", "x", "--", "", "two words"}));
}

TEST(CommandLineParsing, explore_has_bounds_and_takes_functions)
{
    const auto plain = parsed<ExploreCommand>({"explore", "a.toml"});
    EXPECT_EQ(plain.system, "a.toml");
    EXPECT_EQ(plain.preemptions, 2U);
    EXPECT_EQ(plain.schedules, 10'000U);
    EXPECT_THAT(plain.functions, IsEmpty());
    const auto command = parsed<ExploreCommand>(
        {"explore", "--function", "put", "a.toml", "--function", "d.take", "--preemptions", "0",
         "--max-schedules=5", "--max-points", "9", "--save", "s", "--json", "--", "-x"});
    EXPECT_EQ(command.functions, (std::vector<std::string>{"put", "d.take"}));
    EXPECT_EQ(command.preemptions, 0U);
    EXPECT_EQ(command.schedules, 5U);
    EXPECT_EQ(command.points, 9U);
    EXPECT_EQ(command.save, "s");
    EXPECT_TRUE(command.json);
    EXPECT_EQ(command.arguments, std::vector<std::string>{"-x"});
    EXPECT_EQ(parsed<ExploreCommand>({"explore", "a.toml", "--schedule", "s"}).schedule, "s");
}

TEST(CommandLineParsing, explore_refuses_what_makes_no_sense)
{
    EXPECT_EQ(ended({"explore"}).status, 2);
    EXPECT_EQ(ended({"explore", "a.toml", "--preemptions", "-1"}).status, 2);
    EXPECT_EQ(ended({"explore", "a.toml", "--preemptions", "101"}).status, 2);
    EXPECT_EQ(ended({"explore", "a.toml", "--max-schedules", "0"}).status, 2);
    EXPECT_EQ(ended({"explore", "a.toml", "--max-points", "many"}).status, 2);
    EXPECT_THAT(ended({"explore", "a.toml", "--schedule", "s", "--save", "t"}).errors,
                HasSubstr("--schedule"));
    EXPECT_EQ(ended({"explore", "a.toml", "--schedule", "s", "--function", "f"}).status, 2);
}

TEST(CommandLineParsing, the_other_verbs_have_their_options)
{
    EXPECT_EQ(parsed<CheckCommand>({"check", "a.toml"}).system, "a.toml");
    EXPECT_TRUE(parsed<InspectCommand>({"inspect", "--json", "a.toml"}).json);
    EXPECT_FALSE(parsed<InspectCommand>({"inspect", "a.toml"}).json);
    EXPECT_TRUE(parsed<DoctorCommand>({"doctor", "--json"}).json);
    const auto bench = parsed<BenchCommand>({"bench", "--filter", "stack", "--json"});
    EXPECT_EQ(bench.filter, "stack");
    EXPECT_TRUE(bench.json);
}

TEST(CommandLineParsing, help_goes_to_the_output_and_ends_well)
{
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"--help"},
                                               {"-h"},
                                               {"help"},
                                               {"run", "--help"},
                                               {"check", "-h"},
                                               {"bench", "x", "--help"}}) {
        const Ending ending = ended(arguments);
        EXPECT_EQ(ending.status, 0);
        EXPECT_THAT(ending.output, HasSubstr("sage"));
        EXPECT_THAT(ending.errors, IsEmpty());
    }
}

TEST(CommandLineParsing, the_version_is_told)
{
    EXPECT_THAT(ended({"--version"}).output, testing::StartsWith("glacis "));
}

struct Wrong {
    std::vector<std::string> arguments;
    std::string message; ///< its first line
};

TEST(CommandLineParsing, what_is_wrong_is_told_and_ends_with_2)
{
    const std::vector<Wrong> all{
        {{"rum"}, "glacis: unknown command 'rum'; did you mean 'run'?"},
        {{"fly"}, "glacis: unknown command 'fly'"},
        {{"--fast"}, "glacis: unknown option '--fast'"},
        {{"run"}, "glacis run: SYSTEM is required"},
        {{"run", "a", "b"}, "glacis run: The following argument was not expected: b"},
        {{"run", "a", "--no"}, "glacis run: The following argument was not expected: --no"},
        {{"run", "a", "--timeout", "soon"},
         "glacis run: --timeout: expected a duration such as \"2 s\", found \"soon\""},
        {{"run", "a", "--timeout", "2 sec"},
         "glacis run: --timeout: expected a duration such as \"2 s\", found \"2 sec\"; did you "
         "mean \"2 s\"?"},
        {{"run", "a", "--vcpus", "0"}, "glacis run: --vcpus: Value 0 not in range 1 to 64"},
        {{"run", "a", "--vcpus", "65"}, "glacis run: --vcpus: Value 65 not in range 1 to 64"},
        {{"run", "a", "--protection", "some"},
         "glacis run: --protection: some not in {domains,none}"},
        {{"run", "a", "--input", "in.png"},
         "glacis run: --input: expected REGION=FILE, found \"in.png\""},
        {{"check", "a", "--input", "=in.png"},
         "glacis check: --input: expected REGION=FILE, found \"=in.png\""},
        {{"inspect", "a", "--output", "b="},
         "glacis inspect: --output: expected REGION=FILE, found \"b=\""},
        {{"run", "a", "--input"}, "glacis run: --input: 1 required REGION=FILE missing"},
        {{"check", "a", "--json"}, "glacis check: The following argument was not expected: --json"},
        {{"check", "\x1b[2J", "b"}, "glacis check: The following argument was not expected: b"},
        {{"\x1b[2J"}, "glacis: unknown command '\\x1b[2J'"},
    };
    for (const Wrong& wrong : all) {
        const Ending ending = ended(wrong.arguments);
        EXPECT_EQ(ending.status, 2);
        EXPECT_THAT(ending.output, IsEmpty());
        EXPECT_EQ(ending.errors.substr(0, ending.errors.find('\n')), wrong.message);
    }
}

TEST(CommandLineParsing, no_verb_at_all_tells_the_usage_as_an_error)
{
    const Ending ending = ended({});
    EXPECT_EQ(ending.status, 2);
    EXPECT_THAT(ending.errors, HasSubstr("usage: glacis"));
}

} // namespace
} // namespace glacis::cli
