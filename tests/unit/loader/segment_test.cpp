// Segments: what can be wrong with one, and with two together.
#include <gtest/gtest.h>

#include <glacis/abi/hypercall.h>

#include "refusal.hpp"

namespace glacis::test {
namespace {

TEST(ProgramSegments, are_given_as_whole_pages_with_one_permission_each)
{
    const auto program = Program::parse(ElfBuilder().build(), EM_X86_64);
    ASSERT_TRUE(program.has_value());
    EXPECT_EQ(program->image_size(), 0x4000U);
    EXPECT_EQ(program->entry(), 0x1010U);
    ASSERT_EQ(program->segments().size(), 3U);
    const auto& segments = program->segments();
    EXPECT_EQ(segments[0].offset, 0U);
    EXPECT_EQ(segments[0].size, 0x1000U);
    EXPECT_EQ(segments[0].perm, PD_PERM_READ);
    EXPECT_EQ(segments[1].offset, 0x1000U);
    EXPECT_EQ(segments[1].size, 0x1000U);
    EXPECT_EQ(segments[1].perm, PD_PERM_READ | PD_PERM_EXECUTE);
    EXPECT_EQ(segments[2].offset, 0x2000U);
    EXPECT_EQ(segments[2].size, 0x2000U);
    EXPECT_EQ(segments[2].perm, PD_PERM_READ | PD_PERM_WRITE);
}

TEST(ProgramSegments, a_segment_beyond_the_file_is_refused)
{
    ElfBuilder elf;
    elf.headers[2].p_filesz = 0x201;
    EXPECT_EQ(refusal(elf), "truncated: segment 2 lies outside the file");
    elf.headers[2].p_filesz = 0x200;
    elf.headers[2].p_offset = UINT64_MAX - 0xff;
    EXPECT_EQ(refusal(elf), "truncated: segment 2 lies outside the file");
}

TEST(ProgramSegments, more_file_than_memory_is_refused)
{
    ElfBuilder elf;
    elf.headers[2].p_memsz = 0x1ff;
    EXPECT_EQ(refusal(elf), "segment 2 has more bytes in the file than in memory");
}

TEST(ProgramSegments, absurd_sizes_and_addresses_are_refused)
{
    ElfBuilder elf;
    elf.headers[2].p_memsz = std::uint64_t{1} << 60;
    EXPECT_EQ(refusal(elf),
              "segment 2 is absurdly large or far away: 0x1000000000000000 bytes at 0x2000");
    elf = ElfBuilder();
    elf.headers[2].p_vaddr = UINT64_MAX - 0xfff;
    EXPECT_EQ(refusal(elf),
              "segment 2 is absurdly large or far away: 0x1800 bytes at 0xfffffffffffff000");
    elf = ElfBuilder();
    elf.headers[2].p_vaddr = std::uint64_t{1} << 40;
    EXPECT_EQ(refusal(elf), "its image spans 0x10000002000 bytes; at most 1 GiB is accepted");
}

TEST(ProgramSegments, an_image_of_exactly_the_limit_is_accepted)
{
    ElfBuilder elf;
    elf.headers[2].p_memsz = max_image_size - ElfBuilder::data;
    EXPECT_EQ(refusal(elf), "accepted");
    elf.headers[2].p_memsz += 1;
    EXPECT_EQ(refusal(elf), "its image spans 0x40001000 bytes; at most 1 GiB is accepted");
}

TEST(ProgramSegments, a_writable_and_executable_segment_is_refused)
{
    ElfBuilder elf;
    elf.headers[2].p_flags |= PF_X;
    EXPECT_EQ(refusal(elf), "segment 2 is writable and executable");
}

TEST(ProgramSegments, a_segment_without_permission_is_refused)
{
    ElfBuilder elf;
    elf.headers[0].p_flags = 0;
    EXPECT_EQ(refusal(elf), "segment 0 has no permission at all");
}

TEST(ProgramSegments, overlapping_segments_are_refused)
{
    ElfBuilder elf;
    elf.headers[0].p_memsz = 0x1001;
    EXPECT_EQ(refusal(elf), "segments 0 and 1 overlap");
    elf = ElfBuilder();
    elf.headers[2].p_vaddr = 0x1000;
    EXPECT_EQ(refusal(elf), "segments 1 and 2 overlap");
}

TEST(ProgramSegments, segments_that_share_a_page_are_refused)
{
    ElfBuilder elf;
    elf.headers[2].p_vaddr = 0x1100;
    elf.headers[2].p_align = 0x100;
    EXPECT_EQ(refusal(elf), "segments 1 and 2 share a page (-z separate-code)");
}

TEST(ProgramSegments, misalignment_is_refused)
{
    ElfBuilder elf;
    elf.headers[2].p_vaddr = 0x2008;
    EXPECT_EQ(refusal(elf), "segment 2 is misaligned: its address and its place in the file differ "
                            "modulo 0x1000");
    elf = ElfBuilder();
    elf.headers[1].p_align = 24;
    EXPECT_EQ(refusal(elf), "segment 1 has an alignment that is not a power of two");
    elf.headers[1].p_align = 0x10000;
    EXPECT_EQ(refusal(elf),
              "segment 1 asks for an alignment of 0x10000 bytes; images are placed on "
              "pages of 4 KiB (-z max-page-size=4096)");
}

TEST(ProgramSegments, a_program_that_loads_nothing_is_refused)
{
    ElfBuilder elf;
    for (Elf64_Phdr& header : elf.headers) {
        if (header.p_type == PT_LOAD) {
            header.p_type = PT_NULL;
        }
    }
    EXPECT_EQ(refusal(elf), "has no segment to load");
}

TEST(ProgramSegments, their_order_in_the_table_does_not_matter)
{
    ElfBuilder elf;
    std::swap(elf.headers[0], elf.headers[2]);
    const auto program = Program::parse(elf.build(), EM_X86_64);
    ASSERT_TRUE(program.has_value());
    EXPECT_EQ(program->segments()[0].offset, 0U);
    EXPECT_EQ(program->segments()[2].offset, 0x2000U);
}

TEST(ProgramSegments, an_empty_segment_takes_no_page)
{
    ElfBuilder elf;
    Elf64_Phdr empty = elf.headers[1];
    empty.p_filesz = empty.p_memsz = 0;
    elf.headers.push_back(empty);
    const auto program = Program::parse(elf.build(), EM_X86_64);
    ASSERT_TRUE(program.has_value());
    EXPECT_EQ(program->segments().size(), 3U);
}

} // namespace
} // namespace glacis::test
