// Guest page tables of both architectures, in memory that records what is written to it.

#include <set>

#include <gtest/gtest.h>

#include <glacis/supervisor/arch/aarch64/page_table_format.hpp>
#include <glacis/supervisor/arch/x86_64/page_table_format.hpp>

#include "table_memory.hpp"
#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;
constexpr DomainId first{0};
constexpr DomainId second{1};

/// A stack area of 3 GiB and 1 MiB that begins where the common GiB ends.
[[nodiscard]] Layout wide_layout()
{
    Layout layout;
    layout.stack_slot = 0x10'0000;
    layout.stack_guard = 0x1'0000;
    layout.stack_area = {gib, 4 * gib + 0x10'0000};
    layout.memory = {5 * gib, 9 * gib};
    return layout;
}

template <class Format> class AddressSpacesTest : public ::testing::Test {
public:
    AddressSpacesTest()
    {
        EXPECT_TRUE(spaces.add_common({GLACIS_SHIM_BASE, GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE},
                                      CommonPages::shim_text));
        EXPECT_TRUE(spaces.add_common({GLACIS_VCPU_BASE, GLACIS_VCPU_BASE + 4 * page},
                                      CommonPages::shim_data));
        EXPECT_TRUE(
            spaces.add_common({GLACIS_GATE_BASE, GLACIS_GATE_BASE + page}, CommonPages::gate));
        EXPECT_TRUE(spaces.open_domain(first));
        EXPECT_TRUE(spaces.open_domain(second));
        static_cast<void>(memory.take_history());
    }

    [[nodiscard]] StackId stack(std::uint64_t slot) const
    {
        return StackId{layout.stack_area.begin + slot * layout.stack_slot};
    }
    /// The top pages of a slot.
    [[nodiscard]] Range top(std::uint64_t slot, std::uint64_t pages = 1) const
    {
        const std::uint64_t end = static_cast<std::uint64_t>(stack(slot)) + layout.stack_slot;
        return {end - pages * page, end};
    }
    /// What a callee sees at this depth below so many pages of its callers.
    [[nodiscard]] StackView part(std::uint64_t slot, std::uint64_t pages, std::uint32_t depth) const
    {
        return {stack(slot), top(slot, pages).begin, depth};
    }
    std::uint64_t root(DomainId domain, std::uint64_t slot)
    {
        return spaces.root(domain, stack(slot))->physical;
    }
    /// What code in user mode may do.
    [[nodiscard]] Perm user(std::uint64_t table, std::uint64_t address) const
    {
        const auto found = spaces.walk(table, address);
        if (found) {
            EXPECT_EQ(found->physical, address) << "virtual is physical";
        }
        return found && found->is_user ? found->perm : Perm::none;
    }
    /// Entries that point to tables are written once, from empty; leaves go from old to new in one
    /// write.
    void check_history()
    {
        for (const auto& write : memory.take_history()) {
            const bool was_table = tables.contains({write.page, write.index});
            EXPECT_FALSE(was_table) << "an entry that points to a table was changed";
            const std::uint64_t target = Format::address_of(write.after);
            const bool is_table = Format::is_present(write.after) && target >= GLACIS_TABLES_BASE &&
                                  target < GLACIS_TABLES_BASE + GLACIS_TABLES_SIZE;
            if (is_table) {
                EXPECT_EQ(write.before, 0U);
                tables.insert({write.page, write.index});
            } else {
                EXPECT_TRUE(leaves.insert({write.page, write.index, write.after}).second ||
                            write.after == 0)
                    << "a leaf was written twice on the way to its new state";
            }
        }
        leaves.clear();
    }

    Layout layout = wide_layout();
    RecordingTableMemory memory;
    AddressSpaces<Format> spaces{memory, layout};
    std::set<std::pair<std::uint64_t, std::uint64_t>> tables;
    std::set<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>> leaves;
    Range data{5 * gib, 5 * gib + 3 * page};
};

using Formats = ::testing::Types<x86_64::PageTableFormat, aarch64::PageTableFormat>;

class FormatNames {
public:
    // NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest asks for
    template <class Format> static std::string GetName(int)
    {
        return Format::levels == 4 ? "x86_64" : "aarch64";
    }
};
TYPED_TEST_SUITE(AddressSpacesTest, Formats, FormatNames);

TYPED_TEST(AddressSpacesTest, every_root_has_the_common_pages)
{
    for (const std::uint64_t table : {this->root(first, 0), this->root(second, 3)}) {
        const auto text = this->spaces.walk(table, GLACIS_SHIM_BASE + 16);
        ASSERT_TRUE(text.has_value());
        EXPECT_EQ(text->physical, GLACIS_SHIM_BASE + 16U);
        EXPECT_EQ(text->perm, Perm::read_execute);
        EXPECT_FALSE(text->is_user);
        const auto block = this->spaces.walk(table, GLACIS_VCPU_BASE);
        ASSERT_TRUE(block.has_value());
        EXPECT_EQ(block->perm, Perm::read_write);
        EXPECT_FALSE(block->is_user);
        EXPECT_EQ(this->user(table, GLACIS_GATE_BASE), Perm::read_execute);
    }
}

TYPED_TEST(AddressSpacesTest, nothing_else_is_mapped)
{
    const std::uint64_t table = this->root(first, 0);
    for (const std::uint64_t address :
         {std::uint64_t{0}, std::uint64_t{GLACIS_GATE_BASE} + page,
          std::uint64_t{GLACIS_TABLES_BASE}, this->layout.stack_area.begin,
          this->layout.stack_area.end, this->layout.memory.begin,
          std::uint64_t{GLACIS_ADDRESS_LIMIT}, ~std::uint64_t{0}}) {
        EXPECT_FALSE(this->spaces.walk(table, address).has_value()) << std::hex << address;
    }
}

TYPED_TEST(AddressSpacesTest, the_tables_are_in_no_table)
{
    ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, Perm::read_write));
    const std::uint64_t table = this->root(first, 0);
    for (std::uint64_t at = 0; at < this->memory.allocated(); ++at) {
        EXPECT_FALSE(this->spaces.walk(table, GLACIS_TABLES_BASE + at * page).has_value());
    }
}

