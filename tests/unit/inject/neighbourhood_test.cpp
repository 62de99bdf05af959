// Faults that depend on what lies around an instruction: a function's start, a call.
#include "assembly.hpp"

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A function with a frame, behind one without.
Assembly frame()
{
    return {{{0xb8, 0x01, 0x00, 0x00, 0x00}, "mov $1, %eax"}, // of no function that is known
            {{0xc3}, "ret"},
            {{0x55}, "push %rbp"},
            {{0x48, 0x89, 0xe5}, "mov %rsp, %rbp"},
            {{0x31, 0xc0}, "xor %eax, %eax"},
            {{0xc7, 0x45, 0xfc, 0x07, 0x00, 0x00, 0x00}, "movl $7, -4(%rbp)"},
            {{0x89, 0x45, 0xf8}, "mov %eax, -8(%rbp)"}, // zero, as is known
            {{0x89, 0x4d, 0xf4}, "mov %ecx, -0xc(%rbp)"},
            {{0xc7, 0x03, 0x07, 0x00, 0x00, 0x00}, "movl $7, (%rbx)"}, // no stack slot
            {{0xb9, 0x02, 0x00, 0x00, 0x00}, "mov $2, %ecx"},
            {{0x89, 0xc8}, "mov %ecx, %eax"},
            {{0x89, 0x45, 0xf0}, "mov %eax, -0x10(%rbp)"}, // zero no longer
            {{0x74, 0x05}, "je 0x1030"},
            {{0xba, 0x03, 0x00, 0x00, 0x00}, "mov $3, %edx"}, // not always come to
            {{0xc3}, "ret"}};
}

TEST(MissingInitialisation, is_a_constant_in_the_straight_code_at_a_functions_start)
{
    EXPECT_THAT(
        frame().sites(FaultClass::missing_initialisation),
        ElementsAre("xor %eax, %eax", "movl $7, -4(%rbp)", "mov %eax, -8(%rbp)", "mov $2, %ecx"));
}

TEST(MissingInitialisation, leaves_nops)
{
    EXPECT_THAT(frame().outcomes(4, FaultClass::missing_initialisation), ElementsAre("nop; nop"));
}

TEST(MissingInitialisation, counts_the_target_of_a_call_as_a_functions_start)
{
    const Assembly code{{{0xe8, 0x01, 0x00, 0x00, 0x00}, "call 0x1006"},
                        {{0xc3}, "ret"},
                        {{0xb8, 0x05, 0x00, 0x00, 0x00}, "mov $5, %eax"},
                        {{0xc3}, "ret"}};
    EXPECT_THAT(code.sites(FaultClass::missing_initialisation), ElementsAre("mov $5, %eax"));
}

TEST(MissingInitialisation, is_looked_for_in_the_first_24_instructions)
{
    for (const std::size_t distance : {22U, 23U, 24U}) {
        std::vector<std::uint8_t> bytes{0xe8, 0x00, 0x00, 0x00, 0x00}; // call to the next
        for (std::size_t i = 0; i < distance; ++i) {
            bytes.push_back(0x50); // push %rax
        }
        bytes.insert(bytes.end(), {0x31, 0xc0}); // xor %eax, %eax
        const auto sites = find_sites({bytes, 0}, FaultClass::missing_initialisation);
        EXPECT_EQ(sites.size(), distance < 24 ? 1U : 0U) << distance;
    }
}

/// A call with three arguments.
Assembly call()
{
    return {{{0xbf, 0x09, 0x00, 0x00, 0x00}, "mov $9, %edi"}, // overwritten before the call
            {{0xbe, 0x02, 0x00, 0x00, 0x00}, "mov $2, %esi"},
            {{0xbf, 0x01, 0x00, 0x00, 0x00}, "mov $1, %edi"},
            {{0x48, 0x8d, 0x53, 0x08}, "lea 8(%rbx), %rdx"},
            {{0x83, 0xc1, 0x01}, "add $1, %ecx"}, // computes, does not load
            {{0x89, 0xd8}, "mov %ebx, %eax"},     // no argument
            {{0xe8, 0x00, 0x00, 0x00, 0x00}, "call 0x101d"},
            {{0xbf, 0x05, 0x00, 0x00, 0x00}, "mov $5, %edi"}, // behind it
            {{0xc3}, "ret"}};
}

TEST(MissingArgument, is_the_last_load_of_each_argument_before_a_call)
{
    EXPECT_THAT(call().sites(FaultClass::missing_argument),
                ElementsAre("mov $2, %esi", "mov $1, %edi", "lea 8(%rbx), %rdx"));
}

TEST(MissingArgument, leaves_nops)
{
    EXPECT_THAT(call().outcomes(3, FaultClass::missing_argument),
                ElementsAre("nop; nop; nop; nop"));
}

TEST(MissingArgument, is_not_looked_for_beyond_a_jump_or_another_call)
{
    const Assembly jump{{{0xbf, 0x01, 0x00, 0x00, 0x00}, "mov $1, %edi"},
                        {{0x74, 0x05}, "je 0x100c"},
                        {{0xe8, 0x10, 0x00, 0x00, 0x00}, "call 0x101c"}};
    EXPECT_THAT(jump.sites(FaultClass::missing_argument), IsEmpty());
    const Assembly calls{{{0xbf, 0x01, 0x00, 0x00, 0x00}, "mov $1, %edi"},
                         {{0xff, 0xd0}, "call *%rax"},
                         {{0xff, 0xd0}, "call *%rax"}};
    const auto sites = find_sites(calls.code(), FaultClass::missing_argument);
    EXPECT_THAT(sites, ElementsAre(calls.site(0)));
}

TEST(MissingArgument, is_looked_for_in_16_instructions_before_the_call)
{
    for (const std::size_t distance : {14U, 15U, 16U}) {
        std::vector<std::uint8_t> bytes{0x89, 0xc7}; // mov %eax, %edi
        for (std::size_t i = 0; i < distance; ++i) {
            bytes.push_back(0x50); // push %rax
        }
        bytes.insert(bytes.end(), {0xff, 0xd0}); // call *%rax
        const auto sites = find_sites({bytes, 0}, FaultClass::missing_argument);
        EXPECT_EQ(sites.size(), distance < 16 ? 1U : 0U) << distance;
    }
}

TEST(MissingArgument, is_not_looked_for_beyond_bytes_that_are_no_instruction)
{
    const Assembly code{{{0xbf, 0x01, 0x00, 0x00, 0x00}, "mov $1, %edi"},
                        {{0x06}, ""},
                        {{0xff, 0xd0}, "call *%rax"}};
    EXPECT_THAT(code.sites(FaultClass::missing_argument), IsEmpty());
}

} // namespace
} // namespace glacis::inject::test
