// The parts inside, each by itself.

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "free_ranges.hpp"
#include "memory_map.hpp"
#include "permission.hpp"
#include "range_map.hpp"
#include "range_set.hpp"
#include "slot_index.hpp"
#include "thread_table.hpp"
#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

TEST(SlotIndexTest, gives_the_lowest_free_slot)
{
    for (const std::uint32_t slots : {1U, 2U, 63U, 64U, 65U, 4096U, 4097U, 30'720U, 262'145U}) {
        SlotIndex index(slots);
        EXPECT_EQ(index.lowest_free(), 0U);
        index.take(0);
        if (slots == 1) {
            EXPECT_FALSE(index.lowest_free().has_value());
            continue;
        }
        EXPECT_EQ(index.lowest_free(), 1U);
        index.take(slots - 1);
        EXPECT_EQ(index.is_free(slots - 1), false);
        index.give_back(0);
        EXPECT_EQ(index.lowest_free(), 0U);
    }
}

TEST(SlotIndexTest, agrees_with_a_set_of_free_slots)
{
    constexpr std::uint32_t slots = 5000;
    SlotIndex index(slots);
    std::set<std::uint32_t> free;
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
        free.insert(slot);
    }
    std::mt19937 random(7);
    for (int step = 0; step < 20'000; ++step) {
        const bool takes_lowest = random() % 3 != 0;
        const std::uint32_t slot = takes_lowest && !free.empty()
                                       ? *free.begin()
                                       : static_cast<std::uint32_t>(random() % slots);
        if (free.erase(slot) != 0) {
            index.take(slot);
        } else {
            index.give_back(slot);
            free.insert(slot);
        }
        ASSERT_EQ(index.lowest_free(), free.empty() ? std::nullopt : std::optional(*free.begin()));
    }
}

TEST(SlotIndexTest, runs_full_and_empty_again)
{
    SlotIndex index(130);
    for (std::uint32_t slot = 0; slot < 130; ++slot) {
        ASSERT_EQ(index.lowest_free(), slot);
        index.take(slot);
    }
    EXPECT_FALSE(index.lowest_free().has_value());
    index.give_back(129);
    EXPECT_EQ(index.lowest_free(), 129U);
}

