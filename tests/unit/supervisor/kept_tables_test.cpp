// Tables that are brought back to what they were, for both architectures.

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include <glacis/supervisor/arch/aarch64/page_table_format.hpp>
#include <glacis/supervisor/arch/x86_64/page_table_format.hpp>
#include <glacis/supervisor/paging.hpp>

#include "table_memory.hpp"
#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;
constexpr std::uint64_t slots = 6;
constexpr std::uint64_t domain_pages = 40; ///< that are looked at

template <class Format> class KeptTablesTest : public ::testing::Test {
public:
    KeptTablesTest()
    {
        EXPECT_TRUE(
            spaces.add_common({GLACIS_GATE_BASE, GLACIS_GATE_BASE + page}, CommonPages::gate));
        for (std::uint32_t number = 0; number < 2; ++number) {
            const DomainId domain{number};
            EXPECT_TRUE(spaces.open_domain(domain));
            EXPECT_TRUE(
                spaces.set_domain_pages(domain, memory_pages(number * 8, 4), Perm::read_write));
            roots[domain] = spaces.root(domain, stack(number))->physical;
            EXPECT_TRUE(
                spaces.set_stack_pages(domain, stack(number), top(number, 2), Perm::read_write));
        }
    }

    [[nodiscard]] static Layout make_layout()
    {
        Layout layout;
        layout.stack_slot = 0x10'0000;
        layout.stack_guard = 0x1'0000;
        layout.stack_area = {gib, gib + slots * layout.stack_slot};
        layout.memory = {2 * gib, 4 * gib};
        return layout;
    }
    [[nodiscard]] StackId stack(std::uint64_t slot) const
    {
        return StackId{layout.stack_area.begin + slot * layout.stack_slot};
    }
    [[nodiscard]] Range top(std::uint64_t slot, std::uint64_t pages) const
    {
        const std::uint64_t end = static_cast<std::uint64_t>(stack(slot)) + layout.stack_slot;
        return {end - pages * page, end};
    }
    /// Half of them before the border between two GiB, half behind it.
    [[nodiscard]] Range memory_pages(std::uint64_t first, std::uint64_t count) const
    {
        const std::uint64_t begin = 3 * gib - domain_pages / 2 * page + first * page;
        return {begin, begin + count * page};
    }

    /// All that can be seen through the kept roots.
    using View = std::map<std::pair<std::uint64_t, std::uint64_t>, Perm>;
    [[nodiscard]] View view() const
    {
        View view;
        const auto look = [&](std::uint64_t root, const Range& pages) {
            for (std::uint64_t at = pages.begin; at < pages.end; at += page) {
                if (const auto found = spaces.walk(root, at)) {
                    EXPECT_EQ(found->physical, at);
                    view[{root, at}] = found->perm;
                }
            }
        };
        for (const auto& [domain, root] : roots) {
            look(root, memory_pages(0, domain_pages));
            for (std::uint64_t slot = 0; slot < slots; ++slot) {
                look(root, top(slot, 4));
            }
        }
        return view;
    }

    /// Something that happens while a system runs.
    void do_something(std::mt19937& random)
    {
        const DomainId domain{static_cast<std::uint32_t>(random() % 3)};
        const bool is_open = open.contains(domain);
        const std::uint64_t slot = random() % slots;
        const Range pages = top(slot, 1 + random() % 4);
        const Perm perm = std::array{Perm::none, Perm::read, Perm::read_write}[random() % 3];
        const std::uint64_t first = random() % (domain_pages - 4);
        const StackView part{stack(slot), top(slot, 1).begin, 1};
        switch (random() % 8) {
        case 0:
            is_open ? spaces.close_domain(domain) : void(spaces.open_domain(domain));
            is_open ? void(open.erase(domain)) : void(open.insert(domain));
            return;
        case 1:
            EXPECT_TRUE(
                spaces.set_domain_pages(domain, memory_pages(first, 1 + random() % 4), perm));
            return;
        case 2:
            if (is_open) {
                EXPECT_TRUE(spaces.root(domain, random() % 2 == 0 ? StackView(stack(slot)) : part));
            }
            return;
        case 3:
            EXPECT_TRUE(spaces.change_stack_pages(domain, stack(slot), pages, perm));
            return;
        case 4: {
            const StackView from(stack(random() % slots));
            EXPECT_TRUE(spaces.set_stack_pages(domain, from, pages, perm));
            return;
        }
        case 5:
            spaces.drop_stack_pages(domain, pages);
            return;
        case 6:
            spaces.close_root(domain, stack(slot));
            return;
        default:
            spaces.close_window(domain, part);
            return;
        }
    }

    Layout layout = make_layout();
    RecordingTableMemory memory;
    AddressSpaces<Format> spaces{memory, layout};
    std::map<DomainId, std::uint64_t> roots; ///< of the two domains that are kept
    std::set<DomainId> open{DomainId{0}, DomainId{1}};
};

