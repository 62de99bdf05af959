// Instructions in whose place nothing is done.
#include "assembly.hpp"

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Assembly mixture()
{
    return {{{0xf3, 0x0f, 0x1e, 0xfa}, "endbr64"},
            {{0x55}, "push %rbp"},
            {{0x0f, 0x1f, 0x40, 0x00}, "nopl (%rax)"},
            {{0x89, 0xc0}, "mov %eax, %eax"},
            {{0x48, 0x89, 0xdb}, "mov %rbx, %rbx"},
            {{0x48, 0x8d, 0x3f}, "lea (%rdi), %rdi"},
            {{0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8}, "movabs $0x807060504030201, %rax"},
            {{0xeb, 0x00}, "jmp 0x101d"},
            {{0xe8, 0x00, 0x00, 0x00, 0x00}, "call 0x1022"},
            {{0x90}, "nop"},
            {{0xc3}, "ret"}};
}

TEST(DeletedInstruction, is_possible_for_whatever_does_something)
{
    // mov %eax, %eax clears the upper half of the register.
    EXPECT_THAT(mixture().sites(FaultClass::deleted_instruction),
                ElementsAre("push %rbp", "mov %eax, %eax", "movabs $0x807060504030201, %rax",
                            "call 0x1022", "ret"));
}

TEST(DeletedInstruction, leaves_as_many_nops_as_it_had_bytes)
{
    EXPECT_THAT(mixture().outcomes(1, FaultClass::deleted_instruction), ElementsAre("nop"));
    EXPECT_THAT(mixture().outcomes(8, FaultClass::deleted_instruction),
                ElementsAre("nop; nop; nop; nop; nop"));
    const auto long_one = mixture().mutations(6, FaultClass::deleted_instruction);
    ASSERT_EQ(long_one.size(), 1U);
    EXPECT_EQ(long_one[0].after, std::vector<std::uint8_t>(10, 0x90));
}

TEST(DeletedInstruction, has_no_mutation_where_nobody_could_tell)
{
    for (const std::size_t line : {0, 2, 4, 5, 7, 9}) {
        EXPECT_THAT(mixture().mutations(line, FaultClass::deleted_instruction), IsEmpty()) << line;
    }
}

} // namespace
} // namespace glacis::inject::test
