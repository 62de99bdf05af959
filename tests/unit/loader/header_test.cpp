// Files that are no domain program at all, each refused with its reason.
#include <gtest/gtest.h>

#include "refusal.hpp"

namespace glacis::test {
namespace {

std::vector<std::byte> first(std::size_t count)
{
    std::vector<std::byte> bytes = ElfBuilder().build();
    bytes.resize(count);
    return bytes;
}

TEST(ProgramHeader, a_sound_program_is_accepted)
{
    EXPECT_EQ(refusal(ElfBuilder()), "accepted");
}

TEST(ProgramHeader, an_empty_file_is_refused)
{
    EXPECT_EQ(refusal(std::vector<std::byte>{}), "the file is empty");
}

TEST(ProgramHeader, a_file_that_is_not_elf_is_refused)
{
    std::vector<std::byte> script(100, std::byte{'#'});
    EXPECT_EQ(refusal(script), "not an ELF file");
    EXPECT_EQ(refusal(first(3)), "not an ELF file");
}

TEST(ProgramHeader, a_file_that_ends_inside_its_header_is_refused)
{
    EXPECT_EQ(refusal(first(10)), "truncated: it ends inside its ELF header");
    EXPECT_EQ(refusal(first(63)), "truncated: it ends inside its ELF header");
}

TEST(ProgramHeader, no_truncation_is_accepted)
{
    const std::size_t whole = ElfBuilder().build().size();
    for (std::size_t size = 0; size < whole; size += 7) {
        EXPECT_NE(refusal(first(size)), "accepted") << "first " << size << " bytes";
    }
}

TEST(ProgramHeader, a_32_bit_program_is_refused)
{
    ElfBuilder elf;
    elf.header.e_ident[EI_CLASS] = ELFCLASS32;
    EXPECT_EQ(refusal(elf), "a 32-bit program; domain programs are 64-bit");
    elf.header.e_ident[EI_CLASS] = 9;
    EXPECT_EQ(refusal(elf), "of an unknown ELF class");
}

TEST(ProgramHeader, a_big_endian_program_is_refused)
{
    ElfBuilder elf;
    elf.header.e_ident[EI_DATA] = ELFDATA2MSB;
    EXPECT_EQ(refusal(elf), "big-endian; domain programs are little-endian");
}

TEST(ProgramHeader, an_unknown_version_is_refused)
{
    ElfBuilder elf;
    elf.header.e_version = 2;
    EXPECT_EQ(refusal(elf), "of an unknown ELF version");
}

TEST(ProgramHeader, a_program_for_another_machine_is_refused_by_name)
{
    ElfBuilder elf;
    elf.header.e_machine = EM_AARCH64;
    EXPECT_EQ(refusal(elf), "built for AArch64, this host runs x86-64");
    elf.header.e_machine = EM_RISCV;
    EXPECT_EQ(refusal(elf), "built for RISC-V, this host runs x86-64");
    elf.header.e_machine = 12345;
    EXPECT_EQ(refusal(elf), "built for ELF machine 12345, this host runs x86-64");
}

TEST(ProgramHeader, the_host_decides_which_machine_is_the_right_one)
{
    ElfBuilder elf;
    elf.header.e_machine = EM_AARCH64;
    EXPECT_TRUE(Program::parse(elf.build(), EM_AARCH64).has_value());
    const auto refused = Program::parse(ElfBuilder().build(), EM_AARCH64);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().reason, "built for x86-64, this host runs AArch64");
}

TEST(ProgramHeader, files_that_are_not_static_pie_are_refused)
{
    ElfBuilder elf;
    elf.header.e_type = ET_EXEC;
    EXPECT_EQ(refusal(elf),
              "linked for a fixed address; a domain program is a static PIE (-static-pie)");
    elf.header.e_type = ET_REL;
    EXPECT_EQ(refusal(elf), "an object file, not a linked program");
    elf.header.e_type = ET_CORE;
    EXPECT_EQ(refusal(elf), "a core dump, not a program");
    elf.header.e_type = 77;
    EXPECT_EQ(refusal(elf), "ELF type 77 is not a program");
}

TEST(ProgramHeader, a_program_that_names_an_interpreter_is_refused)
{
    ElfBuilder elf;
    elf.headers[5].p_type = PT_INTERP;
    EXPECT_EQ(refusal(elf),
              "needs a dynamic linker; a domain program is a static PIE (-static-pie)");
}

TEST(ProgramHeader, an_executable_stack_is_refused)
{
    ElfBuilder elf;
    elf.headers[5].p_flags |= PF_X;
    EXPECT_EQ(refusal(elf), "asks for an executable stack (-z noexecstack)");
}

TEST(ProgramHeader, a_program_header_table_outside_the_file_is_refused)
{
    const std::string reason = "truncated: its program header table lies outside the file";
    ElfBuilder elf;
    elf.header.e_phoff = 0x21f0;
    EXPECT_EQ(refusal(elf), reason);
    elf.header.e_phoff = UINT64_MAX - 8;
    EXPECT_EQ(refusal(elf), reason);
}

TEST(ProgramHeader, odd_program_header_tables_are_refused)
{
    ElfBuilder elf;
    elf.header.e_phentsize = 32;
    EXPECT_EQ(refusal(elf), "has program headers of 32 bytes; ELF64 has 56");
    elf = ElfBuilder();
    elf.header.e_phnum = 65;
    EXPECT_EQ(refusal(elf), "has 65 program headers; at most 64 are accepted");
    elf = ElfBuilder();
    elf.headers.clear();
    EXPECT_EQ(refusal(elf), "has no program headers");
}

TEST(ProgramHeader, a_file_of_absurd_size_is_refused)
{
    std::vector<std::byte> bytes = ElfBuilder().build();
    bytes.resize(max_program_file_size + 1);
    EXPECT_EQ(refusal(std::move(bytes)), "the file is larger than 256 MiB");
}

TEST(ProgramHeader, an_entry_point_outside_code_is_refused)
{
    for (const std::uint64_t entry : {std::uint64_t{0}, std::uint64_t{0x1100},
                                      std::uint64_t{0x2000}, std::uint64_t{0x3800}, UINT64_MAX}) {
        ElfBuilder elf;
        elf.header.e_entry = entry;
        char expected[100];
        std::snprintf(expected, sizeof(expected),
                      "its entry point 0x%llx is not in an executable segment",
                      static_cast<unsigned long long>(entry));
        EXPECT_EQ(refusal(elf), expected);
    }
}

} // namespace
} // namespace glacis::test