using Formats = ::testing::Types<x86_64::PageTableFormat, aarch64::PageTableFormat>;
TYPED_TEST_SUITE(KeptTablesTest, Formats);

bool covers(const std::vector<Range>& ranges, std::uint64_t address)
{
    return std::any_of(ranges.begin(), ranges.end(),
                       [address](const Range& range) { return range.contains(address); });
}

TYPED_TEST(KeptTablesTest, whatever_happens_everything_is_as_it_was)
{
    std::mt19937 random(7);
    this->spaces.keep();
    const auto then = this->view();
    ASSERT_FALSE(then.empty());
    for (int round = 0; round < 300; ++round) {
        const unsigned long steps = random() % 40;
        for (unsigned long step = 0; step < steps; ++step) {
            this->do_something(random);
        }
        const auto before = this->view();
        const auto flushed = this->spaces.restore();
        ASSERT_EQ(this->view(), then) << "in round " << round;
        for (const auto& [place, perm] : before) {
            const auto now = then.find(place);
            const bool is_less = now == then.end() || now->second != perm;
            ASSERT_TRUE(!is_less || covers(flushed, place.second)) << "no flush of a lost right";
        }
        for (const auto& [domain, root] : this->roots) {
            const auto again =
                this->spaces.root(domain, this->stack(static_cast<std::uint64_t>(domain)));
            ASSERT_EQ(again->physical, root);
            ASSERT_FALSE(again->is_new);
        }
        ASSERT_FALSE(this->spaces.has_root(DomainId{2}, this->stack(0)));
        this->open = {DomainId{0}, DomainId{1}};
        if (round % 10 == 0) {
            this->spaces.recycle(); // what was given up is used again, and harms nothing
        }
    }
}

TYPED_TEST(KeptTablesTest, what_was_taken_for_a_while_is_given_up)
{
    this->spaces.keep();
    std::size_t in_use = 0;
    for (int round = 0; round < 50; ++round) {
        const DomainId later{2};
        EXPECT_TRUE(this->spaces.open_domain(later));
        EXPECT_TRUE(
            this->spaces.set_domain_pages(later, this->memory_pages(0, 20), Perm::read_write));
        EXPECT_TRUE(this->spaces.root(DomainId{0}, this->stack(3)));
        EXPECT_TRUE(this->spaces.set_stack_pages(DomainId{0}, this->stack(3), this->top(3, 2),
                                                 Perm::read_write));
        static_cast<void>(this->spaces.restore());
        this->spaces.recycle();
        in_use = round == 0 ? this->spaces.pages_in_use() : in_use;
        EXPECT_EQ(this->spaces.pages_in_use(), in_use);
    }
    EXPECT_LT(this->memory.allocated(), 60U) << "given up, but not used again";
}

TYPED_TEST(KeptTablesTest, what_was_granted_before_is_still_revoked)
{
    // The index of foreign pages is brought back too: a revocation finds them in the kept root.
    EXPECT_TRUE(
        this->spaces.set_stack_pages(DomainId{0}, this->stack(0), this->top(1, 1), Perm::read));
    this->spaces.keep();
    this->spaces.close_domain(DomainId{0});
    static_cast<void>(this->spaces.restore());
    const std::uint64_t root = this->roots.at(DomainId{0});
    ASSERT_TRUE(this->spaces.walk(root, this->top(1, 1).begin));
    this->spaces.drop_stack_pages(DomainId{0}, this->top(1, 1));
    EXPECT_FALSE(this->spaces.walk(root, this->top(1, 1).begin));
}

} // namespace
} // namespace glacis::supervisor::test
