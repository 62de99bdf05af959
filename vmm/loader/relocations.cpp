#include "loader/relocations.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <glacis/abi/hypercall.h>

#include "loader/bytes.hpp"
#include "loader/machine.hpp"

// Older <elf.h> do not know packed relative relocations.
#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#define DT_RELRENT 37
#endif

namespace glacis {

namespace {

constexpr std::uint64_t word = 8;
constexpr std::size_t max_relocations = std::size_t{1} << 20;

/// A table that the dynamic section points to.
struct Table {
    std::optional<std::uint64_t> address; ///< link-time
    std::uint64_t size = 0;
    std::optional<std::uint64_t> entry_size;
};

/// What the loader takes from the dynamic section; everything else there is the program's own
/// business.
struct Dynamic {
    Table rela;
    Table relr;
};

std::string type_name(const MachineKind& kind, std::uint32_t type)
{
    const auto found =
        std::find_if(kind.relocations.begin(), kind.relocations.end(),
                     [type](const NamedRelocation& relocation) { return relocation.type == type; });
    return found == kind.relocations.end() ? "type " + std::to_string(type)
                                           : std::string(found->name);
}

std::string relocation_name(std::size_t number)
{
    return "relocation " + std::to_string(number);
}

/// Takes one entry over. Empty when there is nothing to complain about.
std::string take_entry(const Elf64_Dyn& entry, Dynamic& dynamic)
{
    switch (entry.d_tag) {
    case DT_NEEDED:
        return "needs a shared library; a domain program is linked statically (-static-pie)";
    case DT_RELA:
        dynamic.rela.address = entry.d_un.d_ptr;
        return {};
    case DT_RELASZ:
        dynamic.rela.size = entry.d_un.d_val;
        return {};
    case DT_RELAENT:
        dynamic.rela.entry_size = entry.d_un.d_val;
        return {};
    case DT_RELR:
        dynamic.relr.address = entry.d_un.d_ptr;
        return {};
    case DT_RELRSZ:
        dynamic.relr.size = entry.d_un.d_val;
        return {};
    case DT_RELRENT:
        dynamic.relr.entry_size = entry.d_un.d_val;
        return {};
    case DT_REL:
        return "has relocations without addends (DT_REL), which are not supported";
    case DT_PLTRELSZ:
        return entry.d_un.d_val == 0
                   ? std::string{}
                   : "has relocations of a procedure linkage table, which are not supported";
    default:
        return {};
    }
}

Result<Dynamic, ProgramError> read_dynamic(const ElfFile& elf)
{
    Dynamic dynamic;
    for (const Elf64_Phdr& header : elf.headers) {
        if (header.p_type != PT_DYNAMIC) {
            continue;
        }
        const auto offset = elf.image_offset(header.p_vaddr);
        const auto bytes = offset ? elf.loaded_bytes(*offset, header.p_filesz) : std::nullopt;
        if (!bytes) {
            return ProgramError{"its dynamic section lies outside its segments"};
        }
        for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= bytes->size();
             at += sizeof(Elf64_Dyn)) {
            const Elf64_Dyn entry = *read_at<Elf64_Dyn>(*bytes, at);
            if (entry.d_tag == DT_NULL) {
                break;
            }
            if (std::string complaint = take_entry(entry, dynamic); !complaint.empty()) {
                return ProgramError{std::move(complaint)};
            }
        }
    }
    return dynamic;
}

/// The bytes of a table, checked to be whole entries; empty when there is no table.
Result<std::span<const std::byte>, ProgramError> table_bytes(const ElfFile& elf, const Table& table,
                                                             std::uint64_t entry_size)
{
    if (!table.address || table.size == 0) {
        return std::span<const std::byte>{};
    }
    if (table.entry_size.value_or(entry_size) != entry_size || table.size % entry_size != 0) {
        return ProgramError{"its relocation table is malformed: entries of " +
                            std::to_string(entry_size) + " bytes expected"};
    }
    const auto offset = elf.image_offset(*table.address);
    const auto bytes = offset ? elf.loaded_bytes(*offset, table.size) : std::nullopt;
    if (!bytes) {
        return ProgramError{"its relocation table lies outside its segments"};
    }
    return *bytes;
}

/// Adds the relocation of the word at `link_target` to what is at link-time address `link_address`.
/// Empty when there is nothing to complain about.
std::string add_relocation(const ElfFile& elf, std::uint64_t link_target,
                           std::uint64_t link_address, std::vector<Relocation>& relocations)
{
    const auto complain = [&relocations](const std::string& what) {
        return relocation_name(relocations.size()) + what;
    };
    const auto target = elf.image_offset(link_target);
    const LoadedSegment* segment = target ? elf.segment_of(*target, word) : nullptr;
    if (segment == nullptr) {
        return complain(" changes " + hex(link_target) + ", which is in no segment");
    }
    if ((segment->perm & PD_PERM_EXECUTE) != 0) {
        return complain(" changes code at " + hex(link_target) + "; compile with -fPIE");
    }
    const auto addend = elf.image_offset(link_address);
    if (!addend) {
        return complain(" points to " + hex(link_address) + ", outside the image");
    }
    if (relocations.size() == max_relocations) {
        return "has more than " + std::to_string(max_relocations) + " relocations";
    }
    relocations.push_back({*target, *addend});
    return {};
}

std::string read_rela(const ElfFile& elf, std::span<const std::byte> table, const MachineKind& kind,
                      std::vector<Relocation>& relocations)
{
    relocations.reserve(std::min(table.size() / sizeof(Elf64_Rela), max_relocations));
    for (std::uint64_t at = 0; at < table.size(); at += sizeof(Elf64_Rela)) {
        const Elf64_Rela entry = *read_at<Elf64_Rela>(table, at);
        const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(entry.r_info));
        if (type == 0) { // R_*_NONE on every machine
            continue;
        }
        if (type != kind.relative || ELF64_R_SYM(entry.r_info) != 0) {
            return relocation_name(at / sizeof(Elf64_Rela)) + " is " + type_name(kind, type) +
                   (type == kind.relative ? " with a symbol" : "") + "; only " +
                   type_name(kind, kind.relative) + " is supported";
        }
        if (std::string complaint = add_relocation(
                elf, entry.r_offset, static_cast<std::uint64_t>(entry.r_addend), relocations);
            !complaint.empty()) {
            return complaint;
        }
    }
    return {};
}

