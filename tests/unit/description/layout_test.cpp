// Where a system lies in guest memory.
#include <gtest/gtest.h>

#include "description/layout.hpp"

namespace glacis {
namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t gib = 1 << 30;

SystemDescription with_area(std::uint64_t base, std::uint64_t size)
{
    SystemDescription system;
    system.vcpus = 2;
    system.memory = 64 * mib;
    system.stack_area = {.base = base, .size = size, .slot = mib, .guard = 64 << 10};
    return system;
}

TEST(DescribedLayout, memory_begins_at_4_gib)
{
    const auto layout = layout_of(with_area(gib, 256 * mib));
    EXPECT_EQ(layout.stack_area, (supervisor::Range{gib, gib + 256 * mib}));
    EXPECT_EQ(layout.stack_slot, mib);
    EXPECT_EQ(layout.stack_guard, 64U << 10);
    EXPECT_EQ(layout.memory, (supervisor::Range{4 * gib, 4 * gib + 64 * mib}));
    EXPECT_EQ(layout.vcpus, 2U);
}

TEST(DescribedLayout, memory_begins_behind_a_larger_area_on_a_border_of_its_own_table)
{
    EXPECT_EQ(layout_of(with_area(gib, 32 * gib + mib)).memory.begin, 34 * gib);
    EXPECT_EQ(layout_of(with_area(8 * gib, mib)).memory.begin, 9 * gib);
}

TEST(DescribedLayout, one_more_guard_follows_the_last_slot)
{
    EXPECT_EQ(layout_of(with_area(gib, 3 * gib)).memory.begin, 5 * gib);
    EXPECT_EQ(layout_of(with_area(gib, 3 * gib - mib)).memory.begin, 4 * gib);
}

TEST(DescribedLayout, boot_information_takes_whole_pages)
{
    DomainDescription domain;
    domain.name = "parser";
    EXPECT_EQ(boot_info_size(domain), 4096U);
    domain.arguments = {std::string(4096, 'x')};
    EXPECT_EQ(boot_info_size(domain), 8192U);
    EXPECT_EQ(boot_info_size(domain, {std::string(4096, 'x')}), 12288U);
    domain.regions.resize(64);
    EXPECT_EQ(boot_info_size(domain), 12288U);
}

} // namespace
} // namespace glacis
