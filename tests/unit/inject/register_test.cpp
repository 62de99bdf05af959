// Instructions that read or write another register than they should.
#include "assembly.hpp"

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Assembly moves()
{
    return {{{0x48, 0x89, 0xd8}, "mov %rbx, %rax"},
            {{0x01, 0xca}, "add %ecx, %edx"},
            {{0xb8, 0x07, 0x00, 0x00, 0x00}, "mov $7, %eax"},
            {{0x55}, "push %rbp"},
            {{0x48, 0x39, 0xd8}, "cmp %rbx, %rax"},
            {{0x90}, "nop"},
            {{0x48, 0x89, 0xc0}, "mov %rax, %rax"},
            {{0x48, 0x89, 0x03}, "mov %rax, (%rbx)"},
            {{0x48, 0x8b, 0x03}, "mov (%rbx), %rax"},
            {{0x74, 0x00}, "je 0x101a"},
            {{0xc3}, "ret"}};
}

TEST(WrongSource, is_possible_where_a_register_is_read)
{
    EXPECT_THAT(moves().sites(FaultClass::wrong_source),
                ElementsAre("mov %rbx, %rax", "add %ecx, %edx", "push %rbp", "cmp %rbx, %rax",
                            "mov %rax, (%rbx)"));
}

TEST(WrongSource, reads_any_other_register_that_the_encoding_has_room_for)
{
    EXPECT_THAT(moves().outcomes(1, FaultClass::wrong_source),
                UnorderedElementsAre("add %eax, %edx", "add %edx, %edx", "add %ebx, %edx",
                                     "add %esp, %edx", "add %ebp, %edx", "add %esi, %edx",
                                     "add %edi, %edx"));
    // REX gives all sixteen; the destination itself is one of them.
    const auto wide = moves().outcomes(0, FaultClass::wrong_source);
    EXPECT_EQ(wide.size(), 15U);
    EXPECT_EQ(wide.count("mov %r15, %rax"), 1U);
    EXPECT_EQ(wide.count("mov %rbx, %rax"), 0U);
}

TEST(WrongSource, of_a_store_changes_the_value_and_not_the_address)
{
    const auto outcomes = moves().outcomes(7, FaultClass::wrong_source);
    EXPECT_EQ(outcomes.size(), 15U);
    for (const std::string& text : outcomes) {
        EXPECT_EQ(mnemonic_of(text), "mov");
        EXPECT_EQ(text.substr(text.size() - 8), ", (%rbx)") << text;
    }
}

TEST(WrongSource, of_a_comparison_may_be_either_operand)
{
    const auto outcomes = moves().outcomes(4, FaultClass::wrong_source);
    EXPECT_EQ(outcomes.size(), 30U);
    EXPECT_EQ(outcomes.count("cmp %rcx, %rax"), 1U);
    EXPECT_EQ(outcomes.count("cmp %rbx, %rcx"), 1U);
}

TEST(WrongSource, has_no_mutation_where_no_register_is_read)
{
    for (const std::size_t line : {2, 5, 6, 8, 9, 10}) {
        EXPECT_THAT(moves().mutations(line, FaultClass::wrong_source), IsEmpty()) << line;
    }
}

TEST(WrongDestination, is_possible_where_a_register_is_written)
{
    EXPECT_THAT(
        moves().sites(FaultClass::wrong_destination),
        ElementsAre("mov %rbx, %rax", "add %ecx, %edx", "mov $7, %eax", "mov (%rbx), %rax"));
}

TEST(WrongDestination, writes_any_other_register_that_the_encoding_has_room_for)
{
    EXPECT_THAT(moves().outcomes(2, FaultClass::wrong_destination),
                UnorderedElementsAre("mov $7, %ecx", "mov $7, %edx", "mov $7, %ebx", "mov $7, %esp",
                                     "mov $7, %ebp", "mov $7, %esi", "mov $7, %edi"));
    const auto loads = moves().outcomes(8, FaultClass::wrong_destination);
    EXPECT_EQ(loads.size(), 15U);
    EXPECT_EQ(loads.count("mov (%rbx), %r8"), 1U);
}

TEST(WrongDestination, leaves_the_sources_alone)
{
    for (const std::string& text : moves().outcomes(0, FaultClass::wrong_destination)) {
        EXPECT_EQ(text.substr(0, 10), "mov %rbx, ") << text;
    }
}

TEST(WrongDestination, has_no_mutation_where_no_register_is_written)
{
    for (const std::size_t line : {3, 4, 5, 6, 7, 9, 10}) {
        EXPECT_THAT(moves().mutations(line, FaultClass::wrong_destination), IsEmpty()) << line;
    }
}

TEST(WrongRegister, is_not_looked_for_behind_a_vector_prefix)
{
    // Its register fields lie elsewhere.
    const Assembly code{{{0xc5, 0xfc, 0x58, 0xc1}, "vaddps %ymm1, %ymm0, %ymm0"}};
    EXPECT_THAT(code.sites(FaultClass::wrong_source), IsEmpty());
    EXPECT_THAT(code.sites(FaultClass::wrong_destination), IsEmpty());
}

} // namespace
} // namespace glacis::inject::test