/// The word that the file gives at a link-time address, 0 where only memory is; nothing outside
/// segments.
std::optional<std::uint64_t> word_at(const ElfFile& elf, std::uint64_t link_address)
{
    const auto offset = elf.image_offset(link_address);
    if (!offset || elf.segment_of(*offset, word) == nullptr) {
        return std::nullopt;
    }
    const auto bytes = elf.loaded_bytes(*offset, word);
    return bytes ? read_at<std::uint64_t>(*bytes, 0) : std::optional<std::uint64_t>{0};
}

/// Packed relocations: an even entry is the address of a word to relocate; an odd one is a bitmap
/// of the 63 words that follow the last one covered. Addends are the words themselves.
std::string read_relr(const ElfFile& elf, std::span<const std::byte> table,
                      std::vector<Relocation>& relocations)
{
    constexpr std::uint64_t words_in_bitmap = 63;
    std::optional<std::uint64_t> next; // the first word that a bitmap would cover
    const auto relocate = [&](std::uint64_t target) {
        const auto addend = word_at(elf, target);
        return addend ? add_relocation(elf, target, *addend, relocations)
                      : relocation_name(relocations.size()) + " changes " + hex(target) +
                            ", which is in no segment";
    };
    for (std::uint64_t at = 0; at < table.size(); at += word) {
        const std::uint64_t entry = *read_at<std::uint64_t>(table, at);
        if ((entry & 1) == 0) {
            if (std::string complaint = relocate(entry); !complaint.empty()) {
                return complaint;
            }
            next = entry + word;
            continue;
        }
        if (!next) {
            return "its relocation table is malformed: it begins with a bitmap";
        }
        for (std::uint64_t bit = 1; bit <= words_in_bitmap; ++bit) {
            if ((entry >> bit & 1) == 0) {
                continue;
            }
            if (std::string complaint = relocate(*next + (bit - 1) * word); !complaint.empty()) {
                return complaint;
            }
        }
        *next += words_in_bitmap * word;
    }
    return {};
}

} // namespace

Result<std::vector<Relocation>, ProgramError> read_relocations(const ElfFile& elf,
                                                               std::uint16_t machine)
{
    const MachineKind* kind = find_machine(machine);
    if (kind == nullptr) {
        return ProgramError{"relocations of its machine are not supported"};
    }
    const auto dynamic = read_dynamic(elf);
    if (!dynamic) {
        return dynamic.error();
    }
    const auto rela = table_bytes(elf, dynamic->rela, sizeof(Elf64_Rela));
    if (!rela) {
        return rela.error();
    }
    const auto relr = table_bytes(elf, dynamic->relr, word);
    if (!relr) {
        return relr.error();
    }
    std::vector<Relocation> relocations;
    if (std::string complaint = read_rela(elf, *rela, *kind, relocations); !complaint.empty()) {
        return ProgramError{std::move(complaint)};
    }
    if (std::string complaint = read_relr(elf, *relr, relocations); !complaint.empty()) {
        return ProgramError{std::move(complaint)};
    }
    return relocations;
}

} // namespace glacis
