// glacis explore: known races are found and shown, and where there is none, none is.
#include "installed_glacis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

TEST(Explore, G1_finds_the_double_claim_and_shows_both_threads_with_their_lines)
{
    const ProcessResult result = glacis({"explore", example("stack_race/legacy.toml")});
    EXPECT_EQ(result.exit_status, 3) << result;
    EXPECT_THAT(result.output,
                AllOf(ContainsRegex("legacy: thread 0.* \\| legacy: thread 1"),
                      ContainsRegex("\nlegacy\\.c:[0-9]+ [a-z_]+: stack_alloc"),
                      ContainsRegex("\n +\\| legacy\\.c:[0-9]+ [a-z_]+: stack_alloc, refused"),
                      HasSubstr("domain 'legacy' ended with status 1"),
                      ContainsRegex("[0-9]+ schedules? run")))
        << result;
}

TEST(Explore, G1_finds_nothing_in_the_supervised_version_and_says_what_that_is_worth)
{
    const ProcessResult result = glacis({"explore", example("stack_race/supervised.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output,
                AllOf(HasSubstr("every schedule with at most 2 preemptions ends well"),
                      ContainsRegex("[0-9][0-9]+ schedules run")))
        << result;
}

TEST(Explore, finds_a_lost_wake_up_that_a_run_does_not_show)
{
    const std::string system = example("hidden_races/lost_wakeup.toml");
    EXPECT_EQ(glacis({"run", system, "--vcpus", "1"}).exit_status, 0);
    const ProcessResult result = glacis({"explore", system});
    EXPECT_EQ(result.exit_status, 3) << result;
    EXPECT_THAT(result.output, AllOf(HasSubstr("the system is stuck"), HasSubstr("<<< preempted"),
                                     HasSubstr("found with 1 preemption"),
                                     ContainsRegex("lost_wakeup\\.c:[0-9]+ .*thread_wait")))
        << result;
}

TEST(Explore, finds_a_use_after_free_between_two_instructions)
{
    const std::string system = example("hidden_races/use_after_free.toml");
    EXPECT_EQ(glacis({"run", system, "--vcpus", "1"}).exit_status, 0);
    const ProcessResult result = glacis({"explore", system});
    EXPECT_EQ(result.exit_status, 3) << result;
    EXPECT_THAT(result.output, AllOf(HasSubstr("fault: unmapped memory in thread 1 'worker'"),
                                     HasSubstr("<<< preempted"),
                                     ContainsRegex("use_after_free\\.c:[0-9]+ serve_request: ")))
        << result;
}

TEST(Explore, without_its_function_marked_there_is_no_use_after_free_to_be_found)
{
    const ProcessResult result =
        glacis({"explore", example("hidden_races/use_after_free.toml"), "--function", "main"});
    EXPECT_EQ(result.exit_status, 0) << result;
}

TEST(Explore, a_saved_schedule_comes_out_the_same)
{
    const ScratchDirectory scratch;
    for (const char* name : {"lost_wakeup", "use_after_free"}) {
        const std::string system = example(std::string("hidden_races/") + name + ".toml");
        const std::string file = (scratch.path() / name).string();
        EXPECT_EQ(glacis({"explore", system, "--save", file}).exit_status, 3);
        for (int repetition = 0; repetition < 3; ++repetition) {
            const ProcessResult again = glacis({"explore", system, "--schedule", file});
            EXPECT_EQ(again.exit_status, 3) << again;
            EXPECT_THAT(again.output, HasSubstr("\nthe same as when it was saved\n")) << again;
        }
    }
}

TEST(Explore, G1_finds_the_same_where_each_thread_has_its_vcpu)
{
    const ProcessResult legacy =
        glacis({"explore", example("stack_race/legacy.toml"), "--vcpus", "2"});
    EXPECT_EQ(legacy.exit_status, 3) << legacy;
    EXPECT_THAT(legacy.output,
                AllOf(ContainsRegex("\n +\\| legacy\\.c:[0-9]+ [a-z_]+: stack_alloc, refused"),
                      HasSubstr("run on 2 vCPUs")))
        << legacy;
    const ProcessResult supervised = glacis(
        {"explore", example("stack_race/supervised.toml"), "--vcpus", "2", "--preemptions", "1"});
    EXPECT_EQ(supervised.exit_status, 0) << supervised;
    EXPECT_THAT(supervised.output, HasSubstr("every schedule with at most 1 preemption ends well"))
        << supervised;
}

TEST(Explore, a_schedule_of_several_vcpus_comes_out_the_same)
{
    const ScratchDirectory scratch;
    for (const char* name : {"lost_wakeup", "use_after_free"}) {
        const std::string system = example(std::string("hidden_races/") + name + ".toml");
        const std::string file = (scratch.path() / name).string();
        const ProcessResult found = glacis({"explore", system, "--vcpus", "3", "--save", file});
        EXPECT_EQ(found.exit_status, 3) << found;
        EXPECT_THAT(found.output, HasSubstr("run on 3 vCPUs")) << found;
        for (int repetition = 0; repetition < 3; ++repetition) {
            const ProcessResult again = glacis({"explore", system, "--schedule", file});
            EXPECT_EQ(again.exit_status, 3) << again;
            EXPECT_THAT(again.output, HasSubstr("\nthe same as when it was saved\n")) << again;
        }
    }
    const std::string system = example("hidden_races/lost_wakeup.toml");
    for (const char* vcpus : {"0", "17", "x"}) {
        const ProcessResult result = glacis({"explore", system, "--vcpus", vcpus});
        EXPECT_EQ(result.exit_status, 2) << result;
        EXPECT_THAT(result.errors, HasSubstr("--vcpus")) << result;
    }
}

TEST(Explore, says_when_a_schedule_does_not_come_out_the_same)
{
    const ScratchDirectory scratch;
    const std::string system = example("hidden_races/lost_wakeup.toml");
    const std::string file = (scratch.path() / "schedule").string();
    ASSERT_EQ(glacis({"explore", system, "--save", file}).exit_status, 3);
    nlohmann::json schedule = nlohmann::json::parse(content_of(file));
    schedule["preemptions"] = nlohmann::json::array();
    const ProcessResult other =
        glacis({"explore", system, "--schedule", scratch.write("other", schedule.dump())});
    EXPECT_EQ(other.exit_status, 0) << other;
    EXPECT_THAT(other.output, HasSubstr("not the same as when it was saved")) << other;
}

TEST(Explore, refuses_files_that_are_no_schedules)
{
    const ScratchDirectory scratch;
    const std::string system = example("hidden_races/lost_wakeup.toml");
    for (const std::string& content :
         {std::string{}, std::string("\0\1\2", 3), std::string("{}"), std::string("[[[["),
          std::string(R"({"glacis_schedule": 1, "system": 5})"),
          std::string(std::size_t{2} << 20, '[')}) {
        const std::string file = scratch.write("schedule", content);
        const ProcessResult result = glacis({"explore", system, "--schedule", file});
        EXPECT_EQ(result.exit_status, 2) << result;
        EXPECT_THAT(result.errors, HasSubstr("glacis explore: ")) << result;
    }
    EXPECT_EQ(glacis({"explore", system, "--schedule", scratch.path() / "none"}).exit_status, 2);
}

TEST(Explore, refuses_functions_that_no_program_has_and_says_which_was_meant)
{
    const ProcessResult result = glacis(
        {"explore", example("hidden_races/use_after_free.toml"), "--function", "serve_reqest"});
    EXPECT_EQ(result.exit_status, 2) << result;
    EXPECT_THAT(result.errors, HasSubstr("did you mean 'serve_request'?")) << result;
}

TEST(Explore, gives_programs_the_same_as_json)
{
    const ProcessResult result =
        glacis({"explore", example("hidden_races/lost_wakeup.toml"), "--json"});
    EXPECT_EQ(result.exit_status, 3) << result;
    const nlohmann::json found = nlohmann::json::parse(result.output, nullptr, false);
    ASSERT_TRUE(found.is_object()) << result;
    EXPECT_EQ(found["end"], "found");
    EXPECT_EQ(found["find"]["preemptions"].size(), 1U);
    EXPECT_FALSE(found["find"]["steps"].empty());
}

TEST(Explore, explores_threads_of_a_domain_that_has_a_manager)
{
    const ScratchDirectory scratch;
    const std::string system =
        scratch.write("system.toml",
                      "[[domain]]\nname = \"mailbox\"\nthread_manager = \"manager\"\nprogram = \"" +
                          example("hidden_races/lost_wakeup.pd") +
                          "\"\n[[domain]]\nname = \"manager\"\n"
                          "program = \"builtin:round_robin\"\n");
    EXPECT_EQ(glacis({"run", system}).exit_status, 0);
    const ProcessResult result = glacis({"explore", system});
    EXPECT_EQ(result.exit_status, 3) << result;
    EXPECT_THAT(result.output, AllOf(HasSubstr("the system is stuck"), HasSubstr("<<< preempted"),
                                     HasSubstr("found with 1 preemption")))
        << result;
}

TEST(Explore, an_interruption_ends_it_with_what_is_known)
{
    const ProcessResult result = run_process(
        {"timeout", "--preserve-status", "-s", "INT", "1", install_prefix() / "bin" / "glacis",
         "explore", example("stack_race/supervised.toml"), "--", "80", "4"});
    EXPECT_EQ(result.exit_status, 130) << result;
    EXPECT_THAT(result.output, HasSubstr("interrupted, nothing found until then")) << result;
}

TEST(Explore, says_when_it_was_not_allowed_to_try_all)
{
    const ProcessResult limited =
        glacis({"explore", example("stack_race/supervised.toml"), "--max-schedules", "10"});
    EXPECT_EQ(limited.exit_status, 0) << limited;
    EXPECT_THAT(limited.output, HasSubstr("not all was tried")) << limited;
}

} // namespace
} // namespace glacis::end_to_end
