// One bit of an instruction.
#include "assembly.hpp"

#include <bit>

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

unsigned flipped_bits(const Mutation& mutation)
{
    unsigned bits = 0;
    for (std::size_t i = 0; i < mutation.before.size(); ++i) {
        bits += static_cast<unsigned>(
            std::popcount(static_cast<unsigned>(mutation.before[i] ^ mutation.after[i])));
    }
    return bits;
}

TEST(TextBitFlip, is_possible_in_every_instruction)
{
    const Assembly code{{{0x55}, "push %rbp"},
                        {{0x48, 0x89, 0xe5}, "mov %rsp, %rbp"},
                        {{0x90}, "nop"},
                        {{0xc3}, "ret"}};
    EXPECT_THAT(code.sites(FaultClass::text_bit_flip),
                ElementsAre("push %rbp", "mov %rsp, %rbp", "nop", "ret"));
}

TEST(TextBitFlip, flips_exactly_one_bit)
{
    const Assembly code{{{0x48, 0x89, 0xe5}, "mov %rsp, %rbp"},
                        {{0x83, 0xc0, 0x01}, "add $1, %eax"},
                        {{0xc7, 0x45, 0xfc, 0x07, 0x00, 0x00, 0x00}, "movl $7, -4(%rbp)"},
                        {{0xc3}, "ret"}};
    for (const std::size_t line : {0, 1, 2}) {
        const auto mutations = code.mutations(line, FaultClass::text_bit_flip);
        EXPECT_GT(mutations.size(), 10U);
        for (const Mutation& mutation : mutations) {
            EXPECT_EQ(flipped_bits(mutation), 1U) << mutation.text_after;
        }
    }
}

TEST(TextBitFlip, is_only_made_where_instructions_come_out)
{
    // 54 push %rsp, 57 push %rdi, 51 push %rcx, 5d pop %rbp, 75 and 15 take what is behind with
    // them, d5 is no instruction, 45 is a prefix.
    const Assembly code{{{0x55}, "push %rbp"}, {{0x90}, "nop"}, {{0x90}, "nop"}};
    EXPECT_THAT(code.outcomes(0, FaultClass::text_bit_flip),
                UnorderedElementsAre("push %rsp", "push %rdi", "push %rcx", "pop %rbp",
                                     "xchg %r8d, %eax", "jne 0xf92"));
}

TEST(TextBitFlip, tells_all_instructions_that_come_out)
{
    // b8 with bit 3 flipped is mov to %al, and the three bytes behind it are instructions.
    const Assembly code{{{0xb8, 0x90, 0x90, 0x90, 0x90}, "mov $0x90909090, %eax"}};
    EXPECT_EQ(code.outcomes(0, FaultClass::text_bit_flip).count("mov $0x90, %al; nop; nop; nop"),
              1U);
}

TEST(TextBitFlip, does_not_make_the_same_instruction_in_another_spelling)
{
    // 66 90 is a nop; so is f3 90 (pause), and 64, 65, 67 before it are prefixes of no effect.
    const Assembly code{{{0x66, 0x90}, "nop"}};
    for (const Mutation& mutation : code.mutations(0, FaultClass::text_bit_flip)) {
        EXPECT_NE(mutation.text_after, "nop");
    }
}

} // namespace
} // namespace glacis::inject::test
