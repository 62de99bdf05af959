// Walks over stacks that may hold anything.
#include <gtest/gtest.h>

#include "fault/backtrace.hpp"
#include "fault/prologue.hpp"
#include "fault_world.hpp"

namespace glacis::fault::test {
namespace {

constexpr Range stack{own_bottom, own_top};

/// Lays out a frame record and returns where it is.
std::uint64_t frame(Words& words, std::uint64_t at, std::uint64_t next, std::uint64_t return_to)
{
    words.set(at, next);
    words.set(at + 8, return_to);
    return at;
}

std::vector<std::uint64_t> addresses(const Walk& walked)
{
    std::vector<std::uint64_t> result;
    for (const WalkedFrame& walked_frame : walked.frames)
        result.push_back(walked_frame.address);
    return result;
}

Walk walk_from(std::uint64_t frame_pointer, const Words& words)
{
    return walk({.program_counter = 0x1000,
                 .stack_pointer = own_bottom,
                 .frame_pointer = frame_pointer,
                 .return_address = std::nullopt},
                stack, words.reader());
}

TEST(Backtrace, follows_frame_records_to_the_outermost)
{
    Words words;
    frame(words, own_bottom + 0x10, own_bottom + 0x40, 0x2000);
    frame(words, own_bottom + 0x40, own_bottom + 0x80, 0x3000);
    frame(words, own_bottom + 0x80, 0, 0x4000);
    const Walk walked = walk_from(own_bottom + 0x10, words);
    EXPECT_EQ(addresses(walked), (std::vector<std::uint64_t>{0x1000, 0x2000, 0x3000, 0x4000}));
    EXPECT_FALSE(walked.is_cut);
}

TEST(Backtrace, puts_a_pending_return_address_before_the_records)
{
    Words words;
    frame(words, own_bottom + 0x10, 0, 0x3000);
    const Walk walked = walk({.program_counter = 0x1000,
                              .stack_pointer = own_bottom,
                              .frame_pointer = own_bottom + 0x10,
                              .return_address = 0x2000},
                             stack, words.reader());
    EXPECT_EQ(addresses(walked), (std::vector<std::uint64_t>{0x1000, 0x2000, 0x3000}));
}

TEST(Backtrace, counts_recursion_instead_of_listing_it)
{
    Words words;
    std::uint64_t at = own_bottom + 0x10;
    for (int i = 0; i < 1000; ++i, at += 0x20)
        frame(words, at, at + 0x20, 0x2000);
    frame(words, at, 0, 0x3000);
    const Walk walked = walk_from(own_bottom + 0x10, words);
    ASSERT_EQ(walked.frames.size(), 3u);
    EXPECT_EQ(walked.frames[1].repeats, 1000u);
    EXPECT_EQ(walked.frames[2].address, 0x3000u);
    EXPECT_FALSE(walked.is_cut);
}

TEST(Backtrace, is_cut_at_too_many_different_frames)
{
    Words words;
    std::uint64_t at = own_bottom + 0x10;
    for (std::uint64_t i = 0; i < 200; ++i, at += 0x20)
        frame(words, at, at + 0x20, 0x2000 + i);
    const Walk walked = walk_from(own_bottom + 0x10, words);
    EXPECT_EQ(walked.frames.size(), max_distinct_frames);
    EXPECT_TRUE(walked.is_cut);
}

TEST(Backtrace, is_cut_at_too_many_frames_of_all)
{
    const Range large{0x40000000, 0x40000000 + 64 * 1024 * 1024};
    std::uint64_t reads = 0;
    const Walk walked = walk({.program_counter = 0x1000,
                              .stack_pointer = large.begin,
                              .frame_pointer = large.begin,
                              .return_address = std::nullopt},
                             large, [&](std::uint64_t address, std::uint64_t& word) {
                                 ++reads;
                                 word = address % 16 == 0 ? address + 16 : 0x2000;
                                 return true;
                             });
    EXPECT_TRUE(walked.is_cut);
    EXPECT_EQ(walked.frames.back().repeats, max_walked_frames - 1);
    EXPECT_LE(reads, 2 * max_walked_frames);
}

TEST(Backtrace, ends_at_a_loop)
{
    Words words;
    frame(words, own_bottom + 0x10, own_bottom + 0x40, 0x2000);
    frame(words, own_bottom + 0x40, own_bottom + 0x10, 0x3000);
    const Walk walked = walk_from(own_bottom + 0x10, words);
    EXPECT_EQ(addresses(walked), (std::vector<std::uint64_t>{0x1000, 0x2000, 0x3000}));
    EXPECT_TRUE(walked.is_cut);
}

TEST(Backtrace, ends_at_a_record_that_points_at_itself)
{
    Words words;
    frame(words, own_bottom + 0x10, own_bottom + 0x10, 0x2000);
    EXPECT_TRUE(walk_from(own_bottom + 0x10, words).is_cut);
    EXPECT_EQ(walk_from(own_bottom + 0x10, words).frames.size(), 2u);
}

TEST(Backtrace, never_reads_outside_the_committed_stack)
{
    const auto read = [](std::uint64_t address, std::uint64_t& word) {
        EXPECT_GE(address, stack.begin);
        EXPECT_LE(address, stack.end - 8);
        word = own_top - 8; // half a record
        return true;
    };
    for (const std::uint64_t pointer :
         {stack.begin - 8, stack.end, stack.end - 8, stack.begin + 1, std::uint64_t{8},
          UINT64_MAX - 7, stack.begin, stack.end - 16}) {
        const Walk walked = walk({.program_counter = 0x1000,
                                  .stack_pointer = own_bottom,
                                  .frame_pointer = pointer,
                                  .return_address = std::nullopt},
                                 stack, read);
        EXPECT_TRUE(walked.is_cut) << pointer;
        EXPECT_LE(walked.frames.size(), 2u);
    }
}

TEST(Backtrace, ends_where_memory_cannot_be_read)
{
    const Walk walked = walk_from(own_bottom + 0x10, Words{});
    EXPECT_EQ(walked.frames.size(), 1u);
    EXPECT_TRUE(walked.is_cut);
}

// ---- return addresses that are not in a record yet
// --------------------------------------------------

std::optional<std::uint64_t> stack_offset(const std::string& code)
{
    const auto place = pending_return(bytes_of(code), Architecture::x86_64);
    if (!place || place->is_in_link_register)
        return std::nullopt;
    return place->stack_offset;
}

TEST(Prologue, of_x86_has_the_return_address_above_what_it_pushed)
{
    EXPECT_EQ(stack_offset(""), 0u);
    EXPECT_EQ(stack_offset("f30f1efa"), 0u);    // endbr64
    EXPECT_EQ(stack_offset("f30f1efa55"), 8u);  // push %rbp
    EXPECT_EQ(stack_offset("4154"), 8u);        // push %r12
    EXPECT_EQ(stack_offset("4883ec20"), 0x20u); // sub $0x20,%rsp
    EXPECT_EQ(stack_offset("4881ec0010000048830c2400"), 0x1000u);
}

TEST(Prologue, of_x86_may_have_other_work_mixed_in)
{
    // movabs $..., %rax; push %rbp; mov $0x40,%ecx; mov %edi,%ebx
    EXPECT_EQ(stack_offset("48b8aaaaaaaaaaaaaaaa55b94000000089fb"), 8u);
}

TEST(Prologue, of_x86_is_over_once_the_frame_pointer_is_set)
{
    EXPECT_FALSE(stack_offset("554889e5"));
    EXPECT_FALSE(stack_offset("55488bec"));
    EXPECT_FALSE(stack_offset("7402"));   // je
    EXPECT_FALSE(stack_offset("4889c4")); // mov %rax,%rsp
    EXPECT_FALSE(stack_offset("c9"));     // leave
    EXPECT_FALSE(stack_offset("5d"));     // pop %rbp
    EXPECT_FALSE(stack_offset("4881ec")); // cut short
    EXPECT_FALSE(stack_offset(std::string(2 * (longest_prologue + 1), '5')));
}

TEST(Prologue, of_aarch64_has_the_return_address_in_the_link_register)
{
    constexpr auto aarch64 = Architecture::aarch64;
    const auto at_entry = pending_return({}, aarch64);
    ASSERT_TRUE(at_entry);
    EXPECT_TRUE(at_entry->is_in_link_register);
    EXPECT_TRUE(pending_return(bytes_of("3f2303d5fd7bbea9"), aarch64));  // paciasp; stp
    EXPECT_FALSE(pending_return(bytes_of("fd7bbea9fd030091"), aarch64)); // stp; mov x29, sp
    EXPECT_FALSE(pending_return(bytes_of("02000094"), aarch64));         // bl
}

} // namespace
} // namespace glacis::fault::test
