// Addresses with another base, index or displacement.
#include "assembly.hpp"

namespace glacis::inject::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

Assembly accesses()
{
    return {{{0x48, 0x8b, 0x03}, "mov (%rbx), %rax"},
            {{0x8b, 0x43, 0x08}, "mov 8(%rbx), %eax"},
            {{0x8b, 0x04, 0x8b}, "mov (%rbx, %rcx, 4), %eax"},
            {{0x8b, 0x05, 0x00, 0x10, 0x00, 0x00}, "mov 0x1000(%rip), %eax"},
            {{0x89, 0xd8}, "mov %ebx, %eax"},
            {{0x0f, 0x1f, 0x40, 0x00}, "nopl (%rax)"},
            {{0xc3}, "ret"}};
}

TEST(CorruptedPointer, is_possible_where_memory_is_addressed)
{
    EXPECT_THAT(accesses().sites(FaultClass::corrupted_pointer),
                ElementsAre("mov (%rbx), %rax", "mov 8(%rbx), %eax", "mov (%rbx, %rcx, 4), %eax",
                            "mov 0x1000(%rip), %eax"));
}

TEST(CorruptedPointer, has_another_base)
{
    // What has another encoding (%rsp, %rbp, %r12 and %r13) would make the instruction longer.
    EXPECT_THAT(accesses().outcomes(0, FaultClass::corrupted_pointer),
                UnorderedElementsAre("mov (%rax), %rax", "mov (%rcx), %rax", "mov (%rdx), %rax",
                                     "mov (%rsi), %rax", "mov (%rdi), %rax", "mov (%r8), %rax",
                                     "mov (%r9), %rax", "mov (%r10), %rax", "mov (%r11), %rax",
                                     "mov (%r14), %rax", "mov (%r15), %rax"));
}

TEST(CorruptedPointer, has_one_bit_of_the_displacement_flipped_or_another_base)
{
    EXPECT_THAT(
        accesses().outcomes(1, FaultClass::corrupted_pointer),
        UnorderedElementsAre("mov 9(%rbx), %eax", "mov 0xa(%rbx), %eax", "mov 0xc(%rbx), %eax",
                             "mov (%rbx), %eax", "mov 0x18(%rbx), %eax", "mov 0x28(%rbx), %eax",
                             "mov 0x48(%rbx), %eax", "mov -0x78(%rbx), %eax",
                             // bases
                             "mov 8(%rax), %eax", "mov 8(%rcx), %eax", "mov 8(%rdx), %eax",
                             "mov 8(%rbp), %eax", "mov 8(%rsi), %eax", "mov 8(%rdi), %eax"));
}

TEST(CorruptedPointer, has_another_base_or_another_index)
{
    const auto outcomes = accesses().outcomes(2, FaultClass::corrupted_pointer);
    EXPECT_EQ(outcomes.count("mov (%rsi, %rcx, 4), %eax"), 1U);
    EXPECT_EQ(outcomes.count("mov (%rbx, %rdx, 4), %eax"), 1U);
    for (const std::string& text : outcomes) {
        EXPECT_TRUE(text.find("(%rbx") != std::string::npos ||
                    text.find(", %rcx, 4)") != std::string::npos)
            << "one of them stays: " << text;
        EXPECT_EQ(text.substr(text.size() - 6), ", %eax") << text;
    }
}

TEST(CorruptedPointer, of_the_program_counter_has_each_bit_of_its_displacement_flipped)
{
    const auto mutations = accesses().mutations(3, FaultClass::corrupted_pointer);
    EXPECT_EQ(mutations.size(), 32U);
    for (const Mutation& mutation : mutations) {
        EXPECT_EQ(mutation.after[0], 0x8b);
        EXPECT_EQ(mutation.after[1], 0x05);
    }
}

TEST(CorruptedPointer, has_no_mutation_where_no_memory_is_meant)
{
    for (const std::size_t line : {4, 5, 6}) {
        EXPECT_THAT(accesses().mutations(line, FaultClass::corrupted_pointer), IsEmpty()) << line;
    }
}

} // namespace
} // namespace glacis::inject::test
