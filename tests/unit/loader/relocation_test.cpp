// Relocations: relative ones alone, inside the image, never of code.
#include <span>

#include <gtest/gtest.h>

#include "refusal.hpp"

namespace glacis::test {
namespace {

ElfBuilder with_relocation(std::uint64_t target, std::uint32_t type, std::int64_t addend,
                           std::uint32_t symbol = 0)
{
    ElfBuilder elf;
    elf.relocations.push_back({target, ELF64_R_INFO(std::uint64_t{symbol}, type), addend});
    return elf;
}

TEST(ProgramRelocations, relative_ones_are_accepted)
{
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x2000, 0x1010)), "accepted");
}

TEST(ProgramRelocations, empty_ones_are_skipped)
{
    EXPECT_EQ(refusal(with_relocation(0xdead0000, R_X86_64_NONE, 0)), "accepted");
}

TEST(ProgramRelocations, other_types_are_refused_by_name)
{
    const std::string tail = "; only R_X86_64_RELATIVE is supported";
    EXPECT_EQ(refusal(with_relocation(0x2000, R_X86_64_64, 0)),
              "relocation 0 is R_X86_64_64" + tail);
    EXPECT_EQ(refusal(with_relocation(0x2000, R_X86_64_IRELATIVE, 0)),
              "relocation 0 is R_X86_64_IRELATIVE" + tail);
    EXPECT_EQ(refusal(with_relocation(0x2000, R_X86_64_GLOB_DAT, 0)),
              "relocation 0 is R_X86_64_GLOB_DAT" + tail);
    EXPECT_EQ(refusal(with_relocation(0x2000, R_X86_64_TPOFF64, 0)),
              "relocation 0 is R_X86_64_TPOFF64" + tail);
    EXPECT_EQ(refusal(with_relocation(0x2000, 200, 0)), "relocation 0 is type 200" + tail);
    EXPECT_EQ(refusal(with_relocation(0x2000, R_X86_64_RELATIVE, 0, 5)),
              "relocation 0 is R_X86_64_RELATIVE with a symbol" + tail);
}

TEST(ProgramRelocations, each_machine_has_its_own_relative_type)
{
    ElfBuilder elf = with_relocation(0x2000, 1027, 0);
    elf.header.e_machine = EM_AARCH64;
    EXPECT_TRUE(Program::parse(elf.build(), EM_AARCH64).has_value());
    elf = with_relocation(0x2000, R_X86_64_RELATIVE, 0);
    elf.header.e_machine = EM_AARCH64;
    const auto refused = Program::parse(elf.build(), EM_AARCH64);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().reason,
              "relocation 0 is type 8; only R_AARCH64_RELATIVE is supported");
}

TEST(ProgramRelocations, a_target_outside_the_segments_is_refused)
{
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x2000, 0).add_relative(0x37f9, 0)),
              "relocation 1 changes 0x37f9, which is in no segment");
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x4000, 0)),
              "relocation 0 changes 0x4000, which is in no segment");
    EXPECT_EQ(refusal(ElfBuilder().add_relative(UINT64_MAX - 3, 0)),
              "relocation 0 changes 0xfffffffffffffffc, which is in no segment");
}

TEST(ProgramRelocations, zeroed_memory_may_be_relocated)
{
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x37f8, 0)), "accepted");
}

TEST(ProgramRelocations, changing_code_is_refused)
{
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x1008, 0)),
              "relocation 0 changes code at 0x1008; compile with -fPIE");
}

TEST(ProgramRelocations, constants_may_be_relocated)
{
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0xff0, 0)), "accepted");
}

TEST(ProgramRelocations, pointing_outside_the_image_is_refused)
{
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x2000, 0x4000)), "accepted"); // its end
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x2000, 0x4001)),
              "relocation 0 points to 0x4001, outside the image");
    EXPECT_EQ(refusal(ElfBuilder().add_relative(0x2000, -1)),
              "relocation 0 points to 0xffffffffffffffff, outside the image");
}

