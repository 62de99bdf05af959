// Schedules in files, which may hold anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/schedule_file.hpp"

namespace glacis::explore {
namespace {

using testing::HasSubstr;

SavedSchedule sample()
{
    return {"pipeline", {"4", "x"}, {"parser.put"},     2,
            {3, 17},    42,         0x0123456789abcdef, "it faulted"};
}

TEST(ScheduleFile, holds_what_was_written)
{
    const auto read = parse_schedule(to_json(sample()));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->system, "pipeline");
    EXPECT_EQ(read->arguments, sample().arguments);
    EXPECT_EQ(read->functions, sample().functions);
    EXPECT_EQ(read->vcpus, 2U);
    EXPECT_EQ(read->preemptions, sample().preemptions);
    EXPECT_EQ(read->points, 42U);
    EXPECT_EQ(read->trace, sample().trace);
    EXPECT_EQ(read->end, "it faulted");
}

std::string error_with(const std::string& from, const std::string& to)
{
    std::string text = to_json(sample());
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto read = parse_schedule(text);
    return read ? "" : read.error();
}

TEST(ScheduleFile, refuses_what_is_none)
{
    for (const char* text : {"", "nonsense", "[]", "7", "{", "null", "\"a\"", "{}"}) {
        EXPECT_FALSE(parse_schedule(text)) << text;
    }
    EXPECT_FALSE(parse_schedule(std::string(100'000, '[')));
}

TEST(ScheduleFile, says_which_member_is_wrong)
{
    EXPECT_THAT(error_with("\"glacis_schedule\": 1", "\"glacis_schedule\": 2"),
                HasSubstr("glacis_schedule"));
    EXPECT_THAT(error_with("\"system\"", "\"sistem\""), HasSubstr("system"));
    EXPECT_THAT(error_with("\"pipeline\"", "5"), HasSubstr("system"));
    EXPECT_THAT(error_with("3,", "17,"), HasSubstr("ascending"));
    EXPECT_THAT(error_with("3,", "-3,"), HasSubstr("preemptions"));
    EXPECT_THAT(error_with("3,", "1e300,"), HasSubstr("preemptions"));
    EXPECT_THAT(error_with("17", "4294967296"), HasSubstr("preemptions"));
    EXPECT_THAT(error_with("\"vcpus\": 2", "\"vcpus\": 0"), HasSubstr("vcpus: expected"));
    EXPECT_THAT(error_with("\"vcpus\": 2", "\"vcpus\": 17"), HasSubstr("vcpus: expected"));
    EXPECT_THAT(error_with("\"vcpus\": 2", "\"vcpu\": 2"), HasSubstr("vcpus: expected"));
    EXPECT_THAT(error_with("42", "\"42\""), HasSubstr("points"));
    EXPECT_THAT(error_with("0123456789abcdef", "0123456789abcdefg"), HasSubstr("trace"));
    EXPECT_THAT(error_with("0123456789abcdef", ""), HasSubstr("trace"));
    EXPECT_THAT(error_with("\"x\"", "{}"), HasSubstr("arguments"));
}

} // namespace
} // namespace glacis::explore