TYPED_TEST(AddressSpacesTest, domain_pages_are_in_all_roots_of_the_domain_and_in_no_other)
{
    const std::uint64_t before = this->root(first, 0);
    ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, Perm::read_write));
    const std::uint64_t after = this->root(first, 1);
    const std::uint64_t other = this->root(second, 2);
    for (const std::uint64_t table : {before, after}) {
        EXPECT_EQ(this->user(table, this->data.begin + 5), Perm::read_write);
        EXPECT_EQ(this->user(table, this->data.end), Perm::none);
    }
    EXPECT_EQ(this->user(other, this->data.begin), Perm::none);
    ASSERT_TRUE(this->spaces.set_domain_pages(first, {this->data.begin, this->data.begin + page},
                                              Perm::none));
    EXPECT_EQ(this->user(before, this->data.begin), Perm::none);
    EXPECT_EQ(this->user(after, this->data.begin + page), Perm::read_write);
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, every_permission_is_what_it_says)
{
    const std::uint64_t table = this->root(first, 0);
    for (const Perm perm : {Perm::read, Perm::read_write, Perm::read_execute, Perm::none,
                            Perm::read_execute, Perm::read}) {
        ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, perm));
        EXPECT_EQ(this->user(table, this->data.begin), perm);
        EXPECT_EQ(this->user(table, this->data.end - 1), perm);
        this->check_history();
    }
}

TYPED_TEST(AddressSpacesTest, pages_of_a_stack_are_in_its_own_root_alone)
{
    const std::uint64_t table = this->root(first, 0);
    const std::uint64_t neighbour = this->root(first, 1);
    ASSERT_TRUE(
        this->spaces.set_stack_pages(first, this->stack(0), this->top(0, 3), Perm::read_write));
    EXPECT_EQ(this->user(table, this->top(0, 3).begin), Perm::read_write);
    EXPECT_EQ(this->user(table, this->top(0, 3).begin - 1), Perm::none);
    EXPECT_EQ(this->user(table, this->top(0).end), Perm::none);
    EXPECT_EQ(this->user(neighbour, this->top(0).begin), Perm::none);
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, a_root_that_was_never_built_is_left_alone)
{
    const std::size_t before = this->spaces.pages_in_use();
    EXPECT_TRUE(
        this->spaces.set_stack_pages(first, this->stack(7), this->top(7), Perm::read_write));
    EXPECT_FALSE(this->spaces.has_root(first, this->stack(7)));
    EXPECT_EQ(this->spaces.pages_in_use(), before);
    const auto root = this->spaces.root(first, this->stack(7));
    EXPECT_TRUE(root->is_new);
    EXPECT_EQ(this->user(root->physical, this->top(7).begin), Perm::none);
    EXPECT_FALSE(this->spaces.root(first, this->stack(7))->is_new);
    EXPECT_EQ(this->spaces.root(first, this->stack(7))->physical, root->physical);
}

