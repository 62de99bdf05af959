// A system of two domains whose program is hand-made, with symbols.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "campaign/plan.hpp"

namespace glacis::campaign::test {

/// Offsets in the program. Behind main's last instruction there are nops.
///
///   0x1000 malloc: ret
///   0x1008 free:   ret
///   0x100c memcpy: ret
///   0x1010 main:   push %rbp
///   0x1011         mov %rsp, %rbp
///   0x1014         xor %eax, %eax
///   0x1016         mov %eax, %edi
///   0x1018         call malloc
///   0x101d         cmp $0xa, %eax
///   0x1020         jne 0x1014
///   0x1022         mov -0x10(%rbp), %eax
///   0x1025         pop %rbp
///   0x1026         ret
namespace sample {
constexpr std::uint64_t malloc = 0x1000;
constexpr std::uint64_t free = 0x1008;
constexpr std::uint64_t memcpy = 0x100c;
constexpr std::uint64_t main = 0x1010;
constexpr std::uint64_t main_end = 0x1027;
constexpr std::array<std::uint64_t, 10> instructions{0x1010, 0x1011, 0x1014, 0x1016, 0x1018,
                                                     0x101d, 0x1020, 0x1022, 0x1025, 0x1026};
} // namespace sample

/// Domains 'parser' and 'writer'. Skipped where programs are of another architecture.
class TargetWorld : public ::testing::Test {
protected:
    TargetWorld();
    void SetUp() override;

    [[nodiscard]] const Target& parser() const { return targets_[0]; }

    SystemDescription system_;
    std::vector<Target> targets_;
};

} // namespace glacis::campaign::test
