// Notes: the ABI version and the exports.
#include <gtest/gtest.h>

#include <glacis/abi/note.h>
#include <glacis/abi/version.h>

#include "refusal.hpp"

namespace glacis::test {
namespace {

const std::string malformed_export = "its export note 0 is malformed: a name of 1 to 63 letters, "
                                     "digits, '_' or '-', ended by a zero "
                                     "byte, is expected";

ElfBuilder with_notes(std::vector<NoteSpec> notes)
{
    ElfBuilder elf;
    elf.notes = std::move(notes);
    return elf;
}

ElfBuilder with_export(NoteSpec note)
{
    return with_notes({abi_note(GLACIS_ABI_VERSION), std::move(note)});
}

TEST(ProgramNotes, a_program_without_an_abi_note_is_refused)
{
    const std::string reason =
        "has no Glacis ABI note: it was not built as a domain program (glacis_add_program)";
    EXPECT_EQ(refusal(with_notes({export_note("put", 0x1010)})), reason);
    NoteSpec foreign = abi_note(GLACIS_ABI_VERSION);
    foreign.owner = "GNU";
    EXPECT_EQ(refusal(with_notes({foreign})), reason);
    foreign.owner = "Glacier";
    EXPECT_EQ(refusal(with_notes({foreign})), reason);
}

TEST(ProgramNotes, another_abi_version_is_refused_by_number)
{
    EXPECT_EQ(refusal(with_notes({abi_note(7)})), "built for ABI version 7, this Glacis speaks 2");
}

TEST(ProgramNotes, a_malformed_abi_note_is_refused)
{
    NoteSpec short_note = abi_note(GLACIS_ABI_VERSION);
    short_note.descriptor.resize(7);
    EXPECT_EQ(refusal(with_notes({short_note})), "its ABI note is malformed");
    NoteSpec long_note = abi_note(GLACIS_ABI_VERSION);
    long_note.descriptor.resize(12);
    EXPECT_EQ(refusal(with_notes({long_note})), "its ABI note is malformed");
    EXPECT_EQ(refusal(with_notes({abi_note(GLACIS_ABI_VERSION, 1)})), "its ABI note is malformed");
}

TEST(ProgramNotes, two_abi_notes_are_refused)
{
    EXPECT_EQ(refusal(with_notes({abi_note(GLACIS_ABI_VERSION), abi_note(GLACIS_ABI_VERSION)})),
              "has more than one ABI note");
}

TEST(ProgramNotes, notes_that_run_out_of_their_segment_are_refused)
{
    ElfBuilder elf;
    elf.headers[4].p_filesz = 16; // the header and half of the name
    EXPECT_EQ(refusal(elf), "its note segment 4 is malformed");
    elf.headers[4].p_filesz = 8;
    EXPECT_EQ(refusal(elf), "its note segment 4 is malformed");
    elf = ElfBuilder();
    elf.poke(ElfBuilder::notes_at, 0xffffffff'ffffffff); // both sizes
    EXPECT_EQ(refusal(elf), "its note segment 4 is malformed");
}

TEST(ProgramNotes, of_other_owners_are_left_alone)
{
    NoteSpec foreign;
    foreign.owner = "GNU";
    foreign.type = 3;
    foreign.descriptor.resize(20);
    EXPECT_EQ(refusal(with_notes({foreign, abi_note(GLACIS_ABI_VERSION), foreign})), "accepted");
}

TEST(ProgramNotes, of_unknown_type_are_refused)
{
    NoteSpec note = abi_note(GLACIS_ABI_VERSION);
    note.type = 9;
    EXPECT_EQ(refusal(with_export(note)), "has a Glacis note of unknown type 9");
}

TEST(ProgramNotes, exports_are_found)
{
    const auto program =
        Program::parse(with_export(export_note("put", 0x1020, 3, 8192)).build(), EM_X86_64);
    ASSERT_TRUE(program.has_value());
    ASSERT_EQ(program->exports().size(), 1U);
    const ProgramExport& exported = program->exports()[0];
    EXPECT_EQ(exported.name, "put");
    EXPECT_EQ(exported.entry, 0x1020U);
    EXPECT_EQ(exported.arguments, 3U);
    EXPECT_EQ(exported.min_stack, 8192U);
}

TEST(ProgramNotes, an_export_whose_address_is_relocated_is_found)
{
    ElfBuilder elf = with_notes({export_note("put", 0), abi_note(GLACIS_ABI_VERSION)});
    constexpr std::uint64_t first_descriptor = ElfBuilder::notes_at + 12 + 8;
    elf.add_relative(first_descriptor, 0x1040);
    const auto program = Program::parse(elf.build(), EM_X86_64);
    ASSERT_TRUE(program.has_value()) << refusal(elf);
    EXPECT_EQ(program->exports().at(0).entry, 0x1040U);
}

TEST(ProgramNotes, an_export_outside_code_is_refused)
{
    EXPECT_EQ(refusal(with_export(export_note("put", 0x2000))),
              "its export 'put' is not in an executable segment");
    EXPECT_EQ(refusal(with_export(export_note("put", UINT64_MAX))),
              "its export 'put' is not in an executable segment");
}

TEST(ProgramNotes, too_many_arguments_are_refused)
{
    EXPECT_EQ(refusal(with_export(export_note("put", 0x1010, 6))), "accepted");
    EXPECT_EQ(refusal(with_export(export_note("put", 0x1010, 7))),
              "its export 'put' takes 7 arguments; at most 6 are possible");
}

TEST(ProgramNotes, bad_export_names_are_refused)
{
    EXPECT_EQ(refusal(with_export(export_note("", 0x1010))), malformed_export);
    EXPECT_EQ(refusal(with_export(export_note("a b", 0x1010))), malformed_export);
    EXPECT_EQ(refusal(with_export(export_note("\x1b[31m", 0x1010))), malformed_export);
    EXPECT_EQ(refusal(with_export(export_note(std::string(63, 'x'), 0x1010))), "accepted");
    EXPECT_EQ(refusal(with_export(export_note(std::string(64, 'x'), 0x1010))), malformed_export);
}

TEST(ProgramNotes, an_export_name_without_its_end_is_refused)
{
    NoteSpec note = export_note("put", 0x1010);
    note.descriptor.pop_back();
    EXPECT_EQ(refusal(with_export(note)), malformed_export);
    note.descriptor.resize(15);
    EXPECT_EQ(refusal(with_export(note)), malformed_export);
}

TEST(ProgramNotes, anything_behind_an_export_name_is_refused)
{
    NoteSpec note = export_note("put", 0x1010);
    note.descriptor.push_back(std::byte{'x'});
    EXPECT_EQ(refusal(with_export(note)), malformed_export);
}

TEST(ProgramNotes, more_than_a_thousand_are_refused)
{
    ElfBuilder elf;
    const auto set_notes = [&elf](int exports) {
        elf.notes = {abi_note(GLACIS_ABI_VERSION)};
        for (int i = 0; i < exports; ++i) {
            elf.notes.push_back(export_note("export" + std::to_string(i), 0x1010));
        }
        elf.tail = encode(elf.notes);
        elf.notes.clear();
        elf.headers[4].p_offset = ElfBuilder::tail_at;
        elf.headers[4].p_filesz = elf.tail.size();
    };
    set_notes(1023);
    EXPECT_EQ(refusal(elf), "accepted");
    set_notes(1024);
    EXPECT_EQ(refusal(elf), "has more than 1024 Glacis notes");
}

TEST(ProgramNotes, duplicate_exports_are_refused)
{
    EXPECT_EQ(refusal(with_notes({abi_note(GLACIS_ABI_VERSION), export_note("put", 0x1010),
                                  export_note("put", 0x1020)})),
              "exports 'put' twice");
}

} // namespace
} // namespace glacis::test
