// Guest memory and page tables as the VMM holds them, in a VM without vCPUs.

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <optional>
#include <vector>

#include "kvm/kvm.hpp"
#include "machine/guest_memory.hpp"
#include "machine/table_memory.hpp"

namespace glacis::kvm_tests {
namespace {

using supervisor::page_size;
using supervisor::Range;

class VmAlone : public testing::Test {
protected:
    void SetUp() override
    {
        const auto device = kvm::Kvm::open(kvm::device_path());
        ASSERT_TRUE(device) << device.error().text();
        auto created = device->create_vm();
        ASSERT_TRUE(created) << created.error().text();
        vm.emplace(std::move(*created));
    }

    std::optional<kvm::Vm> vm;
};

using TableMemory = VmAlone;

TEST_F(TableMemory, goes_on_behind_the_supervisors_pages)
{
    auto system = SystemMemory::create(*vm, 0, 1);
    ASSERT_TRUE(system) << system.error().text();
    GuestTableMemory tables(*vm, *system, 2);
    constexpr std::uint64_t pages = 2 * (SystemMemory::tables_size + (16ULL << 20)) / page_size;
    for (std::uint64_t index = 0; index < pages; ++index) {
        const auto address = tables.allocate();
        ASSERT_TRUE(address) << index;
        ASSERT_EQ(*address, GLACIS_TABLES_BASE + index * page_size);
        ASSERT_EQ(*tables.page(*address), 0U) << index;
        *tables.page(*address) = *address;
    }
    for (std::uint64_t index = 0; index < pages; ++index) {
        const std::uint64_t address = GLACIS_TABLES_BASE + index * page_size;
        ASSERT_EQ(*tables.page(address), address);
    }
    // The blocks of all vCPUs that there may be lie in front of the tables, untouched.
    constexpr std::uint64_t blocks = GLACIS_TABLES_BASE - GLACIS_VCPU_BASE;
    const std::uint8_t* first = system->at(GLACIS_VCPU_BASE);
    EXPECT_TRUE(std::all_of(first, first + blocks, [](std::uint8_t byte) { return byte == 0; }));
}

class G12GuestArea : public VmAlone {
protected:
    void SetUp() override
    {
        VmAlone::SetUp();
        auto created = GuestFile::create(2 * size);
        ASSERT_TRUE(created) << created.error().text();
        file = std::move(*created);
        lower.emplace(*vm, 0, file, 0, Range{low, low + size}, page_size);
        upper.emplace(*vm, 1024, file, size, Range{high, high + size}, page_size);
    }

    static constexpr std::uint64_t size = 16 * page_size;
    static constexpr std::uint64_t low = 0x4000'0000;
    static constexpr std::uint64_t high = 0x1'0000'0000;
    GuestFile file;
    std::optional<GuestArea> lower;
    std::optional<GuestArea> upper;
};

TEST_F(G12GuestArea, what_is_written_is_there_and_zeros_around_it)
{
    const std::vector<std::byte> bytes(page_size + 100, std::byte{0x5a});
    ASSERT_TRUE(upper->commit({high, high + size}));
    ASSERT_TRUE(upper->write(high + 0xf00, bytes));
    upper->populate({high, high + 4 * page_size});
    for (std::uint64_t offset = 0; offset < size; ++offset) {
        const bool is_written = offset >= 0xf00 && offset < 0xf00 + bytes.size();
        ASSERT_EQ(*upper->own(high + offset), is_written ? 0x5a : 0) << offset;
    }
    ASSERT_TRUE(upper->release({high, high + size}));
    EXPECT_EQ(*upper->own(high + 0xf00), 0);
}

TEST_F(G12GuestArea, areas_of_one_file_know_nothing_of_each_other)
{
    const std::vector<std::byte> bytes(page_size, std::byte{1});
    ASSERT_TRUE(upper->write(high, bytes));
    EXPECT_EQ(lower->touched_below_top({low, low + size}), 0U);
    std::uint8_t byte = 1;
    ASSERT_TRUE(lower->peek(low + size - 1, &byte, 1));
    EXPECT_EQ(byte, 0);

    ASSERT_TRUE(lower->write(low + size - page_size, bytes));
    EXPECT_EQ(lower->touched_below_top({low, low + size}), page_size);
    ASSERT_TRUE(lower->commit({low, low + size}));
    ASSERT_TRUE(lower->release({low, low + size}));
    EXPECT_EQ(lower->touched_below_top({low, low + size}), 0U);
    EXPECT_EQ(upper->touched_below_top({high, high + size}), size);
    EXPECT_EQ(*upper->own(high), 1);
}

} // namespace
} // namespace glacis::kvm_tests
