// G5 for parts: what an owner has can be passed on, granted and given back in pieces, however it
// was allocated, and every domain sees the same borders.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;

/// Three domains with a thread each; the first has eight pages and knows what lies below and above.
class G5Parts : public ::testing::Test {
public:
    G5Parts()
    {
        for (const char* name : {"first", "second", "third"}) {
            domains.push_back(world.add_domain(name));
            callers.push_back(world.dispatch(static_cast<std::uint32_t>(callers.size())));
        }
        base = world.value(a(), MemoryAlloc{8 * page, rw});
    }
    ~G5Parts() override { world.check_idle(); }

    [[nodiscard]] const Caller& a() const { return callers[0]; }
    [[nodiscard]] const Caller& b() const { return callers[1]; }
    [[nodiscard]] const Caller& c() const { return callers[2]; }
    [[nodiscard]] std::uint64_t at(std::uint64_t number) const { return base + number * page; }

    /// "[2,5) of 1: r" for the stretch around a page as the caller is told; "nothing".
    [[nodiscard]] std::string query(const Caller& caller, std::uint64_t number)
    {
        const Reply reply = world.call(caller, MemoryQuery{at(number) + 7});
        if (reply.status == PD_NOT_COMMITTED) {
            return "nothing";
        }
        EXPECT_EQ(reply.status, PD_OK);
        const auto& info = std::get<pd_memory_info>(reply.out);
        const auto number_of = [&](std::uint64_t address) {
            return address < base ? "below" : std::to_string((address - base) / page);
        };
        return "[" + number_of(info.base) + "," + number_of(info.base + info.length) + ") of " +
               std::to_string(info.owner) + ": " + std::to_string(info.perm);
    }

    World world;
    std::vector<DomainId> domains;
    std::vector<Caller> callers;
    std::uint64_t base = 0;
};

using G8Parts = G5Parts;

TEST_F(G5Parts, a_part_passed_on_is_seen_as_such_from_both_sides)
{
    // What lies below is the third domain's image, so borders are exact.
    EXPECT_EQ(query(a(), 4), "[0,8) of 0: 3");
    EXPECT_EQ(world.status(a(), MemoryTransfer{at(2), 3 * page, 1}), PD_OK);
    EXPECT_EQ(query(a(), 1), "[0,2) of 0: 3");
    EXPECT_EQ(query(a(), 2), "[2,5) of 1: 3") << "the right that the old owner keeps";
    EXPECT_EQ(query(a(), 5), "[5,8) of 0: 3");
    EXPECT_EQ(query(b(), 3), "[2,5) of 1: 0") << "owners may ask without a right";
    EXPECT_EQ(query(b(), 1), "nothing");
    EXPECT_EQ(query(b(), 5), "nothing");
    EXPECT_EQ(query(c(), 3), "nothing");
    EXPECT_EQ(world.supervisor.usage(domains[0]).memory.current, 7 * page);
    EXPECT_EQ(world.supervisor.usage(domains[1]).memory.current, 5 * page);
}

TEST_F(G5Parts, each_owner_has_its_part_and_not_a_page_more)
{
    world.value(a(), MemoryTransfer{at(2), 3 * page, 1});
    const std::string before = snapshot(world);
    for (const std::uint64_t first : {1U, 2U, 4U}) {
        EXPECT_EQ(world.status(a(), MemoryFree{at(first), 2 * page}), PD_NOT_OWNER);
        EXPECT_EQ(world.status(a(), MemorySetPerm{at(first), 2 * page, r, 2, 0}), PD_NOT_OWNER);
        EXPECT_EQ(world.status(a(), MemoryTransfer{at(first), 2 * page, 2}), PD_NOT_OWNER);
    }
    for (const std::uint64_t first : {1U, 4U, 6U}) {
        EXPECT_EQ(world.status(b(), MemoryFree{at(first), 2 * page}), PD_NOT_OWNER);
        EXPECT_EQ(world.status(b(), MemorySetPerm{at(first), 2 * page, r, 2, 0}), PD_NOT_OWNER);
        EXPECT_EQ(world.status(b(), MemoryTransfer{at(first), 2 * page, 2}), PD_NOT_OWNER);
    }
    EXPECT_EQ(snapshot(world), before);
    EXPECT_EQ(world.status(b(), MemoryFree{at(2), 3 * page}), PD_OK);
    EXPECT_EQ(query(a(), 2), "nothing") << "a freed page is nobody's, whoever could use it";
    EXPECT_EQ(world.status(a(), MemoryFree{at(0), 2 * page}), PD_OK);
    EXPECT_EQ(world.status(a(), MemoryFree{at(5), 3 * page}), PD_OK);
    EXPECT_EQ(world.value(c(), MemoryAlloc{8 * page, r}), base) << "one piece again";
}

