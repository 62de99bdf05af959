// Lines come out whole, labelled, one at a time, whatever order the bytes come in.

#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "machine/console.hpp"

namespace glacis {
namespace {

class ConsoleTest : public testing::Test {
protected:
    void write(std::size_t domain, const std::string& text)
    {
        console_.write(domain, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    std::vector<std::string> lines_;
    Console console_{{"a", "b"}, [this](std::string_view domain, std::string_view line) {
                         lines_.push_back(std::string(domain) + "|" + std::string(line));
                     }};
};

TEST_F(ConsoleTest, holds_a_line_back_until_it_is_whole)
{
    write(0, "one ");
    EXPECT_TRUE(lines_.empty());
    write(1, "other\n");
    write(0, "line\nand");
    EXPECT_EQ(lines_, (std::vector<std::string>{"b|other", "a|one line"}));
    console_.finish(0);
    console_.finish(1);
    EXPECT_EQ(lines_.back(), "a|and");
    EXPECT_EQ(lines_.size(), 3U);
}

TEST_F(ConsoleTest, keeps_empty_lines)
{
    write(0, "\n\nx\n");
    EXPECT_EQ(lines_, (std::vector<std::string>{"a|", "a|", "a|x"}));
}

TEST_F(ConsoleTest, cuts_lines_that_never_end)
{
    write(0, std::string(Console::max_line * 2 + 5, 'x'));
    ASSERT_EQ(lines_.size(), 2U);
    EXPECT_EQ(lines_[0].size(), Console::max_line + 2);
}

TEST_F(ConsoleTest, never_mixes_lines_of_two_threads)
{
    const auto writer = [this](std::size_t domain, char letter) {
        for (int i = 0; i < 500; ++i) {
            write(domain, std::string(20, letter));
            write(domain, std::string(20, letter) + "\n");
        }
    };
    std::thread first(writer, 0, 'p');
    std::thread second(writer, 1, 'q');
    first.join();
    second.join();
    ASSERT_EQ(lines_.size(), 1000U);
    for (const std::string& line : lines_) {
        EXPECT_TRUE(line == "a|" + std::string(40, 'p') || line == "b|" + std::string(40, 'q'))
            << line;
    }
}

TEST_F(ConsoleTest, takes_domains_in_at_new_places_and_at_old_ones)
{
    console_.open(4, "child#1");
    write(4, "one\nrest");
    console_.finish(4);
    console_.open(4, "child#2");
    write(4, "two\n");
    write(0, "a\n");
    EXPECT_EQ(lines_,
              (std::vector<std::string>{"child#1|one", "child#1|rest", "child#2|two", "a|a"}));
}

} // namespace
} // namespace glacis
