// memory_alloc, memory_free, memory_set_perm, memory_transfer, memory_query: every status of each.

#include <gtest/gtest.h>

#include "world.hpp"

namespace glacis::supervisor::test {
namespace {

constexpr std::uint64_t r = PD_PERM_READ;
constexpr std::uint64_t rw = PD_PERM_READ | PD_PERM_WRITE;
constexpr std::uint64_t rx = PD_PERM_READ | PD_PERM_EXECUTE;
constexpr std::uint64_t unaligned = 0x1'0000'0010;
constexpr std::uint64_t last_page = ~std::uint64_t{0} - page + 1;

class MemoryCalls : public ::testing::Test {
public:
    MemoryCalls()
    {
        Quota quota;
        quota.memory = 16 * page;
        first = world.add_domain("first", quota);
        second = world.add_domain("second", quota);
        a = world.dispatch(0);
        b = world.dispatch(1);
    }
    ~MemoryCalls() override { world.check_idle(); }

    std::uint64_t alloc(const Caller& caller, std::uint64_t pages, std::uint64_t perm = rw)
    {
        return world.value(caller, MemoryAlloc{pages * page, perm});
    }
    [[nodiscard]] Perm record(const Caller& caller, std::uint64_t address) const
    {
        return world.supervisor.permission(caller.domain, StackId{0}, address);
    }

