#include "elf_builder.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <glacis/abi/note.h>
#include <glacis/abi/version.h>

namespace glacis::test {

namespace {

template <class T> void append(std::vector<std::byte>& bytes, const T& value)
{
    const auto* begin = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), begin, begin + sizeof(T));
}

void pad(std::vector<std::byte>& bytes)
{
    bytes.resize((bytes.size() + 3) / 4 * 4);
}

void put(std::vector<std::byte>& file, std::uint64_t offset, const void* data, std::size_t size)
{
    assert(offset + size <= file.size());
    if (size != 0) {
        std::memcpy(file.data() + offset, data, size);
    }
}

template <class T>
void put_all(std::vector<std::byte>& file, std::uint64_t offset, const std::vector<T>& values)
{
    put(file, offset, values.data(), values.size() * sizeof(T));
}

Elf64_Phdr segment(Elf64_Word type, Elf64_Word flags, std::uint64_t at, std::uint64_t in_file,
                   std::uint64_t in_memory, std::uint64_t alignment)
{
    return {type, flags, at, at, at, in_file, in_memory, alignment};
}

} // namespace

std::vector<std::byte> encode(const std::vector<NoteSpec>& notes)
{
    std::vector<std::byte> bytes;
    for (const NoteSpec& note : notes) {
        append(bytes, Elf64_Nhdr{static_cast<Elf64_Word>(note.owner.size() + 1),
                                 static_cast<Elf64_Word>(note.descriptor.size()), note.type});
        for (const char c : note.owner) {
            bytes.push_back(static_cast<std::byte>(c));
        }
        bytes.push_back(std::byte{0});
        pad(bytes);
        bytes.insert(bytes.end(), note.descriptor.begin(), note.descriptor.end());
        pad(bytes);
    }
    return bytes;
}

NoteSpec abi_note(std::uint32_t version, std::uint32_t flags)
{
    NoteSpec note;
    note.type = GLACIS_NOTE_ABI;
    append(note.descriptor, glacis_note_abi{version, flags});
    return note;
}

NoteSpec export_note(const std::string& name, std::uint64_t entry, std::uint32_t arguments,
                     std::uint32_t min_stack)
{
    NoteSpec note;
    note.type = GLACIS_NOTE_EXPORT;
    append(note.descriptor, glacis_note_export{entry, min_stack, arguments});
    for (const char c : name) {
        note.descriptor.push_back(static_cast<std::byte>(c));
    }
    note.descriptor.push_back(std::byte{0});
    return note;
}

ElfBuilder::ElfBuilder()
{
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_entry = entry;
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
    headers = {
        segment(PT_LOAD, PF_R, 0, 0x1000, 0x1000, 0x1000),
        segment(PT_LOAD, PF_R | PF_X, 0x1000, 0x100, 0x100, 0x1000),
        segment(PT_LOAD, PF_R | PF_W, data, 0x200, 0x1800, 0x1000),
        segment(PT_DYNAMIC, PF_R | PF_W, dynamic_at, 0x100, 0x100, 8),
        segment(PT_NOTE, PF_R, notes_at, 0, 0, 4), // sized by build()
        segment(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 16),
    };
    notes = {abi_note(GLACIS_ABI_VERSION)};
}

ElfBuilder& ElfBuilder::add_relative(std::uint64_t target, std::int64_t addend)
{
    relocations.push_back({target, ELF64_R_INFO(0, R_X86_64_RELATIVE), addend});
    return *this;
}

ElfBuilder& ElfBuilder::poke(std::uint64_t offset, std::uint64_t word)
{
    Patch patch{offset, {}};
    append(patch.bytes, word);
    patches.push_back(std::move(patch));
    return *this;
}

std::vector<std::byte> ElfBuilder::build() const
{
    std::vector<std::byte> file(tail_at);
    file.insert(file.end(), tail.begin(), tail.end());
    std::fill_n(file.begin() + 0x1000, 0x100, std::byte{0x90});

    const std::vector<std::byte> note_bytes = encode(notes);
    std::vector<Elf64_Phdr> table = headers;
    for (Elf64_Phdr& entry_header : table) {
        if (entry_header.p_type == PT_NOTE && entry_header.p_filesz == 0) {
            entry_header.p_filesz = entry_header.p_memsz = note_bytes.size();
        }
    }
    Elf64_Ehdr head = header;
    if (head.e_phnum == 0) {
        head.e_phnum = static_cast<Elf64_Half>(table.size());
    }
    std::vector<Elf64_Dyn> dynamic = more_dynamic;
    const auto add = [&dynamic](Elf64_Sxword tag, std::uint64_t value) {
        dynamic.push_back({tag, {value}});
    };
    if (!relocations.empty()) {
        add(DT_RELA, rela_at);
        add(DT_RELASZ, relocations.size() * sizeof(Elf64_Rela));
        add(DT_RELAENT, sizeof(Elf64_Rela));
    }
    if (!packed_relocations.empty()) {
        add(36, relr_at); // DT_RELR, DT_RELRSZ, DT_RELRENT
        add(35, packed_relocations.size() * sizeof(std::uint64_t));
        add(37, sizeof(std::uint64_t));
    }
    add(DT_NULL, 0);

    put(file, 0, &head, sizeof(head));
    put_all(file, sizeof(head), table);
    put_all(file, notes_at, note_bytes);
    put_all(file, rela_at, relocations);
    put_all(file, relr_at, packed_relocations);
    put_all(file, dynamic_at, dynamic);
    for (const Patch& patch : patches) {
        put_all(file, patch.offset, patch.bytes);
    }
    return file;
}

} // namespace glacis::test