TEST(SlotIndexTest, searches_as_many_words_as_it_has_levels)
{
    EXPECT_EQ(SlotIndex(64).depth(), 1U);
    EXPECT_EQ(SlotIndex(4096).depth(), 2U);
    EXPECT_EQ(SlotIndex(30'720).depth(), 3U);
    EXPECT_EQ(SlotIndex(262'144).depth(), 3U);
}

TEST(FreeRangesTest, takes_the_best_fit_and_joins_what_comes_back)
{
    FreeRanges free({0, 100});
    const Range a = *free.take(10);
    const Range b = *free.take(5);
    const Range c = *free.take(20);
    EXPECT_EQ(a, (Range{0, 10}));
    EXPECT_EQ(b, (Range{10, 15}));
    free.give_back(a);
    EXPECT_EQ(free.take(8), (Range{0, 8})) << "the smallest that fits, not the large rest";
    free.give_back({0, 8});
    free.give_back(c);
    free.give_back(b);
    EXPECT_EQ(free.ranges().size(), 1U);
    EXPECT_EQ(free.take(100), (Range{0, 100}));
    EXPECT_FALSE(free.take(1).has_value());
}

TEST(FreeRangesTest, gives_nothing_for_nothing_or_too_much)
{
    FreeRanges free({4096, 8192});
    EXPECT_FALSE(free.take(0).has_value());
    EXPECT_FALSE(free.take(4097).has_value());
    EXPECT_FALSE(free.take(~std::uint64_t{0}).has_value());
    EXPECT_FALSE(FreeRanges({5, 5}).take(1).has_value());
}

TEST(RangeMapTest, agrees_with_an_array)
{
    RangeMap<int> map;
    std::vector<int> array(64, 0);
    std::mt19937 random(3);
    for (int step = 0; step < 5000; ++step) {
        const std::uint64_t begin = random() % 63;
        const Range range{begin, begin + 1 + random() % (64 - begin)};
        const int value = static_cast<int>(random() % 4);
        if (value == 0) {
            map.erase(range);
        } else {
            map.assign(range, value);
        }
        std::fill(array.begin() + static_cast<std::ptrdiff_t>(range.begin),
                  array.begin() + static_cast<std::ptrdiff_t>(range.end), value);
        map.join(range, [](int left, int right) { return left == right; });
        const int* before = nullptr;
        for (std::uint64_t at = 0; at < 64; ++at) {
            const int* found = map.find(at);
            ASSERT_EQ(found == nullptr ? 0 : *found, array[at]);
            if (at > 0 && array[at] == array[at - 1]) {
                ASSERT_EQ(found, before) << "equal neighbours are one entry";
            }
            before = found;
        }
        const Range asked{begin, range.end};
        const bool is_covered =
            std::find(array.begin() + static_cast<std::ptrdiff_t>(begin),
                      array.begin() + static_cast<std::ptrdiff_t>(range.end),
                      0) == array.begin() + static_cast<std::ptrdiff_t>(range.end);
        ASSERT_EQ(map.covers(asked), is_covered);
    }
}

TEST(RangeSetTest, agrees_with_a_set_of_pages_and_joins_what_touches)
{
    RangeSet set;
    std::set<std::uint64_t> pages;
    std::mt19937_64 random(7);
    for (int step = 0; step < 3000; ++step) {
        const std::uint64_t begin = random() % 60;
        const Range range{begin, begin + 1 + random() % 8};
        const bool is_added = random() % 2 == 0;
        is_added ? set.add(range) : set.remove(range);
        for (std::uint64_t page_number = range.begin; page_number < range.end; ++page_number) {
            if (is_added) {
                pages.insert(page_number);
            } else {
                pages.erase(page_number);
            }
        }
        std::set<std::uint64_t> found;
        std::uint64_t last = UINT64_MAX;
        for (const auto& [first, end] : set.ranges()) {
            ASSERT_LT(first, end);
            ASSERT_NE(first, last) << "two ranges touch";
            last = end;
            for (std::uint64_t page_number = first; page_number < end; ++page_number) {
                ASSERT_TRUE(found.insert(page_number).second);
            }
        }
        ASSERT_EQ(found, pages);
    }
}

TEST(PermissionTest, changes_are_as_few_and_as_long_as_possible)
{
    std::vector<PermissionChange> changes;
    const auto run_at = [](std::uint64_t address) -> PermissionRun {
        const Perm perm = address < 4 ? Perm::read : address < 6 ? Perm::read_write : Perm::none;
        return {perm, address + 1};
    };
    collect_changes(changes, DomainId{2}, {1, 9}, Perm::read_write, run_at);
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].pages, (Range{1, 4}));
    EXPECT_EQ(changes[0].before, Perm::read);
    EXPECT_EQ(changes[1].pages, (Range{6, 9}));
    EXPECT_FALSE(is_reduction(changes[0]));
    EXPECT_TRUE(is_reduction({{}, {}, Perm::read_write, Perm::read_execute}));
    EXPECT_EQ(meet(Perm::read_write, Perm::read_execute), Perm::read);
}

TEST(ThreadTableTest, a_place_used_again_has_another_handle)
{
    ThreadTable table;
    std::set<ThreadId> seen;
    for (int round = 0; round < 100; ++round) {
        const ThreadIndex index = *table.create(Part::described);
        table[index].state = Thread::State::ready;
        const ThreadId id = table.id(index);
        EXPECT_NE(id, no_thread);
        EXPECT_TRUE(seen.insert(id).second);
        EXPECT_EQ(table.find(id), index);
        table.destroy(index);
        EXPECT_FALSE(table.find(id).has_value());
    }
    EXPECT_EQ(table.size(), 1U);
}

TEST(ThreadTableTest, a_place_whose_generations_are_used_up_is_retired)
{
    ThreadTable table;
    const ThreadIndex index = *table.create(Part::described);
    table[index].generation = UINT32_MAX;
    table.destroy(index);
    EXPECT_NE(*table.create(Part::described), index);
}

/// 30 GiB of stack area in slots of 1 MiB.
[[nodiscard]] Layout large_layout()
{
    Layout layout;
    layout.stack_slot = 0x10'0000;
    layout.stack_guard = 0x1'0000;
    layout.stack_area = {0x4000'0000, 0x4000'0000 + 30'720 * layout.stack_slot};
    layout.memory = {0x8'0000'0000, 0x8'0000'0000 + 64 * page};
    return layout;
}

TEST(G1ManyStacks, thirty_thousand_live_stacks_are_disjoint_and_cost_what_ten_do)
{
    World world(large_layout());
    world.add_domain("domain");
    const Caller caller = world.dispatch(0);
    const auto alloc = [&] {
        const Plan plan = world.begin(caller, StackAlloc{page, 0, 0, PD_SELF});
        // One effect whatever the number of stacks: what is done to the machine does not grow.
        EXPECT_LE(plan.effects.size(), 1U);
        return world.perform(plan).reply;
    };
    std::vector<std::uint64_t> stacks;
    for (int live = 0; live < 30'000; ++live) {
        const Reply reply = alloc();
        ASSERT_EQ(reply.status, PD_OK);
        stacks.push_back(reply.value);
    }
    ASSERT_EQ(world.supervisor.check_invariants(), "");
    ASSERT_EQ(world.machine.error(), "");
    EXPECT_EQ(world.supervisor.usage(caller.domain).stacks.current, 30'001U);
    // The lowest free slot is found again, wherever it is.
    for (const std::size_t which : {std::size_t{0}, std::size_t{17'000}, stacks.size() - 1}) {
        const Plan plan = world.begin(caller, StackFree{stacks[which]});
        EXPECT_EQ(plan.effects.size(), 2U);
        world.perform(plan);
        EXPECT_EQ(alloc().value, stacks[which]);
    }
    for (int left = 719; left > 0; --left) {
        ASSERT_EQ(alloc().status, PD_OK);
    }
    EXPECT_EQ(alloc().status, PD_NO_SLOT);
    world.supervisor.stop_domain(caller.domain);
    world.supervisor.leave(VcpuId{0}, 0);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(world.machine.committed_pages(), 0U);
}

} // namespace
} // namespace glacis::supervisor::test