TYPED_TEST(AddressSpacesTest, foreign_stack_pages_are_dropped_from_every_root_of_the_domain)
{
    const std::uint64_t one = this->root(second, 1);
    const std::uint64_t two = this->root(second, 2);
    const std::uint64_t own = this->root(second, 0);
    const Range granted = this->top(0, 2);
    for (const std::uint64_t slot : {0, 1, 2}) {
        ASSERT_TRUE(this->spaces.set_stack_pages(second, this->stack(slot), granted, Perm::read));
    }
    this->spaces.drop_stack_pages(second, {granted.begin, granted.begin + page});
    for (const std::uint64_t table : {one, two, own}) {
        EXPECT_EQ(this->user(table, granted.begin), Perm::none);
        EXPECT_EQ(this->user(table, granted.begin + page), Perm::read);
    }
    this->spaces.drop_stack_pages(second, granted);
    this->spaces.drop_stack_pages(DomainId{9}, granted);
    for (const std::uint64_t table : {one, two, own}) {
        EXPECT_EQ(this->user(table, granted.begin + page), Perm::none);
    }
    this->check_history();
}

// ---- parts of stacks
// -----------------------------------------------------------------------------

TYPED_TEST(AddressSpacesTest, each_part_of_a_stack_has_a_root_of_its_own)
{
    const std::uint64_t whole = this->root(first, 0);
    std::set<std::uint64_t> roots{whole};
    for (const StackView& view : {this->part(0, 1, 1), this->part(0, 2, 1), this->part(0, 1, 2)}) {
        EXPECT_FALSE(this->spaces.has_root(first, view));
        const auto root = this->spaces.root(first, view);
        ASSERT_TRUE(root.has_value());
        EXPECT_TRUE(root->is_new);
        EXPECT_TRUE(roots.insert(root->physical).second) << "its address says which part it is";
        EXPECT_TRUE(this->spaces.has_root(first, view));
        EXPECT_FALSE(this->spaces.has_root(second, view));
        EXPECT_EQ(this->spaces.root(first, view)->physical, root->physical);
        EXPECT_FALSE(this->spaces.root(first, view)->is_new);
        EXPECT_EQ(this->user(root->physical, GLACIS_GATE_BASE), Perm::read_execute);
    }
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, pages_of_a_part_are_in_its_root_alone)
{
    const StackView view = this->part(0, 2, 1);
    const std::uint64_t whole = this->root(first, 0);
    const std::uint64_t caller = this->root(second, 0);
    const std::uint64_t part = this->spaces.root(first, view)->physical;
    const std::uint64_t other = this->spaces.root(first, this->part(0, 1, 1))->physical;
    const Range below{this->top(0, 5).begin, view.end};
    ASSERT_TRUE(this->spaces.set_stack_pages(first, view, below, Perm::read_write));
    EXPECT_EQ(this->user(part, below.begin), Perm::read_write);
    EXPECT_EQ(this->user(part, view.end - 1), Perm::read_write);
    EXPECT_EQ(this->user(part, view.end), Perm::none);
    EXPECT_EQ(this->user(part, below.begin - 1), Perm::none);
    for (const std::uint64_t table : {whole, caller, other}) {
        EXPECT_EQ(this->user(table, below.begin), Perm::none);
    }
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, memory_of_the_domain_is_in_the_roots_of_parts_too)
{
    ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, Perm::read));
    const std::uint64_t part = this->spaces.root(first, this->part(0, 1, 1))->physical;
    EXPECT_EQ(this->user(part, this->data.begin), Perm::read);
    const Range later{7 * gib, 7 * gib + page};
    ASSERT_TRUE(this->spaces.set_domain_pages(first, later, Perm::read_write));
    EXPECT_EQ(this->user(part, later.begin), Perm::read_write) << "a GiB that it did not have";
    ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, Perm::none));
    EXPECT_EQ(this->user(part, this->data.begin), Perm::none);
    EXPECT_EQ(this->user(this->spaces.root(second, this->part(0, 1, 1))->physical, later.begin),
              Perm::none);
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, what_its_creator_may_do_is_set_for_the_whole_and_removed_from_parts)
{
    const StackView view = this->part(0, 1, 2);
    const std::uint64_t whole = this->root(first, 0);
    const std::uint64_t part = this->spaces.root(first, view)->physical;
    const std::uint64_t neighbour = this->spaces.root(first, this->part(1, 1, 2))->physical;
    const Range pages{view.end - 2 * page, view.end};
    for (const StackView& each : {view, StackView(this->stack(0))}) {
        ASSERT_TRUE(this->spaces.set_stack_pages(first, each, pages, Perm::read_write));
    }
    ASSERT_TRUE(this->spaces.set_stack_pages(first, this->part(1, 1, 2), pages, Perm::read));
    const Range changed{pages.begin, pages.begin + page};
    ASSERT_TRUE(this->spaces.change_stack_pages(first, this->stack(0), changed, Perm::read));
    EXPECT_EQ(this->user(whole, changed.begin), Perm::read);
    EXPECT_EQ(this->user(part, changed.begin), Perm::none);
    EXPECT_EQ(this->user(part, changed.end), Perm::read_write);
    EXPECT_EQ(this->user(neighbour, changed.begin), Perm::read) << "of another stack's part";
    ASSERT_TRUE(this->spaces.change_stack_pages(first, this->stack(0), pages, Perm::none));
    EXPECT_EQ(this->user(whole, pages.end - 1), Perm::none);
    EXPECT_EQ(this->user(part, pages.end - 1), Perm::none);
    EXPECT_TRUE(this->spaces.change_stack_pages(DomainId{9}, this->stack(0), pages, Perm::read));
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, granted_pages_are_dropped_from_the_roots_of_parts_too)
{
    // Granted above the part on the same stack, and of another stack.
    const StackView view = this->part(0, 3, 1);
    const std::uint64_t part = this->spaces.root(second, view)->physical;
    const Range above = this->top(0, 2);
    const Range foreign = this->top(4, 2);
    ASSERT_TRUE(this->spaces.set_stack_pages(second, view, above, Perm::read));
    ASSERT_TRUE(this->spaces.set_stack_pages(second, view, foreign, Perm::read));
    this->spaces.drop_stack_pages(second, {above.begin, above.begin + page});
    EXPECT_EQ(this->user(part, above.begin), Perm::none);
    EXPECT_EQ(this->user(part, above.end - 1), Perm::read);
    this->spaces.drop_stack_pages(first, above);
    EXPECT_EQ(this->user(part, above.end - 1), Perm::read) << "not the domain's";
    this->spaces.drop_stack_pages(second, above);
    this->spaces.drop_stack_pages(second, foreign);
    EXPECT_EQ(this->user(part, above.end - 1), Perm::none);
    EXPECT_EQ(this->user(part, foreign.begin), Perm::none);
    EXPECT_EQ(this->user(part, foreign.end - 1), Perm::none);
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, closing_a_stack_closes_its_parts_and_those_alone)
{
    const std::vector<StackView> gone{this->stack(2), this->part(2, 1, 1), this->part(2, 1, 9),
                                      this->part(2, 5, 1)};
    const std::vector<StackView> kept{this->stack(1), this->stack(3), this->part(1, 1, 1),
                                      this->part(3, 1, 1)};
    for (const auto* views : {&gone, &kept}) {
        for (const StackView& view : *views) {
            ASSERT_TRUE(this->spaces.root(first, view).has_value());
            ASSERT_TRUE(this->spaces.root(second, view).has_value());
            ASSERT_TRUE(this->spaces.set_stack_pages(first, view, this->top(7), Perm::read));
        }
    }
    const std::size_t before = this->spaces.pages_in_use();
    this->spaces.close_root(first, this->stack(2));
    for (const StackView& view : gone) {
        EXPECT_FALSE(this->spaces.has_root(first, view));
        EXPECT_TRUE(this->spaces.has_root(second, view));
    }
    for (const StackView& view : kept) {
        EXPECT_TRUE(this->spaces.has_root(first, view));
    }
    EXPECT_EQ(before - this->spaces.pages_in_use(), gone.size() * TypeParam::levels);
    // The closed ones are forgotten wherever a grant would be taken back.
    this->spaces.drop_stack_pages(first, this->top(7));
    for (const StackView& view : kept) {
        const std::uint64_t table = this->spaces.root(first, view)->physical;
        EXPECT_EQ(this->user(table, this->top(7).begin), Perm::none);
    }
    EXPECT_FALSE(this->spaces.has_root(first, gone[1]));
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, a_part_is_closed_by_itself)
{
    const StackView view = this->part(0, 1, 1);
    this->spaces.close_window(first, view);
    this->spaces.close_window(DomainId{9}, view);
    this->root(first, 0);
    const std::uint64_t old = this->spaces.root(first, view)->physical;
    ASSERT_TRUE(this->spaces.set_stack_pages(first, view, this->top(0, 3), Perm::read_write));
    ASSERT_TRUE(this->spaces.root(first, this->part(0, 1, 2)).has_value());
    this->spaces.close_window(first, view);
    EXPECT_FALSE(this->spaces.has_root(first, view));
    EXPECT_TRUE(this->spaces.has_root(first, this->stack(0)));
    EXPECT_TRUE(this->spaces.has_root(first, this->part(0, 1, 2)));
    EXPECT_EQ(this->user(old, GLACIS_GATE_BASE), Perm::read_execute)
        << "a vCPU may still be idle on it";
    EXPECT_NE(this->spaces.root(first, view)->physical, old) << "not before recycle()";
    this->spaces.recycle();
    const std::uint64_t next = this->spaces.root(second, this->part(3, 1, 1))->physical;
    EXPECT_EQ(next, old);
    EXPECT_EQ(this->user(next, this->top(0).begin), Perm::none) << "and it is empty";
}

