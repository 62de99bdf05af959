// Sizes and durations.
#include <gtest/gtest.h>

#include "description/units.hpp"

namespace glacis {
namespace {

TEST(Units, sizes_are_whole_numbers_with_a_binary_unit)
{
    EXPECT_EQ(parse_size("512 B"), 512U);
    EXPECT_EQ(parse_size("32 KiB"), 32U << 10);
    EXPECT_EQ(parse_size("32KiB"), 32U << 10);
    EXPECT_EQ(parse_size("1 MiB"), 1U << 20);
    EXPECT_EQ(parse_size("3 GiB"), std::uint64_t{3} << 30);
    EXPECT_EQ(parse_size("0 B"), 0U);
}

TEST(Units, anything_else_is_no_size)
{
    for (const char* text : {"", " ", "KiB", "12", "1.5 MiB", "-1 KiB", "+1 KiB", "32 KB", "32 kib",
                             "32 KiB ", " 32 KiB", "0x20 KiB", "32 KiB MiB", "32\tKiB"}) {
        EXPECT_FALSE(parse_size(text).has_value()) << text;
    }
}

TEST(Units, sizes_beyond_64_bits_are_refused)
{
    EXPECT_EQ(parse_size("18446744073709551615 B"), UINT64_MAX);
    EXPECT_FALSE(parse_size("18446744073709551616 B").has_value());
    EXPECT_FALSE(parse_size("18014398509481984 KiB").has_value());
    EXPECT_EQ(parse_size("18014398509481983 KiB"), UINT64_MAX - 1023);
}

TEST(Units, durations_have_decimal_units)
{
    EXPECT_EQ(parse_duration("7 ns"), 7U);
    EXPECT_EQ(parse_duration("7 us"), 7'000U);
    EXPECT_EQ(parse_duration("5ms"), 5'000'000U);
    EXPECT_EQ(parse_duration("2 s"), 2'000'000'000U);
    EXPECT_EQ(parse_duration("1 min"), 60'000'000'000U);
    EXPECT_FALSE(parse_duration("2 hours").has_value());
    EXPECT_FALSE(parse_duration("2").has_value());
    EXPECT_TRUE(parse_duration("307445734 min").has_value());
    EXPECT_FALSE(parse_duration("307445735 min").has_value()); // beyond 64 bits
}

TEST(Units, a_wrong_unit_is_understood_for_the_hint)
{
    EXPECT_EQ(likely_size("32 KB"), "32 KiB");
    EXPECT_EQ(likely_size("32k"), "32 KiB");
    EXPECT_EQ(likely_size("64 mb"), "64 MiB");
    EXPECT_EQ(likely_size("100"), "100 B");
    EXPECT_EQ(likely_size("lots"), "");
    EXPECT_EQ(likely_duration("2 seconds"), "2 s");
    EXPECT_EQ(likely_duration("2"), "");
}

TEST(Units, text_uses_the_largest_unit_that_divides)
{
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(1023), "1023 B");
    EXPECT_EQ(size_text(60 << 10), "60 KiB");
    EXPECT_EQ(size_text(1 << 20), "1 MiB");
    EXPECT_EQ(size_text((1 << 20) + 1024), "1025 KiB");
    EXPECT_EQ(duration_text(10'000'000), "10 ms");
    EXPECT_EQ(duration_text(120'000'000'000), "2 min");
    EXPECT_EQ(duration_text(90'000'000'000), "90 s");
}

} // namespace
} // namespace glacis
