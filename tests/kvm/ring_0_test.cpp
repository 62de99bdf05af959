// G4 without its first line: code in ring 0 with page tables of its own choosing cannot reach what
// stage 2 does not hold.

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "arch/x86_64/cpu_model.hpp"
#include "machine/guest_space.hpp"

namespace glacis::kvm_tests {
namespace {

using supervisor::Commit;
using supervisor::Layout;
using supervisor::Range;
using supervisor::Release;

constexpr std::uint64_t hostile_base = 0x8000000; // a slot of its own, outside everything of Glacis
constexpr std::uint64_t hostile_size = 0x10000;
constexpr std::uint32_t hostile_slot = 100;

/// A vCPU in ring 0 whose tables map the first 512 GiB, writable and executable, to themselves.
class Ring0 : public testing::Test {
protected:
    void SetUp() override
    {
        auto kvm = kvm::Kvm::open(kvm::device_path());
        ASSERT_TRUE(kvm) << kvm.error().text();
        auto model = make_cpu_model(*kvm);
        ASSERT_TRUE(model) << model.error().text();
        model_ = std::move(*model);
        auto vm = kvm->create_vm();
        ASSERT_TRUE(vm) << vm.error().text();
        layout_.stack_area = {0x40000000, 0x50000000};
        layout_.stack_slot = 0x100000;
        layout_.stack_guard = 0x10000;
        layout_.memory = {0x100000000, 0x100000000 + (16ULL << 20)};
        auto space = GuestSpace::create(std::move(*vm), layout_, Protection::domains);
        ASSERT_TRUE(space) << space.error().text();
        space_ = std::move(*space);
        build_hostile_tables();
    }

