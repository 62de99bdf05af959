// Branches that are taken when they should not be, or never.
#include "assembly.hpp"

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A little of each kind of jump.
Assembly jumps()
{
    return {{{0x74, 0x05}, "je 0x1007"},
            {{0x0f, 0x8f, 0xfa, 0x0f, 0x00, 0x00}, "jg 0x2002"},
            {{0xeb, 0x10}, "jmp 0x101a"},
            {{0xe2, 0xf4}, "loop 0x1000"},
            {{0xe3, 0xf2}, "jrcxz 0x1000"},
            {{0xff, 0xe0}, "jmp *%rax"},
            {{0xe8, 0xeb, 0xff, 0xff, 0xff}, "call 0x1000"},
            {{0x75, 0x00}, "jne 0x1017"},
            {{0xc3}, "ret"}};
}

TEST(InvertedBranch, is_possible_where_a_condition_has_an_opposite)
{
    EXPECT_THAT(jumps().sites(FaultClass::inverted_branch), ElementsAre("je 0x1007", "jg 0x2002"));
}

TEST(InvertedBranch, of_a_short_jump_has_the_opposite_condition_and_the_same_target)
{
    const auto mutations = jumps().mutations(0, FaultClass::inverted_branch);
    ASSERT_EQ(mutations.size(), 1U);
    EXPECT_THAT(mutations[0].after, ElementsAre(0x75, 0x05));
    EXPECT_EQ(mutations[0].text_after, "jne 0x1007");
}

TEST(InvertedBranch, of_a_long_jump_has_the_opposite_condition_and_the_same_target)
{
    const auto mutations = jumps().mutations(1, FaultClass::inverted_branch);
    ASSERT_EQ(mutations.size(), 1U);
    EXPECT_THAT(mutations[0].after, ElementsAre(0x0f, 0x8e, 0xfa, 0x0f, 0x00, 0x00));
    EXPECT_EQ(mutations[0].text_after, "jle 0x2002");
}

TEST(InvertedBranch, turns_each_of_the_sixteen_conditions_around)
{
    const std::vector<std::string> conditions{"jo", "jno", "jb", "jae", "je", "jne", "jbe", "ja",
                                              "js", "jns", "jp", "jnp", "jl", "jge", "jle", "jg"};
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        const auto opcode = static_cast<std::uint8_t>(0x70 + i);
        const Assembly code{{{opcode, 0x10}, conditions[i] + " 0x1012"}};
        EXPECT_THAT(code.outcomes(0, FaultClass::inverted_branch),
                    ElementsAre(conditions[i ^ 1] + " 0x1012"));
    }
}

TEST(InvertedBranch, has_no_mutation_where_it_has_no_site)
{
    for (const std::size_t line : {2, 3, 4, 5, 6, 7, 8}) {
        EXPECT_THAT(jumps().mutations(line, FaultClass::inverted_branch), IsEmpty()) << line;
    }
}

TEST(DeletedBranch, is_possible_for_every_jump_that_goes_somewhere_else)
{
    // Not for a jump to the next instruction, not for calls and returns.
    EXPECT_THAT(jumps().sites(FaultClass::deleted_branch),
                ElementsAre("je 0x1007", "jg 0x2002", "jmp 0x101a", "loop 0x1000", "jrcxz 0x1000",
                            "jmp *%rax"));
}

TEST(DeletedBranch, leaves_as_many_nops_as_the_jump_had_bytes)
{
    EXPECT_THAT(jumps().outcomes(0, FaultClass::deleted_branch), ElementsAre("nop; nop"));
    EXPECT_THAT(jumps().outcomes(1, FaultClass::deleted_branch),
                ElementsAre("nop; nop; nop; nop; nop; nop"));
}

TEST(DeletedBranch, has_no_mutation_where_it_has_no_site)
{
    for (const std::size_t line : {6, 7, 8}) {
        EXPECT_THAT(jumps().mutations(line, FaultClass::deleted_branch), IsEmpty()) << line;
    }
}

} // namespace
} // namespace glacis::inject::test
