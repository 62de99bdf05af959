// Numbers that a campaign is repeated from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "inject/random.hpp"

namespace glacis::inject {
namespace {

TEST(Random, is_splitmix64)
{
    // The reference implementation's first numbers for the seed 1234567.
    Random random(1234567);
    for (const std::uint64_t expected :
         {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
          16408922859458223821U}) {
        EXPECT_EQ(random.next(), expected);
    }
}

TEST(Random, stays_below_the_bound_and_reaches_everything_below_it)
{
    Random random(7);
    std::array<unsigned, 10> seen{};
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t number = random.below(seen.size());
        ASSERT_LT(number, seen.size());
        ++seen[number];
    }
    EXPECT_THAT(seen, testing::Each(testing::AllOf(testing::Gt(850U), testing::Lt(1150U))));
}

TEST(Random, takes_every_bound)
{
    Random random(7);
    EXPECT_EQ(random.below(1), 0U);
    for (const std::uint64_t bound :
         {std::uint64_t{1} << 63, (std::uint64_t{1} << 63) + 1, UINT64_MAX}) {
        for (int i = 0; i < 100; ++i) {
            ASSERT_LT(random.below(bound), bound);
        }
    }
}

} // namespace
} // namespace glacis::inject
