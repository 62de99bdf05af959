// Lists of ranges against sets of pages.

#include <cstdint>
#include <random>
#include <set>

#include <glacis/supervisor/ranges.hpp>
#include <gtest/gtest.h>

namespace glacis::supervisor {
namespace {

std::vector<Range> some_ranges(std::mt19937& random)
{
    std::vector<Range> ranges(random() % 6);
    for (Range& range : ranges) {
        range.begin = random() % 30;
        range.end = range.begin + 1 + random() % 8;
    }
    return ranges;
}

std::set<std::uint64_t> numbers_in(const std::vector<Range>& ranges)
{
    std::set<std::uint64_t> numbers;
    for (const Range& range : ranges) {
        for (std::uint64_t number = range.begin; number < range.end; ++number) {
            numbers.insert(number);
        }
    }
    return numbers;
}

void expect_ascending_and_apart(const std::vector<Range>& ranges)
{
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        EXPECT_LT(ranges[i].begin, ranges[i].end);
        EXPECT_TRUE(i == 0 || ranges[i - 1].end <= ranges[i].begin);
    }
}

TEST(Ranges, agree_with_sets_of_numbers)
{
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        const auto first = some_ranges(random);
        const auto second = some_ranges(random);
        const auto one = joined(first);
        const auto other = joined(second);
        ASSERT_EQ(numbers_in(one), numbers_in(first));
        std::set<std::uint64_t> both;
        std::set<std::uint64_t> only;
        const auto others = numbers_in(other);
        for (const std::uint64_t number : numbers_in(one)) {
            (others.contains(number) ? both : only).insert(number);
        }
        ASSERT_EQ(numbers_in(overlap(one, other)), both);
        ASSERT_EQ(numbers_in(without(one, other)), only);
        expect_ascending_and_apart(one);
        expect_ascending_and_apart(overlap(one, other));
        expect_ascending_and_apart(without(one, other));
    }
}

TEST(Ranges, are_joined_where_they_touch)
{
    EXPECT_EQ(joined({{5, 7}, {1, 2}, {2, 5}, {9, 10}}), (std::vector<Range>{{1, 7}, {9, 10}}));
}

} // namespace
} // namespace glacis::supervisor
