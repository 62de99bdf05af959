// "Did you mean".
#include <gtest/gtest.h>

#include "description/nearest.hpp"

namespace glacis {
namespace {

const std::vector<std::string_view> keys{"name", "program", "stack", "stack_limit", "time_limit"};

TEST(Nearest, finds_what_was_mistyped)
{
    EXPECT_EQ(nearest("stak", keys), "stack");
    EXPECT_EQ(nearest("satck", keys), "stack");
    EXPECT_EQ(nearest("progam", keys), "program");
    EXPECT_EQ(nearest("stack-limit", keys), "stack_limit");
    EXPECT_EQ(nearest("nam", keys), "name");
}

TEST(Nearest, takes_the_beginning_of_a_word_for_the_word)
{
    EXPECT_EQ(nearest("prog", keys), "program");
}

TEST(Nearest, finds_nothing_where_nothing_is_near)
{
    EXPECT_EQ(nearest("colour", keys), "");
    EXPECT_EQ(nearest("", keys), "");
    EXPECT_EQ(nearest("xy", keys), "");
    EXPECT_EQ(nearest(std::string(100, 'x'), {std::string_view("x")}), "");
    EXPECT_EQ(nearest("name", {}), "");
}

TEST(Nearest, is_told_as_a_question)
{
    EXPECT_EQ(did_you_mean("stak", keys), "did you mean 'stack'?");
    EXPECT_EQ(did_you_mean("colour", keys), "");
}

} // namespace
} // namespace glacis
