#include "fault/line_lookup.hpp"

#include <cstring>
#include <string_view>

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>

namespace glacis::fault {

namespace {

constexpr std::uint64_t most_debug_bytes = std::uint64_t{256} * 1024 * 1024;
/// libdw makes some 50 bytes of each byte of a line program, in the worst case.
constexpr std::uint64_t most_line_bytes = std::uint64_t{8} * 1024 * 1024;
constexpr int most_units = 100'000;
constexpr int most_ranges = 1'000'000;
constexpr int most_line_tables = 4;
constexpr std::size_t longest_path = 512;

/// Debug sections by what they may make libdw do.
bool refers_to_other_files(std::string_view name)
{
    return name == ".gnu_debugaltlink" || name == ".debug_sup";
}

/// The older compressed format says its size where only libdw reads it.
bool is_old_compressed(std::string_view name)
{
    return name.starts_with(".zdebug");
}

/// Bytes after decompression.
std::uint64_t section_size(Elf_Scn* section, const GElf_Shdr& header)
{
    if ((header.sh_flags & SHF_COMPRESSED) == 0)
        return header.sh_size;
    GElf_Chdr compression;
    if (gelf_getchdr(section, &compression) == nullptr)
        return most_debug_bytes + 1;
    return compression.ch_size;
}

/// Units whose debug information lies in a file of its own make libdw look for that file.
bool is_self_contained(Dwarf_Die& unit)
{
    Dwarf_Half version = 0;
    std::uint8_t type = 0;
    return dwarf_cu_info(unit.cu, &version, &type, nullptr, nullptr, nullptr, nullptr, nullptr) ==
               0 &&
           type == DW_UT_compile;
}

/// `budget` is shared by all units of a search.
bool covers(Dwarf_Die& unit, std::uint64_t address, int& budget)
{
    Dwarf_Addr base = 0;
    Dwarf_Addr begin = 0;
    Dwarf_Addr end = 0;
    std::ptrdiff_t offset = 0;
    while (budget-- > 0 && (offset = dwarf_ranges(&unit, offset, &base, &begin, &end)) > 0) {
        if (begin <= address && address < end)
            return true;
    }
    return false;
}

std::optional<SourceLine> line_in_unit(Dwarf_Die& unit, std::uint64_t address)
{
    Dwarf_Line* line = dwarf_getsrc_die(&unit, address);
    SourceLine result;
    if (line == nullptr || dwarf_lineno(line, &result.line) != 0)
        return std::nullopt;
    const char* file = dwarf_linesrc(line, nullptr, nullptr);
    if (file == nullptr)
        return std::nullopt;
    result.file.assign(file, strnlen(file, longest_path));
    return result;
}

} // namespace

bool has_acceptable_debug_information(Elf* elf)
{
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return false;
    std::uint64_t total = 0;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr)
            return false;
        const char* name = elf_strptr(elf, names, header.sh_name);
        if (name == nullptr)
            continue;
        if (refers_to_other_files(name) || is_old_compressed(name))
            return false;
        if (!std::string_view(name).starts_with(".debug_"))
            continue;
        const auto size = section_size(section, header);
        if (size > most_debug_bytes - total)
            return false;
        total += size;
        if (std::string_view(name) == ".debug_line" && size > most_line_bytes)
            return false;
    }
    return true;
}

std::optional<SourceLine> find_line(Dwarf* dwarf, std::uint64_t address)
{
    int ranges = most_ranges;
    int tables = most_line_tables;
    Dwarf_Off offset = 0;
    Dwarf_Off next = 0;
    std::size_t header_size = 0;
    for (int units = 0; units < most_units && tables > 0; ++units) {
        if (dwarf_nextcu(dwarf, offset, &next, &header_size, nullptr, nullptr, nullptr) != 0 ||
            next <= offset)
            break;
        Dwarf_Die unit;
        if (dwarf_offdie(dwarf, offset + header_size, &unit) != nullptr &&
            is_self_contained(unit) && covers(unit, address, ranges)) {
            --tables;
            if (auto line = line_in_unit(unit, address))
                return line;
        }
        offset = next;
    }
    return std::nullopt;
}

} // namespace glacis::fault
