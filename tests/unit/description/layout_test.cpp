// Where a system lies in guest memory.
#include <optional>

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

// ---- the default thread manager's part
// --------------------------------------------------------------------------

SystemDescription with_domains(std::optional<std::size_t> manager_of_first)
{
    SystemDescription system = with_area(gib, 256 * mib);
    system.domains.resize(2);
    system.domains[0].thread_manager = manager_of_first;
    return system;
}

TEST(DescribedLayout, a_default_manager_gets_what_lies_behind_all_that_is_described)
{
    const auto layout = layout_of(with_domains(std::nullopt));
    EXPECT_EQ(layout.described_stacks(), (supervisor::Range{gib, gib + 256 * mib}));
    EXPECT_EQ(layout.stack_area.end, gib + 258 * mib) << "one slot a vCPU";
    EXPECT_EQ(layout.described_memory(), (supervisor::Range{4 * gib, 4 * gib + 64 * mib}));
    EXPECT_GT(layout.memory.end, layout.described_memory().end);
}

TEST(DescribedLayout, nothing_is_kept_where_each_domain_is_a_manager_or_names_one)
{
    EXPECT_FALSE(needs_default_manager(with_domains(1)));
    const auto layout = layout_of(with_domains(1));
    EXPECT_EQ(layout.stack_area.end, gib + 256 * mib);
    EXPECT_EQ(layout.memory.end, 4 * gib + 64 * mib);
}

TEST(DescribedLayout, memory_moves_only_where_the_managers_stacks_would_not_fit_before_it)
{
    SystemDescription system = with_domains(std::nullopt);
    system.stack_area.size = 3 * gib - 3 * mib;
    EXPECT_EQ(layout_of(system).memory.begin, 4 * gib);
    system.stack_area.size = 3 * gib - 2 * mib;
    EXPECT_EQ(layout_of(system).memory.begin, 5 * gib) << "a guard follows the last slot";
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