    World world;
    DomainId first{};
    DomainId second{};
    Caller a; ///< main thread of `first`
    Caller b; ///< main thread of `second`
    std::uint64_t second_number = 1;
};

TEST_F(MemoryCalls, alloc_gives_pages_with_the_permission_asked_for)
{
    const std::uint64_t base = alloc(a, 3, rx);
    EXPECT_TRUE(world.layout.memory.contains(base));
    EXPECT_EQ(record(a, base + 2 * page), Perm::read_execute);
    EXPECT_EQ(world.machine.in_tables(first, base + 2 * page), Perm::read_execute);
    EXPECT_EQ(record(b, base), Perm::none);
    EXPECT_EQ(world.supervisor.usage(first).memory.current, 5 * page);
}

TEST_F(MemoryCalls, alloc_refuses_each_bad_argument_with_its_own_status)
{
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(a, MemoryAlloc{page + 1, rw}), PD_MISALIGNED);
    EXPECT_EQ(world.status(a, MemoryAlloc{0, rw}), PD_EMPTY_RANGE);
    EXPECT_EQ(world.status(a, MemoryAlloc{page, PD_PERM_WRITE | PD_PERM_EXECUTE}), PD_BAD_ARGUMENT);
    EXPECT_EQ(world.status(a, MemoryAlloc{page, 7}), PD_BAD_ARGUMENT);
    EXPECT_EQ(world.status(a, MemoryAlloc{page, PD_PERM_WRITE}), PD_BAD_ARGUMENT);
    EXPECT_EQ(world.status(a, MemoryAlloc{page, PD_PERM_EXECUTE}), PD_BAD_ARGUMENT);
    EXPECT_EQ(world.status(a, MemoryAlloc{page, std::uint64_t{1} << 32}), PD_BAD_ARGUMENT);
    EXPECT_EQ(world.status(a, MemoryAlloc{15 * page, rw}), PD_QUOTA_MEMORY);
    EXPECT_EQ(world.status(a, MemoryAlloc{last_page, rw}), PD_QUOTA_MEMORY);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(MemoryCalls, alloc_without_quota_says_when_no_piece_is_large_enough)
{
    world.add_domain("third");
    const Caller c = world.dispatch(2);
    EXPECT_EQ(world.status(c, MemoryAlloc{59 * page, rw}), PD_NO_MEMORY);
    EXPECT_EQ(world.status(c, MemoryAlloc{last_page, rw}), PD_NO_MEMORY);
    EXPECT_EQ(world.status(c, MemoryAlloc{58 * page, rw}), PD_OK);
    EXPECT_EQ(world.status(c, MemoryAlloc{page, rw}), PD_NO_MEMORY);
}

TEST_F(MemoryCalls, free_takes_any_pages_the_caller_owns)
{
    const std::uint64_t one = alloc(a, 4);
    const std::uint64_t two = alloc(a, 4);
    ASSERT_EQ(two, one + 4 * page);
    EXPECT_EQ(world.status(a, MemoryFree{one + 2 * page, 4 * page}), PD_OK);
    EXPECT_EQ(record(a, one + page), Perm::read_write);
    EXPECT_EQ(record(a, one + 2 * page), Perm::none);
    EXPECT_EQ(record(a, two + 2 * page), Perm::read_write);
    EXPECT_EQ(world.supervisor.usage(first).memory.current, 6 * page);
    EXPECT_EQ(world.supervisor.usage(first).memory.peak, 10 * page);
}

TEST_F(MemoryCalls, free_refuses_each_bad_range_with_its_own_status)
{
    const std::uint64_t mine = alloc(a, 2);
    const std::uint64_t foreign = alloc(b, 1);
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(a, MemoryFree{unaligned, page}), PD_MISALIGNED);
    EXPECT_EQ(world.status(a, MemoryFree{mine, 1}), PD_MISALIGNED);
    EXPECT_EQ(world.status(a, MemoryFree{mine, 0}), PD_EMPTY_RANGE);
    EXPECT_EQ(world.status(a, MemoryFree{last_page, 2 * page}), PD_RANGE_OVERFLOW);
    EXPECT_EQ(world.status(a, MemoryFree{mine, last_page}), PD_RANGE_OVERFLOW);
    EXPECT_EQ(world.status(a, MemoryFree{GLACIS_ADDRESS_LIMIT, page}), PD_RANGE_OVERFLOW);
    EXPECT_EQ(world.status(a, MemoryFree{GLACIS_ADDRESS_LIMIT - page, page}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(a, MemoryFree{foreign + page, page}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(a, MemoryFree{mine, 4 * page}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(a, MemoryFree{mine, 3 * page}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, MemoryFree{foreign, page}), PD_NOT_OWNER);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(MemoryCalls, pages_that_another_call_works_on_are_in_use)
{
    const std::uint64_t base = alloc(a, 4);
    world.value(a, MemoryTransfer{base, 4 * page, second_number});
    const Plan plan = world.begin(b, MemorySetPerm{base + page, page, r, PD_SELF, 0});
    ASSERT_FALSE(plan.is_final);
    EXPECT_TRUE(world.supervisor.is_changing(base + page));
    EXPECT_FALSE(world.supervisor.is_changing(base));
    // Another thread of the same domain tries meanwhile: the owner's calls alone get so far.
    const std::uint64_t stack =
        world.perform(world.supervisor.reserve_stack(second, page, 0)).reply.value;
    world.supervisor.start_main_thread(second, StackId{stack}, world.code(second), 0);
    const Caller c = world.dispatch(2);
    EXPECT_EQ(world.status(c, MemoryFree{base, 2 * page}), PD_IN_USE);
    EXPECT_EQ(world.status(c, MemorySetPerm{base, 2 * page, r, PD_SELF, 0}), PD_IN_USE);
    EXPECT_EQ(world.status(c, MemoryTransfer{base, 2 * page, 0}), PD_IN_USE);
    EXPECT_EQ(world.status(c, MemoryFree{base, page}), PD_OK);
    EXPECT_EQ(world.perform(plan).reply.status, PD_OK);
    EXPECT_EQ(world.status(c, MemoryFree{base + page, page}), PD_OK);
}

TEST_F(MemoryCalls, set_perm_grants_to_another_domain_and_revokes)
{
    const std::uint64_t base = alloc(a, 2);
    EXPECT_EQ(world.status(a, MemorySetPerm{base, page, r, second_number, 0}), PD_OK);
    EXPECT_EQ(record(b, base), Perm::read);
    EXPECT_EQ(record(b, base + page), Perm::none);
    EXPECT_EQ(record(a, base), Perm::read_write);
    EXPECT_EQ(world.status(a, MemorySetPerm{base, page, 0, second_number, 0}), PD_OK);
    EXPECT_EQ(record(b, base), Perm::none);
    EXPECT_EQ(world.machine.in_tables(second, base), Perm::none);
}

TEST_F(MemoryCalls, set_perm_exclusive_takes_the_pages_from_everybody_else)
{
    world.add_domain("third");
    const Caller c = world.dispatch(2);
    const std::uint64_t base = alloc(a, 2);
    world.value(a, MemorySetPerm{base, 2 * page, r, 2, 0});
    EXPECT_EQ(world.status(a, MemorySetPerm{base, page, rw, second_number, PD_EXCLUSIVE}), PD_OK);
    EXPECT_EQ(record(a, base), Perm::none);
    EXPECT_EQ(record(b, base), Perm::read_write);
    EXPECT_EQ(record(c, base), Perm::none);
    EXPECT_EQ(record(c, base + page), Perm::read);
    // The owner can still take them back.
    EXPECT_EQ(world.status(a, MemorySetPerm{base, page, r, PD_SELF, PD_EXCLUSIVE}), PD_OK);
    EXPECT_EQ(record(b, base), Perm::none);
}

TEST_F(MemoryCalls, set_perm_refuses_each_bad_argument_with_its_own_status)
{
    const std::uint64_t mine = alloc(a, 2);
    const std::uint64_t foreign = alloc(b, 1);
    const std::string before = snapshot(world);
    const auto set = [&](std::uint64_t address, std::uint64_t length, std::uint64_t perm = r,
                         std::uint64_t domain = 1, std::uint64_t flags = 0) {
        return world.status(a, MemorySetPerm{address, length, perm, domain, flags});
    };
    EXPECT_EQ(set(unaligned, page), PD_MISALIGNED);
    EXPECT_EQ(set(mine, page / 2), PD_MISALIGNED);
    EXPECT_EQ(set(mine, 0), PD_EMPTY_RANGE);
    EXPECT_EQ(set(last_page, page), PD_RANGE_OVERFLOW);
    EXPECT_EQ(set(mine, page, PD_PERM_WRITE | PD_PERM_EXECUTE), PD_BAD_ARGUMENT);
    EXPECT_EQ(set(mine, page, 8), PD_BAD_ARGUMENT);
    EXPECT_EQ(set(mine, page, r, 1, 2), PD_BAD_ARGUMENT);
    EXPECT_EQ(set(mine, page, r, 1, std::uint64_t{1} << 40), PD_BAD_ARGUMENT);
    EXPECT_EQ(set(mine, page, r, 2), PD_BAD_HANDLE);
    EXPECT_EQ(set(mine, page, r, std::uint64_t{1} << 32), PD_BAD_HANDLE);
    EXPECT_EQ(set(foreign + page, page), PD_NOT_COMMITTED);
    EXPECT_EQ(set(world.layout.stack_area.begin, page), PD_NOT_COMMITTED);
    EXPECT_EQ(set(foreign, page), PD_NOT_OWNER);
    EXPECT_EQ(set(mine, 3 * page), PD_NOT_OWNER);
    EXPECT_EQ(snapshot(world), before);
}

TEST_F(MemoryCalls, transfer_passes_ownership_and_charge_but_no_permission)
{
    const std::uint64_t base = alloc(a, 2);
    EXPECT_EQ(world.status(a, MemoryTransfer{base, page, second_number}), PD_OK);
    EXPECT_EQ(record(a, base), Perm::read_write);
    EXPECT_EQ(record(b, base), Perm::none);
    EXPECT_EQ(world.status(a, MemoryFree{base, page}), PD_NOT_OWNER);
    EXPECT_EQ(world.supervisor.usage(first).memory.current, 3 * page);
    EXPECT_EQ(world.supervisor.usage(second).memory.current, 3 * page);
    EXPECT_EQ(world.status(b, MemoryFree{base, page}), PD_OK);
    EXPECT_EQ(record(a, base), Perm::none);
}

TEST_F(MemoryCalls, transfer_refuses_each_bad_argument_with_its_own_status)
{
    const std::uint64_t mine = alloc(a, 10);
    alloc(b, 10);
    const std::string before = snapshot(world);
    EXPECT_EQ(world.status(a, MemoryTransfer{mine + 1, page, 1}), PD_MISALIGNED);
    EXPECT_EQ(world.status(a, MemoryTransfer{mine, 0, 1}), PD_EMPTY_RANGE);
    EXPECT_EQ(world.status(a, MemoryTransfer{last_page, page, 1}), PD_RANGE_OVERFLOW);
    EXPECT_EQ(world.status(a, MemoryTransfer{mine, page, 9}), PD_BAD_HANDLE);
    EXPECT_EQ(world.status(a, MemoryTransfer{world.layout.memory.end - page, page, 1}),
              PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(a, MemoryTransfer{world.data(second), page, 1}), PD_NOT_OWNER);
    EXPECT_EQ(world.status(a, MemoryTransfer{mine, 5 * page, 1}), PD_QUOTA_MEMORY);
    EXPECT_EQ(snapshot(world), before);
    EXPECT_EQ(world.status(a, MemoryTransfer{mine, 10 * page, PD_SELF}), PD_OK);
    EXPECT_EQ(world.status(a, MemoryTransfer{mine, 4 * page, 1}), PD_OK);
}

TEST_F(MemoryCalls, query_tells_owner_and_right_of_the_whole_alike_range)
{
    const std::uint64_t base = alloc(a, 4);
    world.value(a, MemorySetPerm{base + page, page, r, second_number, 0});
    const auto own = std::get<pd_memory_info>(world.call(a, MemoryQuery{base + page + 5}).out);
    EXPECT_LE(own.base, base);
    EXPECT_GE(own.base + own.length, base + 4 * page);
    EXPECT_EQ(own.owner, 0U);
    EXPECT_EQ(own.perm, rw);
    const auto granted = std::get<pd_memory_info>(world.call(b, MemoryQuery{base + page}).out);
    EXPECT_EQ(granted.base, base + page);
    EXPECT_EQ(granted.length, page);
    EXPECT_EQ(granted.owner, 0U);
    EXPECT_EQ(granted.perm, r);
}

TEST_F(MemoryCalls, query_does_not_tell_about_a_neighbours_memory)
{
    const std::uint64_t base = alloc(a, 1);
    EXPECT_EQ(world.status(b, MemoryQuery{base}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(b, MemoryQuery{world.layout.memory.end - 1}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(b, MemoryQuery{0}), PD_NOT_COMMITTED);
    EXPECT_EQ(world.status(b, MemoryQuery{~std::uint64_t{0}}), PD_NOT_COMMITTED);
}

TEST_F(MemoryCalls, query_of_a_shared_region_names_the_supervisor_as_owner)
{
    const std::uint64_t base =
        world.perform(world.supervisor.reserve_memory(supervisor_domain, page, Perm::none))
            .reply.value;
    EXPECT_EQ(world.status(b, MemoryQuery{base}), PD_NOT_COMMITTED);
    world.perform(world.supervisor.set_reserved_perm(second, {base, base + page}, Perm::read));
    const auto info = std::get<pd_memory_info>(world.call(b, MemoryQuery{base}).out);
    EXPECT_EQ(info.owner, PD_SELF);
    EXPECT_EQ(info.perm, r);
    EXPECT_EQ(world.status(b, MemoryFree{base, page}), PD_NOT_OWNER);
}

} // namespace
} // namespace glacis::supervisor::test
