// Placing: the image holds the file's bytes, zeros behind them, and relocated words.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "refusal.hpp"

namespace glacis::test {
namespace {

constexpr std::uint64_t base = 0x1'0000'7000;

std::vector<std::byte> placed(const Program& program, std::uint64_t at)
{
    std::vector<std::byte> image(program.image_size());
    for (const Program::Part& part : program.parts()) {
        std::copy(part.bytes.begin(), part.bytes.end(), image.begin() + part.offset);
    }
    program.relocate(at, image);
    return image;
}

std::vector<std::byte> placed(const ElfBuilder& elf)
{
    const auto program = Program::parse(elf.build(), EM_X86_64);
    EXPECT_TRUE(program.has_value()) << refusal(elf);
    if (!program) {
        return {};
    }
    return placed(*program, base);
}

std::uint64_t word_at(const std::vector<std::byte>& memory, std::uint64_t offset)
{
    std::uint64_t word = 0;
    std::memcpy(&word, memory.data() + offset, sizeof(word));
    return word;
}

TEST(ProgramPlacing, puts_the_bytes_of_the_file_and_zeros_behind_them)
{
    const ElfBuilder elf;
    const std::vector<std::byte> file = elf.build();
    const std::vector<std::byte> memory = placed(elf);
    ASSERT_EQ(memory.size(), 0x4000U);
    EXPECT_TRUE(std::equal(file.begin(), file.begin() + 0x1100, memory.begin()));
    EXPECT_TRUE(std::equal(file.begin() + 0x2000, file.end(), memory.begin() + 0x2000));
    EXPECT_TRUE(std::all_of(memory.begin() + 0x2200, memory.end(),
                            [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(ProgramPlacing, relocates_words_for_the_address)
{
    const auto memory = placed(ElfBuilder()
                                   .add_relative(0x2000, 0x1010)
                                   .add_relative(0x2013, 0)
                                   .add_relative(0x3000, 0x4000));
    EXPECT_EQ(word_at(memory, 0x2000), base + 0x1010);
    EXPECT_EQ(word_at(memory, 0x2013), base);
    EXPECT_EQ(word_at(memory, 0x3000), base + 0x4000);
    EXPECT_EQ(word_at(memory, 0x2008), 0U);
}

TEST(ProgramPlacing, relocates_packed_words)
{
    ElfBuilder elf;
    elf.poke(0x2000, 0x10).poke(0x2008, 0x20).poke(0x2010, 0x30).poke(0x2018, 0x40);
    elf.packed_relocations = {0x2000, 0b1011, 0x2018}; // 0x2008 and 0x2018 by bitmap
    elf.packed_relocations.pop_back();
    const auto memory = placed(elf);
    EXPECT_EQ(word_at(memory, 0x2000), base + 0x10);
    EXPECT_EQ(word_at(memory, 0x2008), base + 0x20);
    EXPECT_EQ(word_at(memory, 0x2010), 0x30U);
    EXPECT_EQ(word_at(memory, 0x2018), base + 0x40);
}

TEST(ProgramPlacing, a_second_bitmap_covers_the_words_behind_the_first)
{
    ElfBuilder elf;
    elf.packed_relocations = {0x2200, 1, 0b11}; // nothing of 63 words, then the first behind them
    const auto memory = placed(elf);
    EXPECT_EQ(word_at(memory, 0x2200), base);
    EXPECT_EQ(word_at(memory, 0x2208), 0U);
    EXPECT_EQ(word_at(memory, 0x2208 + 63 * 8), base);
}

TEST(ProgramPlacing, an_image_linked_away_from_zero_is_relative_to_its_own_start)
{
    constexpr std::uint64_t moved = 0x40000;
    ElfBuilder elf;
    for (Elf64_Phdr& header : elf.headers) {
        header.p_vaddr += moved;
    }
    elf.header.e_entry += moved;
    elf.relocations.push_back({moved + 0x2000, ELF64_R_INFO(0, R_X86_64_RELATIVE), moved + 0x1010});
    elf.more_dynamic = {
        {DT_RELA, {moved + ElfBuilder::rela_at}}, {DT_RELASZ, {24}}, {DT_NULL, {0}}};
    const auto program = Program::parse(elf.build(), EM_X86_64);
    ASSERT_TRUE(program.has_value()) << refusal(elf);
    EXPECT_EQ(program->link_base(), moved);
    EXPECT_EQ(program->entry(), 0x1010U);
    EXPECT_EQ(word_at(placed(elf), 0x2000), base + 0x1010);
}

TEST(ProgramPlacing, can_be_done_again_at_another_address)
{
    const auto program = Program::parse(ElfBuilder().add_relative(0x2000, 8).build(), EM_X86_64);
    ASSERT_TRUE(program.has_value());
    Program copy;
    copy = *program;
    for (const std::uint64_t at : {std::uint64_t{0x100000000}, std::uint64_t{0x7fff000000}}) {
        EXPECT_EQ(word_at(placed(copy, at), 0x2000), at + 8);
    }
}

} // namespace
} // namespace glacis::test
