#include "fault/program_names.hpp"

#include <algorithm>

#include <elfutils/libdw.h>
#include <gelf.h>

#include <glacis/supervisor/types.hpp>

#include "fault/line_lookup.hpp"

namespace glacis::fault {

namespace {

constexpr std::size_t most_symbols = 1'000'000;

std::uint64_t lowest_loaded_page(Elf* elf)
{
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0)
        return 0;
    std::uint64_t lowest = UINT64_MAX;
    // More program headers than this number fits are refused by every loader.
    for (std::size_t i = 0; i < std::min<std::size_t>(count, UINT16_MAX); ++i) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, static_cast<int>(i), &header) != nullptr && header.p_type == PT_LOAD)
            lowest = std::min(lowest, supervisor::page_floor(header.p_vaddr));
    }
    return lowest == UINT64_MAX ? 0 : lowest;
}

/// Functions, and labels of assembler code, which seldom have a type.
bool is_code(Elf* elf, const GElf_Sym& symbol)
{
    const auto type = GELF_ST_TYPE(symbol.st_info);
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE)
        return false;
    if (type == STT_FUNC)
        return true;
    if (type != STT_NOTYPE)
        return false;
    GElf_Shdr header;
    Elf_Scn* section = elf_getscn(elf, symbol.st_shndx);
    return section != nullptr && gelf_getshdr(section, &header) != nullptr &&
           (header.sh_flags & SHF_EXECINSTR) != 0;
}

} // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>>
ProgramNames::section(const std::string& name) const
{
    std::size_t names = 0;
    if (!elf_ || elf_getshdrstrndx(elf_.get(), &names) != 0)
        return std::nullopt;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
        GElf_Shdr header{};
        if (gelf_getshdr(section, &header) == nullptr)
            continue;
        const char* its = elf_strptr(elf_.get(), names, header.sh_name);
        if (its != nullptr && name == its)
            return std::pair{header.sh_addr, header.sh_size};
    }
    return std::nullopt;
}

void ProgramNames::CloseElf::operator()(Elf* elf) const
{
    elf_end(elf);
}

void ProgramNames::CloseDwarf::operator()(Dwarf* dwarf) const
{
    dwarf_end(dwarf);
}

ProgramNames::ProgramNames(std::span<const std::byte> file)
{
    elf_version(EV_CURRENT);
    // libelf wants a char* and only reads: the command is ELF_C_READ.
    auto* bytes = const_cast<char*>(reinterpret_cast<const char*>(file.data()));
    elf_.reset(elf_memory(bytes, file.size()));
    if (!elf_ || elf_kind(elf_.get()) != ELF_K_ELF) {
        elf_.reset();
        return;
    }
    link_base_ = lowest_loaded_page(elf_.get());
    read_symbols();
    if (has_acceptable_debug_information(elf_.get()))
        dwarf_.reset(dwarf_begin_elf(elf_.get(), DWARF_C_READ, nullptr));
}

void ProgramNames::read_symbols()
{
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB ||
            header.sh_entsize == 0 || (header.sh_flags & SHF_COMPRESSED) != 0)
            continue;
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr)
            continue;
        const auto count = std::min<std::size_t>(data->d_size / header.sh_entsize, most_symbols);
        for (std::size_t i = 0; i < count; ++i) {
            GElf_Sym symbol;
            if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr)
                break;
            if (!is_code(elf_.get(), symbol))
                continue;
            const char* name = elf_strptr(elf_.get(), header.sh_link, symbol.st_name);
            if (name != nullptr && *name != '\0')
                functions_.push_back({symbol.st_value, symbol.st_size, name});
        }
        break; // a file has one
    }
    // Of names for the same address the one with a size comes last, and is found.
    std::stable_sort(
        functions_.begin(), functions_.end(), [](const NamedRange& one, const NamedRange& other) {
            return one.start != other.start ? one.start < other.start : one.size < other.size;
        });
}

std::optional<ProgramNames::Function> ProgramNames::function(std::uint64_t address)
{
    const auto after = std::upper_bound(
        functions_.begin(), functions_.end(), address,
        [](std::uint64_t value, const NamedRange& range) { return value < range.start; });
    if (after == functions_.begin())
        return std::nullopt;
    const NamedRange& found = *std::prev(after);
    if (found.size != 0 && address - found.start >= found.size)
        return std::nullopt;
    return Function{found.name, found.start};
}

std::vector<ProgramNames::FunctionRange> ProgramNames::functions() const
{
    std::vector<FunctionRange> all;
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        const NamedRange& each = functions_[i];
        std::uint64_t end = each.start;
        if (each.size <= UINT64_MAX - each.start)
            end += each.size;
        if (each.size == 0) {
            const auto next =
                std::find_if(functions_.begin() + static_cast<std::ptrdiff_t>(i), functions_.end(),
                             [&each](const NamedRange& other) { return other.start > each.start; });
            end = next != functions_.end() ? next->start : each.start;
        }
        all.push_back({each.name, each.start, end});
    }
    return all;
}

std::optional<ProgramNames::Line> ProgramNames::line(std::uint64_t address)
{
    if (!dwarf_)
        return std::nullopt;
    auto found = find_line(dwarf_.get(), address);
    if (!found)
        return std::nullopt;
    return Line{std::move(found->file), found->line};
}

} // namespace glacis::fault
