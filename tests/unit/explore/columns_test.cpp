// A recording as columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/columns.hpp"

namespace glacis::explore {
namespace {

using testing::HasSubstr;
using testing::Not;

Step call(std::size_t thread, const std::string& what, int line)
{
    Step step;
    step.thread = thread;
    step.what = what;
    step.place = {"work", "a.c", line};
    return step;
}

Recording two_threads()
{
    Recording recording;
    recording.threads = {{"d", "main", 0}, {"d", "", 1}};
    return recording;
}

TEST(Columns, each_thread_has_one_and_time_goes_down)
{
    Recording recording = two_threads();
    recording.steps = {call(0, "stack_alloc", 3), call(1, "thread_yield", 4)};
    Step preempted;
    preempted.kind = Step::Kind::preempted;
    preempted.point = 7;
    recording.steps.push_back(preempted);
    EXPECT_EQ(columns_text(recording, true), "d: thread 0 'main'       | d: thread 1\n"
                                             "-------------------------+-------------------------\n"
                                             "a.c:3 work: stack_alloc  |\n"
                                             "                         | a.c:4 work: thread_yield\n"
                                             "<<< preempted (point 7)  |\n");
}

TEST(Columns, say_what_was_refused)
{
    Step step = call(0, "stack_alloc", 3);
    step.refusal = "no slot is left";
    EXPECT_EQ(step_text(step), "a.c:3 work: stack_alloc, refused: no slot is left");
}

TEST(Columns, shorten_long_stretches_unless_asked_not_to)
{
    Recording recording = two_threads();
    for (int line = 1; line <= 30; ++line) {
        recording.steps.push_back(call(0, "yield", line));
    }
    const std::string text = columns_text(recording, false);
    EXPECT_THAT(text, HasSubstr("... 20 steps ..."));
    EXPECT_THAT(text, HasSubstr("a.c:3 work"));
    EXPECT_THAT(text, HasSubstr("a.c:24 work"));
    EXPECT_THAT(text, HasSubstr("a.c:30 work"));
    EXPECT_THAT(text, Not(HasSubstr("a.c:23 work")));
    EXPECT_THAT(columns_text(recording, true), HasSubstr("a.c:15 work"));
}

TEST(Columns, wrap_what_does_not_fit)
{
    Recording recording = two_threads();
    recording.steps = {call(1, std::string(200, 'x'), 3)};
    const std::string text = columns_text(recording, true);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        EXPECT_LE(end - begin, 130U);
        begin = end + 1;
    }
}

TEST(Columns, nothing_is_an_empty_table)
{
    EXPECT_EQ(columns_text({}, false), "\n\n");
}

} // namespace
} // namespace glacis::explore