    void build_hostile_tables()
    {
        void* memory = ::mmap(nullptr, hostile_size, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(memory, MAP_FAILED);
        hostile_ = Mapping(memory, hostile_size);
        ASSERT_TRUE(space_->vm().set_memory(hostile_slot, hostile_base, hostile_size, memory, 0));
        constexpr std::uint64_t present_writable_user = 7;
        constexpr std::uint64_t large = 0x80;
        auto* level4 = reinterpret_cast<std::uint64_t*>(hostile_.data());
        auto* level3 = level4 + 512;
        level4[0] = (hostile_base + 0x1000) | present_writable_user;
        for (std::uint64_t gib = 0; gib < 512; ++gib) {
            level3[gib] = gib << 30 | present_writable_user | large;
        }
        // Without 1 GiB pages the walk needs one level more: the four GiB that hold anything.
        auto* level2 = level3 + 512;
        for (std::uint64_t gib = 0; gib < 5; ++gib) {
            for (std::uint64_t part = 0; part < 512; ++part) {
                level2[gib * 512 + part] = (gib << 30 | part << 21) | present_writable_user | large;
            }
            level3[gib] = (hostile_base + 0x2000 + gib * 0x1000) | present_writable_user;
        }
    }

    /// Runs `code` in ring 0 with `rdi` = address, `rsp` = stack pointer, until the first exit.
    kvm::Exit run(std::initializer_list<std::uint8_t> code, std::uint64_t address,
                  std::uint64_t stack_pointer = hostile_base + hostile_size)
    {
        std::copy(code.begin(), code.end(), hostile_.data() + 0x8000);
        auto created = space_->vm().create_vcpu(next_vcpu_++);
        EXPECT_TRUE(created) << created.error().text();
        kvm::Vcpu vcpu = std::move(*created);
        EXPECT_EQ(::ioctl(vcpu.fd(), glacis::x86_64::request_set_cpuid2, &model_->cpuid), 0);
        kvm_sregs sregs{};
        EXPECT_EQ(::ioctl(vcpu.fd(), KVM_GET_SREGS, &sregs), 0);
        sregs = glacis::x86_64::initial_segments(sregs, 0, hostile_base, model_->cr4_required);
        EXPECT_EQ(::ioctl(vcpu.fd(), KVM_SET_SREGS, &sregs), 0);
        kvm_regs registers{};
        registers.rip = hostile_base + 0x8000;
        registers.rsp = stack_pointer;
        registers.rdi = address;
        registers.rax = 0x4141414141414141;
        registers.rflags = 2;
        EXPECT_EQ(::ioctl(vcpu.fd(), KVM_SET_REGS, &registers), 0);
        return vcpu.run();
    }

    void commit(Range pages)
    {
        const auto outcome = space_->perform({Commit{pages}});
        ASSERT_FALSE(outcome.failed);
    }

    /// Whether any byte of the pages has content.
    [[nodiscard]] bool is_untouched(Range pages) const
    {
        return space_->touched_below_top(pages) == 0;
    }

    static bool is_wall(const kvm::Exit& exit)
    {
        return std::holds_alternative<kvm::Refused>(exit) ||
               std::holds_alternative<kvm::Mmio>(exit) ||
               std::holds_alternative<kvm::InternalError>(exit) ||
               std::holds_alternative<kvm::Shutdown>(exit);
    }

    Layout layout_;
    CpuModelPointer model_;
    std::unique_ptr<GuestSpace> space_;
    Mapping hostile_;
    std::uint32_t next_vcpu_ = 0;
};

// mov %rax,(%rdi); out %al,$0x99
constexpr std::initializer_list<std::uint8_t> store = {0x48, 0x89, 0x07, 0xe6, 0x99};
// mov (%rdi),%rbx; out %al,$0x99
constexpr std::initializer_list<std::uint8_t> fetch = {0x48, 0x8b, 0x1f, 0xe6, 0x99};
// push %rax; out %al,$0x99
constexpr std::initializer_list<std::uint8_t> push = {0x50, 0xe6, 0x99};

bool came_through(const kvm::Exit& exit)
{
    const auto* port = std::get_if<kvm::PortWrite>(&exit);
    return port != nullptr && port->port == 0x99;
}

TEST_F(Ring0, G4_reaches_what_is_committed)
{
    commit({0x400ff000, 0x40100000});
    EXPECT_TRUE(came_through(run(store, 0x400ff000)));
    EXPECT_TRUE(came_through(run(store, 0x400ffff8)));
    std::array<std::uint8_t, 8> bytes{};
    ASSERT_TRUE(space_->copy_in(0x400ffff8, bytes));
    EXPECT_EQ(bytes[0], 0x41);
}

TEST_F(Ring0, G4_cannot_write_into_any_guard_or_empty_slot)
{
    commit({0x400f0000, 0x40100000});
    commit({0x401ff000, 0x40200000});
    for (const std::uint64_t address :
         {0x400efff8UL, 0x400ef000UL, 0x400e0000UL, 0x40000000UL, 0x40100000UL, 0x4010fff8UL,
          0x401feff8UL, 0x40200000UL, 0x4fffff00UL}) {
        EXPECT_TRUE(is_wall(run(store, address))) << std::hex << address;
    }
    EXPECT_TRUE(is_untouched({0x40000000, 0x400f0000}));
    EXPECT_TRUE(is_untouched({0x40100000, 0x401ff000}));
    EXPECT_TRUE(is_untouched({0x40200000, 0x50000000}));
}

TEST_F(Ring0, G4_cannot_read_any_guard)
{
    commit({0x400f0000, 0x40100000});
    for (const std::uint64_t address : {0x400efff8UL, 0x40000000UL, 0x40100000UL}) {
        EXPECT_FALSE(came_through(run(fetch, address))) << std::hex << address;
    }
}

TEST_F(Ring0, G4_cannot_push_below_a_stack)
{
    commit({0x400f0000, 0x40100000});
    EXPECT_TRUE(came_through(run(push, 0, 0x400f0008)));
    EXPECT_TRUE(is_wall(run(push, 0, 0x400f0000)));
    EXPECT_TRUE(is_untouched({0x40000000, 0x400f0000}));
}

TEST_F(Ring0, G4_the_guard_holds_after_growth)
{
    commit({0x400f0000, 0x40100000});
    commit({0x400e8000, 0x400f0000});
    EXPECT_TRUE(came_through(run(store, 0x400e8000)));
    EXPECT_TRUE(is_wall(run(store, 0x400e7ff8)));
}

TEST_F(Ring0, G2_cannot_reach_what_was_released)
{
    commit({0x400f0000, 0x40100000});
    EXPECT_TRUE(came_through(run(store, 0x400ff000)));
    ASSERT_FALSE(space_->perform({Release{{0x400f0000, 0x40100000}}}).failed);
    EXPECT_TRUE(is_wall(run(store, 0x400ff000)));
    EXPECT_TRUE(is_untouched({0x400f0000, 0x40100000}));
}

TEST_F(Ring0, G12_finds_zero_where_somebody_wrote_before)
{
    commit({0x400ff000, 0x40100000});
    EXPECT_TRUE(came_through(run(store, 0x400ff000)));
    ASSERT_FALSE(space_->perform({Release{{0x400ff000, 0x40100000}}}).failed);
    commit({0x400ff000, 0x40100000});
    EXPECT_TRUE(came_through(run(fetch, 0x400ff000)));
    std::array<std::uint8_t, 8> bytes{1};
    ASSERT_TRUE(space_->copy_in(0x400ff000, bytes));
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 8>{}));
}

TEST_F(Ring0, G4_cannot_write_domain_memory_that_nobody_has)
{
    EXPECT_TRUE(is_wall(run(store, 0x100000000)));
    commit({0x100000000, 0x100001000});
    EXPECT_TRUE(came_through(run(store, 0x100000000)));
    EXPECT_TRUE(is_wall(run(store, 0x100001000)));
}

TEST_F(Ring0, G11_cannot_change_the_shim_or_the_gate)
{
    std::array<std::uint8_t, 64> before{};
    std::memcpy(before.data(), space_->system().at(GLACIS_SHIM_BASE), before.size());
    (void)run(store, GLACIS_SHIM_BASE);
    EXPECT_EQ(std::memcmp(before.data(), space_->system().at(GLACIS_SHIM_BASE), before.size()), 0);
    (void)run(store, GLACIS_GATE_BASE);
    EXPECT_EQ(*space_->system().at(GLACIS_GATE_BASE), 0x0f);
}

} // namespace
} // namespace glacis::kvm_tests
