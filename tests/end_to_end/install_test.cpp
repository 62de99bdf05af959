// Somebody else's tree: a domain program built with the installed package and run with the
// installed tool.
#include "installed_glacis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;

const char* const project = R"(cmake_minimum_required(VERSION 3.25)
project(Elsewhere LANGUAGES C CXX ASM)
find_package(Glacis 0.1 REQUIRED)
glacis_add_program(NAME greeter SOURCES greeter.c)
glacis_add_program(NAME adder SOURCES adder.cpp)
)";

const char* const project_in_c = R"(cmake_minimum_required(VERSION 3.25)
project(Elsewhere LANGUAGES C)
find_package(Glacis REQUIRED)
glacis_add_program(NAME greeter SOURCES greeter.c)
)";

const char* const greeter = R"(#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <glacis/pd.h>

int main(int argc, char** argv)
{
    char* copy = malloc(32);
    strcpy(copy, argc > 1 ? argv[1] : "nobody");
    printf("greetings to %s from %.2f\n", copy, 0.25);
    free(copy);
    return 0;
}
)";

const char* const adder = R"(#include <cstdio>
#include <glacis/pd.hpp>

int main()
{
    std::puts("one and two make three");
    return 5;
}
)";

const char* const description = R"([system]
name = "elsewhere"

[[domain]]
name = "greeter"
program = "build/greeter.pd"
arguments = ["elsewhere"]
)";

const char* const failing_description = R"([system]
name = "elsewhere"

[[domain]]
name = "adder"
program = "build/adder.pd"
)";

class ElsewhereTree : public testing::Test {
protected:
    void SetUp() override
    {
        static_cast<void>(scratch_.write("CMakeLists.txt", project));
        static_cast<void>(scratch_.write("greeter.c", greeter));
        static_cast<void>(scratch_.write("adder.cpp", adder));
    }

    void build()
    {
        ProcessOptions options;
        options.directory = scratch_.path().string();
        const ProcessResult configured =
            run_process({"cmake", "-S", ".", "-B", "build", "-G", "Ninja",
                         "-DCMAKE_PREFIX_PATH=" + install_prefix().string()},
                        options);
        ASSERT_EQ(configured.exit_status, 0) << configured;
        const ProcessResult built = run_process({"cmake", "--build", "build"}, options);
        ASSERT_EQ(built.exit_status, 0) << built;
    }

    ScratchDirectory scratch_;
};

TEST(Install, succeeds_and_holds_tool_headers_and_package)
{
    ASSERT_EQ(installation().exit_status, 0) << installation();
    EXPECT_TRUE(std::filesystem::exists(install_prefix() / "bin" / "glacis"));
    EXPECT_TRUE(std::filesystem::exists(install_prefix() / "include" / "glacis" / "pd.h"));
    EXPECT_TRUE(std::filesystem::exists(install_prefix() / "include/glacis/abi/hypercall.h"));
}

TEST(Install, the_installed_tool_does_not_need_the_build_tree)
{
    const ProcessResult result =
        run_process({"sh", "-c", "! strings -a \"$1\" | grep -F \"$2/guest\"", "-",
                     (install_prefix() / "bin" / "glacis").string(), GLACIS_BUILD_DIRECTORY});
    EXPECT_EQ(result.exit_status, 0) << result;
}

TEST_F(ElsewhereTree, builds_and_runs_a_program_in_c)
{
    ASSERT_NO_FATAL_FAILURE(build());
    const ProcessResult result = glacis({"run", scratch_.write("system.toml", description)});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("greetings to elsewhere from 0.25")) << result;
}

/// The first fenced block of a language behind a heading of the README.
std::string readme_block(const std::string& heading, const std::string& language)
{
    const std::string readme = content_of(std::string(GLACIS_SOURCE_DIRECTORY) + "/README.md");
    const std::string fence = "\n```" + language + "\n";
    const std::size_t section = readme.find("\n## " + heading + "\n");
    const std::size_t begin = section == std::string::npos ? section : readme.find(fence, section);
    const std::size_t end =
        begin == std::string::npos ? begin : readme.find("\n```\n", begin + fence.size());
    return end == std::string::npos
               ? std::string()
               : readme.substr(begin + fence.size(), end + 1 - begin - fence.size());
}

TEST_F(ElsewhereTree, the_first_program_of_the_readme_builds_and_says_what_is_printed_there)
{
    const std::string heading = "Your first domain program";
    static_cast<void>(scratch_.write("CMakeLists.txt", readme_block(heading, "cmake")));
    static_cast<void>(scratch_.write("greeter.c", readme_block(heading, "c")));
    const std::string system = scratch_.write("greeting.toml", readme_block(heading, "toml"));
    ASSERT_NO_FATAL_FAILURE(build());
    const ProcessResult result = glacis({"run", system, "--", "reader"});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_EQ(result.output, "greeter | good morning, reader\n") << result;
    EXPECT_THAT(content_of(std::string(GLACIS_SOURCE_DIRECTORY) + "/README.md"),
                HasSubstr(result.output));
}

TEST_F(ElsewhereTree, a_project_that_has_enabled_c_alone_builds)
{
    static_cast<void>(scratch_.write("CMakeLists.txt", project_in_c));
    ASSERT_NO_FATAL_FAILURE(build());
    const ProcessResult result = glacis({"run", scratch_.write("system.toml", description)});
    EXPECT_EQ(result.exit_status, 0) << result;
}

TEST_F(ElsewhereTree, builds_and_runs_a_program_in_cpp_whose_failure_is_exit_status_3)
{
    ASSERT_NO_FATAL_FAILURE(build());
    const ProcessResult result =
        glacis({"run", scratch_.write("system.toml", failing_description)});
    EXPECT_EQ(result.exit_status, 3) << result;
    EXPECT_THAT(result.output, HasSubstr("one and two make three")) << result;
}

} // namespace
} // namespace glacis::end_to_end