TYPED_TEST(AddressSpacesTest, a_closed_domain_gives_up_the_roots_of_parts)
{
    const std::size_t before = this->spaces.pages_in_use();
    this->root(second, 4);
    const StackView view = this->part(4, 1, 1);
    ASSERT_TRUE(this->spaces.root(second, view).has_value());
    ASSERT_TRUE(this->spaces.set_stack_pages(second, view, this->top(4, 4), Perm::read_write));
    const std::size_t used = this->spaces.pages_in_use() - before;
    this->spaces.close_domain(second);
    EXPECT_EQ(this->spaces.pages_in_use(), before);
    EXPECT_EQ(this->spaces.given_up(), used);
    EXPECT_FALSE(this->spaces.has_root(second, view));
    ASSERT_TRUE(this->spaces.open_domain(second));
    EXPECT_TRUE(this->spaces.root(second, view)->is_new);
}

TYPED_TEST(AddressSpacesTest, a_root_costs_the_tables_of_its_stack_and_no_more)
{
    ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, Perm::read));
    const std::size_t before = this->spaces.pages_in_use();
    this->root(first, 0);
    ASSERT_TRUE(
        this->spaces.set_stack_pages(first, this->stack(0), this->top(0, 9), Perm::read_write));
    EXPECT_EQ(this->spaces.pages_in_use() - before, TypeParam::levels);
}