TEST(ProgramRelocations, a_malformed_table_is_refused)
{
    ElfBuilder elf = ElfBuilder().add_relative(0x2000, 0);
    elf.more_dynamic = {{DT_RELA, {0x600}}, {DT_RELASZ, {25}}, {DT_NULL, {0}}};
    EXPECT_EQ(refusal(elf), "its relocation table is malformed: entries of 24 bytes expected");
    elf.more_dynamic = {{DT_RELA, {0x600}}, {DT_RELASZ, {24}}, {DT_RELAENT, {16}}, {DT_NULL, {0}}};
    EXPECT_EQ(refusal(elf), "its relocation table is malformed: entries of 24 bytes expected");
    elf.more_dynamic = {{DT_RELA, {0x2000}}, {DT_RELASZ, {0x1800}}, {DT_NULL, {0}}};
    EXPECT_EQ(refusal(elf), "its relocation table lies outside its segments");
    elf.more_dynamic = {{DT_RELA, {UINT64_MAX}}, {DT_RELASZ, {24}}, {DT_NULL, {0}}};
    EXPECT_EQ(refusal(elf), "its relocation table lies outside its segments");
    elf.more_dynamic = {{DT_RELA, {0}}, {DT_RELASZ, {UINT64_MAX - 15}}, {DT_NULL, {0}}};
    EXPECT_EQ(refusal(elf), "its relocation table lies outside its segments");
}

TEST(ProgramRelocations, a_dynamic_section_outside_the_segments_is_refused)
{
    ElfBuilder elf;
    elf.headers[3].p_vaddr = 0x9000;
    EXPECT_EQ(refusal(elf), "its dynamic section lies outside its segments");
    elf.headers[3].p_vaddr = 0x2180;
    EXPECT_EQ(refusal(elf), "its dynamic section lies outside its segments");
}

TEST(ProgramRelocations, shared_libraries_and_other_tables_are_refused)
{
    ElfBuilder elf;
    elf.more_dynamic = {{DT_NEEDED, {1}}};
    EXPECT_EQ(refusal(elf),
              "needs a shared library; a domain program is linked statically (-static-pie)");
    elf.more_dynamic = {{DT_REL, {0x600}}};
    EXPECT_EQ(refusal(elf), "has relocations without addends (DT_REL), which are not supported");
    elf.more_dynamic = {{DT_PLTRELSZ, {24}}};
    EXPECT_EQ(refusal(elf),
              "has relocations of a procedure linkage table, which are not supported");
    elf.more_dynamic = {{DT_PLTRELSZ, {0}}};
    EXPECT_EQ(refusal(elf), "accepted");
}

TEST(ProgramRelocations, packed_ones_are_checked_like_the_others)
{
    ElfBuilder elf;
    elf.packed_relocations = {0x2000, 0b111};
    EXPECT_EQ(refusal(elf), "accepted");
    elf.poke(0x2050, 0x9000);
    elf.packed_relocations = {0x2050};
    EXPECT_EQ(refusal(elf), "relocation 0 points to 0x9000, outside the image");
    elf.packed_relocations = {0x8000};
    EXPECT_EQ(refusal(elf), "relocation 0 changes 0x8000, which is in no segment");
    elf.packed_relocations = {0x37f8, 0b11};
    EXPECT_EQ(refusal(elf), "relocation 1 changes 0x3800, which is in no segment");
    elf.packed_relocations = {0b11};
    EXPECT_EQ(refusal(elf), "its relocation table is malformed: it begins with a bitmap");
}

TEST(ProgramRelocations, more_than_a_million_are_refused)
{
    constexpr std::uint64_t most = std::uint64_t{1} << 20;
    constexpr std::uint64_t memory = ElfBuilder::data + 0x100000; // behind the table
    ElfBuilder elf;
    std::vector<std::uint64_t> table{memory};
    table.resize(1 + (most - 1) / 63 + 1, UINT64_MAX); // bitmaps of 63 words each
    const auto bytes = std::as_bytes(std::span(table));
    elf.tail.assign(bytes.begin(), bytes.end());
    elf.headers[2].p_filesz += bytes.size();
    elf.headers[2].p_memsz = 0x100000 + (most + 64) * 8;
    elf.more_dynamic = {{36, {ElfBuilder::tail_at}}, {35, {bytes.size()}}}; // DT_RELR, DT_RELRSZ
    EXPECT_EQ(refusal(elf), "has more than 1048576 relocations");
    elf.more_dynamic[1].d_un.d_val -= 8;
    EXPECT_EQ(refusal(elf), "accepted");
}

TEST(ProgramRelocations, a_packed_one_of_code_is_refused)
{
    ElfBuilder elf;
    elf.poke(0x1008, 0x10); // a word of code that would do as a pointer
    elf.packed_relocations = {0x1008};
    EXPECT_EQ(refusal(elf), "relocation 0 changes code at 0x1008; compile with -fPIE");
}

} // namespace
} // namespace glacis::test
