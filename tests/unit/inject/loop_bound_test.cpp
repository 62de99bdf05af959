// Loops with one round too many or too few.
#include "assembly.hpp"

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(LoopBound, is_a_comparison_with_a_constant_that_decides_a_jump_backwards)
{
    const Assembly code{{{0x83, 0xc0, 0x01}, "add $1, %eax"},
                        {{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"},
                        {{0x75, 0xf8}, "jne 0x1000"}, // back
                        {{0x83, 0xf8, 0x0b}, "cmp $0xb, %eax"},
                        {{0x75, 0x10}, "jne 0x101d"}, // onwards
                        {{0x39, 0xd8}, "cmp %ebx, %eax"},
                        {{0x7c, 0xef}, "jl 0x1000"}, // back, but of no constant
                        {{0xc3}, "ret"}};
    EXPECT_THAT(code.sites(FaultClass::loop_bound), ElementsAre("cmp $0xa, %eax"));
    EXPECT_THAT(code.mutations(5, FaultClass::loop_bound), IsEmpty());
}

TEST(LoopBound, is_one_more_or_one_less)
{
    const Assembly code{{{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"}, {{0x75, 0xfb}, "jne 0x1000"}};
    EXPECT_THAT(code.outcomes(0, FaultClass::loop_bound),
                UnorderedElementsAre("cmp $9, %eax", "cmp $0xb, %eax"));
}

TEST(LoopBound, wraps_around_only_where_the_number_still_changes_by_one)
{
    // One more than 0x7f would be -0x80.
    const Assembly narrow{{{0x83, 0xf8, 0x7f}, "cmp $0x7f, %eax"}, {{0x75, 0xfb}, "jne 0x1000"}};
    EXPECT_THAT(narrow.outcomes(0, FaultClass::loop_bound), ElementsAre("cmp $0x7e, %eax"));
    const Assembly wide{{{0x3d, 0xff, 0x00, 0x00, 0x00}, "cmp $0xff, %eax"},
                        {{0x75, 0xf9}, "jne 0x1000"}};
    EXPECT_THAT(wide.outcomes(0, FaultClass::loop_bound),
                UnorderedElementsAre("cmp $0xfe, %eax", "cmp $0x100, %eax"));
}

TEST(LoopBound, may_have_instructions_between_that_leave_the_flags_alone)
{
    const Assembly code{{{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"},
                        {{0x89, 0xd9}, "mov %ebx, %ecx"},
                        {{0x75, 0xf9}, "jne 0x1000"}};
    EXPECT_THAT(code.sites(FaultClass::loop_bound), ElementsAre("cmp $0xa, %eax"));
}

TEST(LoopBound, is_none_where_something_else_sets_the_flags_or_leaves_before_the_jump)
{
    const Assembly flags{{{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"},
                         {{0x85, 0xc9}, "test %ecx, %ecx"},
                         {{0x75, 0xf9}, "jne 0x1000"}};
    EXPECT_THAT(flags.sites(FaultClass::loop_bound), IsEmpty());
    const Assembly leaves{
        {{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"}, {{0xc3}, "ret"}, {{0x75, 0xfa}, "jne 0x1000"}};
    EXPECT_THAT(leaves.sites(FaultClass::loop_bound), IsEmpty());
}

TEST(LoopBound, is_none_where_the_jump_backwards_counts_by_itself)
{
    const Assembly code{{{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"}, {{0xe2, 0xfb}, "loop 0x1000"}};
    EXPECT_THAT(code.sites(FaultClass::loop_bound), IsEmpty());
    const Assembly both{{{0x83, 0xf8, 0x0a}, "cmp $0xa, %eax"}, {{0xe0, 0xfb}, "loopne 0x1000"}};
    EXPECT_THAT(both.sites(FaultClass::loop_bound), ElementsAre("cmp $0xa, %eax"));
}

TEST(LoopBound, is_looked_for_up_to_eight_instructions_before_the_jump)
{
    for (const int between : {7, 8}) {
        std::vector<std::uint8_t> bytes{0x83, 0xf8, 0x0a}; // cmp $0xa, %eax
        for (int i = 0; i < between; ++i) {
            bytes.push_back(0x50); // push %rax
        }
        bytes.insert(bytes.end(), {0x75, static_cast<std::uint8_t>(-5 - between)}); // jne back
        EXPECT_EQ(find_sites({bytes, 0}, FaultClass::loop_bound).size(), between < 8 ? 1U : 0U);
    }
}

} // namespace
} // namespace glacis::inject::test
