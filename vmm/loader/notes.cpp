#include "loader/notes.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include <glacis/abi/note.h>
#include <glacis/abi/version.h>

#include "loader/bytes.hpp"

namespace glacis {

namespace {

constexpr std::uint32_t max_arguments = 6;
constexpr std::size_t max_notes = 1024;

/// One note with Glacis's name.
struct Note {
    std::uint32_t type = 0;
    std::span<const std::byte> descriptor;
    std::optional<std::uint64_t> image_offset; ///< of the descriptor, where it is in the image
};

std::uint64_t round_up(std::uint64_t value, std::uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

bool is_ours(std::span<const std::byte> name)
{
    constexpr std::string_view owner{GLACIS_NOTE_OWNER, sizeof(GLACIS_NOTE_OWNER)}; // with its zero
    return name.size() == owner.size() && std::memcmp(name.data(), owner.data(), owner.size()) == 0;
}

/// Appends Glacis's notes of one PT_NOTE segment. Empty when there is nothing to complain about.
std::string collect_notes(const ElfFile& elf, std::size_t index, std::vector<Note>& notes)
{
    const Elf64_Phdr& header = elf.headers[index];
    std::string malformed = "its note segment " + std::to_string(index) + " is malformed";
    const std::uint64_t alignment = header.p_align == 8 ? 8 : 4;
    const auto bytes = slice(elf.bytes, header.p_offset, header.p_filesz);
    if (!bytes) {
        return malformed;
    }
    std::uint64_t at = 0;
    while (at < bytes->size()) {
        const auto note = read_at<Elf64_Nhdr>(*bytes, at);
        if (!note) {
            return malformed;
        }
        const std::uint64_t name_at = at + sizeof(Elf64_Nhdr);
        const std::uint64_t descriptor_at = round_up(name_at + note->n_namesz, alignment);
        const auto name = slice(*bytes, name_at, note->n_namesz);
        const auto descriptor = slice(*bytes, descriptor_at, note->n_descsz);
        if (!name || !descriptor) {
            return malformed;
        }
        if (is_ours(*name)) {
            if (notes.size() == max_notes) {
                return "has more than " + std::to_string(max_notes) + " Glacis notes";
            }
            notes.push_back(
                {note->n_type, *descriptor, elf.image_offset(header.p_vaddr + descriptor_at)});
        }
        at = round_up(descriptor_at + note->n_descsz, alignment);
    }
    return {};
}

/// Empty when the program was built for this ABI.
std::string abi_complaint(const std::vector<Note>& notes)
{
    const auto is_abi = [](const Note& note) {
        return note.type == GLACIS_NOTE_ABI;
    };
    const auto found = std::find_if(notes.begin(), notes.end(), is_abi);
    if (found == notes.end()) {
        return "has no Glacis ABI note: it was not built as a domain program (glacis_add_program)";
    }
    const auto abi = read_at<glacis_note_abi>(found->descriptor, 0);
    if (!abi) {
        return "its ABI note is malformed";
    }
    if (abi->abi_version != GLACIS_ABI_VERSION) {
        return "built for ABI version " + std::to_string(abi->abi_version) +
               ", this Glacis speaks " + std::to_string(GLACIS_ABI_VERSION);
    }
    if (abi->flags != 0 || found->descriptor.size() != sizeof(glacis_note_abi)) {
        return "its ABI note is malformed";
    }
    if (std::any_of(found + 1, notes.end(), is_abi)) {
        return "has more than one ABI note";
    }
    return {};
}

bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/// The name that follows the fixed part of an export note: zero-terminated, padded with zeros only.
std::optional<std::string> export_name(std::span<const std::byte> bytes)
{
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    const std::size_t length = text.find('\0');
    if (length == std::string_view::npos || length == 0 || length >= GLACIS_EXPORT_NAME_MAX ||
        text.find_first_not_of('\0', length) != std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view name = text.substr(0, length);
    if (!std::all_of(name.begin(), name.end(), is_name_character)) {
        return std::nullopt;
    }
    return std::string(name);
}

/// Where an export begins, relative to the image: as a relocation says, or else as the note does.
std::optional<std::uint64_t> export_entry(const ElfFile& elf, const Note& note,
                                          std::uint64_t link_entry,
                                          const std::vector<Relocation>& relocations)
{
    if (note.image_offset) {
        const std::uint64_t target = *note.image_offset + offsetof(glacis_note_export, entry);
        const auto found = std::find_if(
            relocations.begin(), relocations.end(),
            [target](const Relocation& relocation) { return relocation.image_offset == target; });
        if (found != relocations.end()) {
            return found->addend;
        }
    }
    return elf.image_offset(link_entry);
}

Result<ProgramExport, ProgramError> read_export(const ElfFile& elf, const Note& note,
                                                std::size_t number,
                                                const std::vector<Relocation>& relocations)
{
    const auto fixed = read_at<glacis_note_export>(note.descriptor, 0);
    const auto name =
        fixed ? export_name(note.descriptor.subspan(sizeof(glacis_note_export))) : std::nullopt;
    if (!name) {
        return ProgramError{"its export note " + std::to_string(number) +
                            " is malformed: a name of 1 to 63 letters, digits, '_' or '-', "
                            "ended by a zero byte, is expected"};
    }
    const auto entry = export_entry(elf, note, fixed->entry, relocations);
    if (!entry || !elf.is_code(*entry)) {
        return ProgramError{"its export '" + *name + "' is not in an executable segment"};
    }
    if (fixed->arguments > max_arguments) {
        return ProgramError{"its export '" + *name + "' takes " + std::to_string(fixed->arguments) +
                            " arguments; at most 6 are possible"};
    }
    return ProgramExport{*name, *entry, fixed->min_stack, fixed->arguments};
}

} // namespace

Result<std::vector<ProgramExport>, ProgramError>
read_notes(const ElfFile& elf, const std::vector<Relocation>& relocations)
{
    std::vector<Note> notes;
    for (std::size_t i = 0; i < elf.headers.size(); ++i) {
        if (elf.headers[i].p_type != PT_NOTE) {
            continue;
        }
        if (std::string complaint = collect_notes(elf, i, notes); !complaint.empty()) {
            return ProgramError{std::move(complaint)};
        }
    }
    if (std::string complaint = abi_complaint(notes); !complaint.empty()) {
        return ProgramError{std::move(complaint)};
    }
    std::vector<ProgramExport> exports;
    for (const Note& note : notes) {
        if (note.type == GLACIS_NOTE_ABI) {
            continue;
        }
        if (note.type != GLACIS_NOTE_EXPORT) {
            return ProgramError{"has a Glacis note of unknown type " + std::to_string(note.type)};
        }
        auto made = read_export(elf, note, exports.size(), relocations);
        if (!made) {
            return made.error();
        }
        const bool is_duplicate =
            std::any_of(exports.begin(), exports.end(),
                        [&](const auto& other) { return other.name == made->name; });
        if (is_duplicate) {
            return ProgramError{"exports '" + made->name + "' twice"};
        }
        exports.push_back(std::move(made).value());
    }
    return exports;
}

} // namespace glacis