TEST_F(G5Parts, what_comes_back_is_one_stretch_again)
{
    world.value(a(), MemoryTransfer{at(2), 3 * page, 1});
    world.value(b(), MemoryTransfer{at(2), 3 * page, 0});
    EXPECT_EQ(query(a(), 4), "[0,8) of 0: 3");
    world.value(a(), MemoryTransfer{at(0), 4 * page, 1});
    world.value(a(), MemoryTransfer{at(4), 4 * page, 1});
    EXPECT_EQ(query(b(), 4), "[0,8) of 1: 0");
    EXPECT_EQ(world.status(b(), MemoryFree{at(0), 8 * page}), PD_OK);
}

TEST_F(G5Parts, grants_survive_a_transfer_and_are_the_new_owners_to_revoke)
{
    world.value(a(), MemorySetPerm{at(1), 4 * page, r, 2, 0});
    world.value(a(), MemoryTransfer{at(3), 4 * page, 1});
    EXPECT_EQ(query(c(), 2), "[1,3) of 0: 1");
    EXPECT_EQ(query(c(), 3), "[3,5) of 1: 1");
    EXPECT_EQ(query(a(), 4), "[3,7) of 1: 3");
    EXPECT_EQ(world.status(a(), MemorySetPerm{at(3), page, 0, 2, 0}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(b(), MemorySetPerm{at(3), 4 * page, rw, PD_SELF, PD_EXCLUSIVE}), PD_OK);
    EXPECT_EQ(query(c(), 3), "nothing");
    EXPECT_EQ(query(c(), 2), "[1,3) of 0: 1") << "the old owner's part is as it was";
    EXPECT_EQ(query(a(), 4), "nothing") << "the old owner too has lost what is not its own";
    EXPECT_EQ(query(b(), 4), "[3,7) of 1: 3");
}

TEST_F(G5Parts, a_free_spans_allocations_parts_and_permissions)
{
    const std::uint64_t more = world.value(a(), MemoryAlloc{4 * page, r});
    ASSERT_EQ(more, base + 8 * page);
    world.value(a(), MemorySetPerm{at(5), page, rw, 1, 0});
    world.value(a(), MemorySetPerm{at(6), 4 * page, r, 2, 0});
    world.value(a(), MemorySetPerm{at(7), page, 0, PD_SELF, 0});
    EXPECT_EQ(world.status(a(), MemoryFree{at(4), 7 * page}), PD_OK);
    for (std::uint64_t number = 4; number < 11; ++number) {
        for (const Caller& caller : callers) {
            EXPECT_EQ(query(caller, number), "nothing");
        }
    }
    EXPECT_EQ(query(a(), 3), "[0,4) of 0: 3");
    EXPECT_EQ(query(a(), 11), "[11,12) of 0: 1");
    EXPECT_EQ(world.supervisor.usage(domains[0]).memory.current, 7 * page);
    EXPECT_EQ(world.supervisor.usage(domains[0]).grants.current, 0U);
}

TEST_F(G5Parts, each_page_can_be_told_apart)
{
    const std::uint64_t perms[] = {0, r, rw, PD_PERM_READ | PD_PERM_EXECUTE};
    for (std::uint64_t number = 0; number < 8; ++number) {
        world.value(a(), MemorySetPerm{at(number), page, perms[number % 4], 1, 0});
        world.value(a(), MemorySetPerm{at(number), page, perms[number / 2], PD_SELF, 0});
    }
    for (std::uint64_t number = 0; number < 8; ++number) {
        EXPECT_EQ(world.machine.in_tables(domains[1], at(number)),
                  static_cast<Perm>(perms[number % 4]));
        EXPECT_EQ(world.machine.in_tables(domains[0], at(number)),
                  static_cast<Perm>(perms[number / 2]));
    }
}

TEST_F(G8Parts, exclusive_on_a_part_leaves_the_rest)
{
    world.value(a(), MemorySetPerm{at(0), 8 * page, rw, 1, 0});
    world.value(a(), MemorySetPerm{at(0), 8 * page, r, 2, 0});
    EXPECT_EQ(world.status(a(), MemorySetPerm{at(3), 2 * page, r, 2, PD_EXCLUSIVE}), PD_OK);
    EXPECT_EQ(query(a(), 3), "[3,5) of 0: 0");
    EXPECT_EQ(query(b(), 3), "nothing");
    EXPECT_EQ(query(b(), 2), "[0,3) of 0: 3");
    EXPECT_EQ(query(b(), 5), "[5,8) of 0: 3");
    EXPECT_EQ(query(c(), 4), "[0,8) of 0: 1") << "nothing has changed for who gets it";
    EXPECT_EQ(query(a(), 5), "[5,8) of 0: 3");
}

TEST_F(G8Parts, exclusive_where_each_page_is_shared_otherwise_is_one_flush)
{
    world.value(a(), MemorySetPerm{at(0), 2 * page, rw, 1, 0});
    world.value(a(), MemorySetPerm{at(1), 2 * page, r, 2, 0});
    world.value(a(), MemorySetPerm{at(2), page, 0, PD_SELF, 0});
    const Plan plan = world.begin(a(), MemorySetPerm{at(0), 4 * page, r, 1, PD_EXCLUSIVE});
    std::size_t flushes = 0;
    bool was_flushed = false;
    for (const Effect& effect : plan.effects) {
        if (std::holds_alternative<Flush>(effect)) {
            ++flushes;
            was_flushed = true;
            EXPECT_EQ(std::get<Flush>(effect).pages, (Range{at(0), at(4)}));
        } else if (std::get<SetDomainPages>(effect).perm == Perm::none) {
            EXPECT_FALSE(was_flushed) << "what is taken away is taken before the flush";
        }
    }
    EXPECT_EQ(flushes, 1U);
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
    EXPECT_EQ(query(b(), 3), "[0,4) of 0: 1");
    EXPECT_EQ(query(c(), 1), "nothing");
}

TEST_F(G5Parts, a_domain_that_is_gone_gets_neither_pages_nor_rights)
{
    world.value(a(), MemorySetPerm{at(0), 2 * page, rw, 1, 0});
    world.supervisor.stop_domain(domains[1]);
    const std::string stopped = snapshot(world);
    EXPECT_EQ(world.status(a(), MemorySetPerm{at(2), page, r, 1, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a(), MemorySetPerm{at(0), page, 0, 1, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a(), MemoryTransfer{at(2), page, 1}), PD_BAD_HANDLE);
    EXPECT_EQ(snapshot(world), stopped);
    world.supervisor.leave(VcpuId{1}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    const std::string released = snapshot(world);
    EXPECT_EQ(world.status(a(), MemorySetPerm{at(2), page, r, 1, 0}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a(), MemoryTransfer{at(2), page, 1}), PD_BAD_HANDLE);
    EXPECT_EQ(snapshot(world), released);
    EXPECT_EQ(query(a(), 0), "[0,8) of 0: 3") << "what it had been granted is forgotten";
}

TEST_F(G5Parts, pages_passed_on_go_with_their_new_owner)
{
    world.value(a(), MemoryTransfer{at(2), 3 * page, 1});
    world.supervisor.stop_domain(domains[1]);
    world.supervisor.leave(VcpuId{1}, world.now);
    EXPECT_EQ(world.release_quiescent(), 1U);
    EXPECT_EQ(query(a(), 1), "[0,2) of 0: 3");
    EXPECT_EQ(query(a(), 2), "nothing") << "though the old owner could still use them";
    EXPECT_EQ(world.machine.in_tables(domains[0], at(2)), Perm::none);
}

} // namespace
} // namespace glacis::supervisor::test
