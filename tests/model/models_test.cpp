// The models in this folder: each holds, each of its broken variants is found out, and what the
// properties are about can happen. For each, Spin writes a program that goes through all states.

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::model_tests {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Outcome {
    int status = -1;
    std::string output; ///< standard error included
};

/// Runs a command of the shell in `directory`.
Outcome run(const std::string& directory, const std::string& command)
{
    const std::string whole = "cd '" + directory + "' && " + command + " 2>&1 </dev/null";
    Outcome outcome;
    FILE* pipe = ::popen(whole.c_str(), "r"); // NOLINT(cert-env33-c): all of it is ours
    if (pipe == nullptr) {
        outcome.output = std::generic_category().message(errno);
        return outcome;
    }
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        outcome.output.append(buffer.data(), count);
    }
    const int status = ::pclose(pipe);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

/// A directory of its own in the build tree, gone with the test.
class Scratch {
public:
    Scratch()
    {
        std::string name = std::string(GLACIS_MODEL_SCRATCH) + "/spin.XXXXXX";
        path_ = ::mkdtemp(name.data()) != nullptr ? name : std::string{};
    }
    ~Scratch()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// A model with some definitions, and the property that Spin finds violated; none: it holds.
struct Check {
    const char* model;
    std::vector<std::string> definitions;
    const char* violated = nullptr;
};

std::ostream& operator<<(std::ostream& out, const Check& check)
{
    return out << check.model << ", "
               << (check.violated == nullptr ? "which holds" : check.violated);
}

std::string name_of(const testing::TestParamInfo<Check>& info)
{
    std::string name = info.param.model;
    for (const std::string& definition : info.param.definitions) {
        name += "_" + definition.substr(0, definition.find('=')) +
                (definition.find('=') == std::string::npos
                     ? ""
                     : definition.substr(definition.find('=') + 1));
    }
    return name;
}

/// What the search of all states says.
Outcome search(const Check& check)
{
    const Scratch scratch;
    std::string spin = "spin -a";
    for (const std::string& definition : check.definitions) {
        spin += " -D" + definition;
    }
    Outcome written =
        run(scratch.path(), spin + " '" + GLACIS_MODELS + "/" + check.model + ".pml'");
    if (written.status != 0) {
        return written;
    }
    // Warnings are about what Spin has written.
    Outcome compiled =
        run(scratch.path(), std::string("'") + GLACIS_MODEL_COMPILER +
                                "' -O1 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=4096 -o pan pan.c");
    if (compiled.status != 0) {
        return compiled;
    }
    return run(scratch.path(), "./pan -n -m1000000 -w22");
}

class Models : public testing::TestWithParam<Check> {};

TEST_P(Models, are_as_they_should_be)
{
    if (std::system("command -v spin >/dev/null 2>&1") != 0) { // NOLINT(cert-env33-c): no input
        GTEST_SKIP() << "spin is not installed";
    }
    const Check& check = GetParam();
    const Outcome outcome = search(check);
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_THAT(outcome.output, Not(HasSubstr("max search depth too small")));
    if (check.violated == nullptr) {
        EXPECT_THAT(outcome.output, HasSubstr("errors: 0\n"));
        EXPECT_THAT(outcome.output, Not(HasSubstr("Search not completed")));
    } else {
        EXPECT_THAT(outcome.output, HasSubstr(std::string("assertion violated ") + check.violated));
    }
}

// ---- the life of a slot
// --------------------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(
    G1G2G6Stacks, Models,
    testing::Values(
        Check{"stacks", {}}, Check{"stacks", {"BROKEN_CLAIM"}, "g1_a_slot_is_taken_by_one"},
        Check{"stacks", {"BROKEN_GIVE_BACK"}, "g1_a_slot_is_taken_by_one"},
        Check{"stacks", {"BROKEN_ORDER"}, "g2_roots_go_before_memory"},
        Check{"stacks", {"BROKEN_VISITORS"}, "g2_roots_go_before_memory"},
        Check{"stacks", {"BROKEN_FREE"}, "g2_nothing_is_free_while_it_can_be_reached"},
        Check{"stacks", {"BROKEN_WINDOWS"}, "g2_calls_lead_to_roots_that_are_there"},
        Check{"stacks", {"BROKEN_ACTIVATE", "G6_ALONE"}, "g6_a_stack_is_active_on_one_vcpu"},
        Check{"stacks", {"CAN_HAPPEN"}, "this_never_comes"}),
    name_of);

// ---- calls and stops
// -----------------------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(
    G8G10G11Calls, Models,
    testing::Values(
        Check{"gates", {"DEEPEST=2"}}, Check{"gates", {"VCPUS=1", "STOPS=3"}},
        Check{"gates", {"DEEPEST=2", "BROKEN_AWAIT"}, "g8_nobody_runs_in_a_domain_at_rest"},
        Check{"gates", {"DEEPEST=2", "BROKEN_LEAVE"}, "g8_nothing_leads_into_a_domain_at_rest"},
        Check{"gates", {"DEEPEST=2", "BROKEN_FORGET"}, "g8_"},
        Check{"gates", {"DEEPEST=2", "BROKEN_RETURNS"}, "g8_"},
        Check{"gates", {"DEEPEST=2", "BROKEN_RESUME"}, "g8_"},
        Check{"gates", {"DEEPEST=2", "BROKEN_DISPATCH"}, "g8_"},
        Check{"gates", {"DEEPEST=2", "BROKEN_PUT", "G10_ALONE"}, "g10_returns_are_in_order"},
        Check{"gates", {"DEEPEST=2", "BROKEN_FOLLOW"}, "g10_returns_are_in_order"},
        Check{"gates", {"CAN_HAPPEN"}, "this_never_comes"}),
    name_of);

// ---- kicks
// ---------------------------------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(
    G13Kicks, Models,
    testing::Values(Check{"kick", {}}, Check{"kick", {"BROKEN_TAKE"}, "g13_every_kick_is_seen"},
                    Check{"kick", {"BROKEN_HANDLER"}, "g13_every_kick_is_seen"},
                    Check{"kick", {"BROKEN_SEND"}, "g13_every_kick_is_seen"},
                    Check{"kick", {"BROKEN_IDLE"}, "g13_every_wake_is_seen"},
                    Check{"kick", {"CAN_HAPPEN"}, "this_never_comes"}),
    name_of);

} // namespace
} // namespace glacis::model_tests