TYPED_TEST(AddressSpacesTest, ranges_across_tables_and_gibibytes_are_mapped_whole)
{
    const std::uint64_t table = this->root(first, 0);
    const Range across{6 * gib - 2 * page, 6 * gib + 2 * page};
    ASSERT_TRUE(this->spaces.set_domain_pages(first, across, Perm::read));
    const Range large{8 * gib - 0x40'0000, 8 * gib};
    ASSERT_TRUE(this->spaces.set_domain_pages(first, large, Perm::read_write));
    for (const Range& pages : {across, large}) {
        EXPECT_EQ(this->user(table, pages.begin - 1), Perm::none);
        EXPECT_NE(this->user(table, pages.begin), Perm::none);
        EXPECT_NE(this->user(table, pages.end - 1), Perm::none);
        EXPECT_EQ(this->user(table, pages.end), Perm::none);
    }
    // The stack area ends inside a GiB of its own, far from its begin.
    const std::uint64_t last = this->layout.stack_area.size() / this->layout.stack_slot - 1;
    const std::uint64_t far = this->root(first, last);
    ASSERT_TRUE(
        this->spaces.set_stack_pages(first, this->stack(last), this->top(last), Perm::read));
    EXPECT_EQ(this->user(far, this->top(last).begin), Perm::read);
    this->check_history();
}

TYPED_TEST(AddressSpacesTest, given_up_pages_are_used_again_only_after_recycle)
{
    const std::uint64_t old = this->root(first, 0);
    ASSERT_TRUE(this->spaces.set_stack_pages(first, this->stack(0), this->top(0), Perm::read));
    const std::size_t allocated = this->memory.allocated();
    this->spaces.close_root(first, this->stack(0));
    EXPECT_FALSE(this->spaces.has_root(first, this->stack(0)));
    EXPECT_EQ(this->spaces.given_up(), TypeParam::levels);
    EXPECT_NE(this->root(first, 1), old);
    EXPECT_GT(this->memory.allocated(), allocated);
    this->spaces.recycle();
    EXPECT_EQ(this->spaces.given_up(), 0U);
    const std::size_t before = this->memory.allocated();
    const std::uint64_t fresh = this->root(first, 2);
    EXPECT_EQ(this->memory.allocated(), before) << "recycled pages come first";
    const std::uint64_t level_1 =
        TypeParam::levels == 4 ? TypeParam::address_of(this->memory.entry(fresh, 0)) : fresh;
    for (std::uint64_t index = 1; index < 512; ++index) {
        EXPECT_EQ(this->memory.entry(fresh, index), 0U) << "and are empty";
        EXPECT_EQ(this->memory.entry(level_1, index), 0U) << "and are empty";
    }
    EXPECT_EQ(this->user(fresh, GLACIS_GATE_BASE), Perm::read_execute);
}

TYPED_TEST(AddressSpacesTest, a_root_that_was_given_up_leads_to_the_common_pages_for_ever)
{
    const std::uint64_t old = this->root(first, 0);
    ASSERT_TRUE(this->spaces.set_stack_pages(first, this->stack(0), this->top(0), Perm::read));
    this->spaces.close_root(first, this->stack(0));
    const auto expect_common = [&](const char* when) {
        EXPECT_EQ(this->user(old, GLACIS_GATE_BASE), Perm::read_execute) << when;
    };
    expect_common("given up");
    for (std::uint64_t slot = 1; slot < 9; ++slot) {
        this->spaces.recycle();
        expect_common("recycled");
        const Range block{(slot % 4 + 5) * gib, (slot % 4 + 5) * gib + page};
        ASSERT_TRUE(this->spaces.set_domain_pages(second, block, Perm::read));
        expect_common("a table was made");
        this->root(second, slot);
        ASSERT_TRUE(
            this->spaces.set_stack_pages(second, this->stack(slot), this->top(slot), Perm::read));
        expect_common("a root was made");
        EXPECT_EQ(this->user(old, this->top(0).begin), Perm::none);
        this->spaces.close_root(second, this->stack(slot));
    }
}

TYPED_TEST(AddressSpacesTest, a_closed_domain_gives_everything_up)
{
    const std::size_t before = this->spaces.pages_in_use();
    ASSERT_TRUE(this->spaces.set_domain_pages(second, this->data, Perm::read));
    this->root(second, 4);
    this->root(second, 5);
    const std::size_t used = this->spaces.pages_in_use() - before;
    this->spaces.close_domain(second);
    this->spaces.close_domain(second);
    EXPECT_EQ(this->spaces.pages_in_use(), before);
    EXPECT_EQ(this->spaces.given_up(), used);
    EXPECT_TRUE(this->spaces.set_domain_pages(second, this->data, Perm::none)) << "nothing to do";
    this->spaces.close_root(second, this->stack(4));
    ASSERT_TRUE(this->spaces.open_domain(second));
    EXPECT_EQ(this->user(this->root(second, 4), this->data.begin), Perm::none);
}

TYPED_TEST(AddressSpacesTest, a_stack_used_again_by_another_root_is_not_dropped_by_the_old_one)
{
    this->root(second, 1);
    ASSERT_TRUE(this->spaces.set_stack_pages(second, this->stack(1), this->top(0), Perm::read));
    this->spaces.close_root(second, this->stack(1));
    const std::uint64_t table = this->root(second, 1);
    EXPECT_EQ(this->user(table, this->top(0).begin), Perm::none);
    this->spaces.drop_stack_pages(second, this->top(0));
    EXPECT_EQ(this->user(table, this->top(0).begin), Perm::none);
}

TYPED_TEST(AddressSpacesTest, without_memory_for_tables_no_leaf_changes)
{
    const std::uint64_t table = this->root(first, 0);
    const Range across{6 * gib - page, 6 * gib + page};
    const Range stacks{this->top(1).begin, this->top(1).end + 0x10'0000};
    std::size_t failures = 0;
    for (std::size_t pages = 0;; ++pages) {
        this->memory.limit(pages);
        static_cast<void>(this->memory.take_history());
        if (this->spaces.set_domain_pages(first, across, Perm::read)) {
            break;
        }
        ++failures;
        EXPECT_EQ(this->user(table, across.begin), Perm::none);
        EXPECT_EQ(this->user(table, across.end - 1), Perm::none);
        ASSERT_LT(pages, 9U);
    }
    EXPECT_GT(failures, 1U);
    this->memory.limit(1);
    EXPECT_FALSE(this->spaces.set_stack_pages(first, this->stack(0), stacks, Perm::read));
    EXPECT_EQ(this->user(table, stacks.begin), Perm::none);
    this->memory.limit(9);
    EXPECT_TRUE(this->spaces.set_stack_pages(first, this->stack(0), stacks, Perm::read));
    this->memory.limit(0);
    EXPECT_TRUE(this->spaces.set_domain_pages(first, across, Perm::none)) << "needs none";
    EXPECT_TRUE(this->spaces.set_domain_pages(first, across, Perm::read_write)) << "has them";
}

TYPED_TEST(AddressSpacesTest, a_root_that_could_not_be_built_takes_no_memory)
{
    for (std::size_t pages = 0; pages + 3 < TypeParam::levels; ++pages) {
        this->memory.limit(pages);
        const std::size_t before = this->spaces.pages_in_use();
        EXPECT_FALSE(this->spaces.root(first, this->stack(0)).has_value());
        EXPECT_EQ(this->spaces.pages_in_use(), before);
        EXPECT_EQ(this->spaces.given_up(), 0U);
    }
    this->memory.limit(0);
    EXPECT_FALSE(this->spaces.root(first, this->stack(9)).has_value());
    this->memory.limit(9);
    EXPECT_TRUE(this->spaces.root(first, this->stack(0)).has_value());
}

TYPED_TEST(AddressSpacesTest, at_every_step_an_entry_holds_its_old_or_its_new_state)
{
    this->root(first, 0);
    const Range pages{5 * gib, 5 * gib + 4 * page};
    ASSERT_TRUE(this->spaces.set_domain_pages(first, pages, Perm::read));
    this->check_history();
    ASSERT_TRUE(this->spaces.set_domain_pages(first, pages, Perm::read_write));
    const auto history = this->memory.take_history();
    ASSERT_EQ(history.size(), 4U) << "one write a page";
    for (std::size_t at = 0; at < history.size(); ++at) {
        const std::uint64_t address = pages.begin + at * page;
        EXPECT_EQ(history[at].before, TypeParam::leaf(address, Perm::read, true));
        EXPECT_EQ(history[at].after, TypeParam::leaf(address, Perm::read_write, true));
    }
}

TYPED_TEST(AddressSpacesTest, an_entry_that_stays_as_it_is_is_not_written)
{
    ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, Perm::read));
    static_cast<void>(this->memory.take_history());
    ASSERT_TRUE(this->spaces.set_domain_pages(first, this->data, Perm::read));
    EXPECT_TRUE(this->memory.take_history().empty());
}

TEST(X86AddressSpacesTest, accessed_and_dirty_are_kept_while_the_page_stays)
{
    using Format = x86_64::PageTableFormat;
    RecordingTableMemory memory;
    const Layout layout = wide_layout();
    AddressSpaces<Format> spaces(memory, layout);
    ASSERT_TRUE(spaces.open_domain(first));
    const Range pages{5 * gib, 5 * gib + page};
    ASSERT_TRUE(spaces.set_domain_pages(first, pages, Perm::read_write));
    const auto leaf = memory.take_history().back();
    memory.set_bits(leaf.page, leaf.index, Format::accessed | Format::dirty);
    ASSERT_TRUE(spaces.set_domain_pages(first, pages, Perm::read));
    EXPECT_EQ(memory.entry(leaf.page, leaf.index),
              Format::leaf(pages.begin, Perm::read, true) | Format::accessed | Format::dirty);
    ASSERT_TRUE(spaces.set_domain_pages(first, pages, Perm::none));
    EXPECT_EQ(memory.entry(leaf.page, leaf.index), 0U);
}

} // namespace
} // namespace glacis::supervisor::test
