#include "loader/elf_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include <glacis/abi/hypercall.h>
#include <glacis/abi/layout.h>

#include "loader/bytes.hpp"
#include "loader/machine.hpp"

namespace glacis {

namespace {

constexpr std::uint64_t page = GLACIS_PAGE_SIZE;
constexpr std::size_t max_headers = 64;

// Structures are read as they lie in the file: little-endian, as every host that runs Glacis is.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

ProgramError refuse(std::string reason)
{
    return {std::move(reason)};
}

/// Empty when the type is right.
std::string type_complaint(std::uint16_t type)
{
    switch (type) {
    case ET_DYN:
        return {};
    case ET_EXEC:
        return "linked for a fixed address; a domain program is a static PIE (-static-pie)";
    case ET_REL:
        return "an object file, not a linked program";
    case ET_CORE:
        return "a core dump, not a program";
    default:
        return "ELF type " + std::to_string(type) + " is not a program";
    }
}

Result<Elf64_Ehdr, ProgramError> read_header(std::span<const std::byte> bytes,
                                             std::uint16_t machine)
{
    if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
        return refuse(bytes.empty() ? "the file is empty" : "not an ELF file");
    }
    std::array<unsigned char, EI_NIDENT> ident{};
    if (bytes.size() < ident.size()) {
        return refuse("truncated: it ends inside its ELF header");
    }
    std::memcpy(ident.data(), bytes.data(), ident.size());
    if (ident[EI_CLASS] != ELFCLASS64) {
        return refuse(ident[EI_CLASS] == ELFCLASS32 ? "a 32-bit program; domain programs are 64-bit"
                                                    : "of an unknown ELF class");
    }
    if (ident[EI_DATA] != ELFDATA2LSB) {
        return refuse("big-endian; domain programs are little-endian");
    }
    const auto header = read_at<Elf64_Ehdr>(bytes, 0);
    if (!header) {
        return refuse("truncated: it ends inside its ELF header");
    }
    if (ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT) {
        return refuse("of an unknown ELF version");
    }
    if (header->e_machine != machine) {
        return refuse("built for " + machine_name(header->e_machine) + ", this host runs " +
                      machine_name(machine));
    }
    if (std::string complaint = type_complaint(header->e_type); !complaint.empty()) {
        return refuse(std::move(complaint));
    }
    return *header;
}

Result<std::vector<Elf64_Phdr>, ProgramError> read_program_headers(std::span<const std::byte> bytes,
                                                                   const Elf64_Ehdr& header)
{
    if (header.e_phnum == 0) {
        return refuse("has no program headers");
    }
    if (header.e_phentsize != sizeof(Elf64_Phdr)) {
        return refuse("has program headers of " + std::to_string(header.e_phentsize) +
                      " bytes; ELF64 has " + std::to_string(sizeof(Elf64_Phdr)));
    }
    if (header.e_phnum > max_headers) {
        return refuse("has " + std::to_string(header.e_phnum) + " program headers; at most " +
                      std::to_string(max_headers) + " are accepted");
    }
    std::vector<Elf64_Phdr> headers(header.e_phnum);
    const auto table = slice(bytes, header.e_phoff, headers.size() * sizeof(Elf64_Phdr));
    if (!table) {
        return refuse("truncated: its program header table lies outside the file");
    }
    std::memcpy(headers.data(), table->data(), table->size());
    return headers;
}

std::string segment_name(std::size_t index)
{
    return "segment " + std::to_string(index);
}

/// Checks that concern one header alone. Empty when there is nothing to complain about.
std::string segment_complaint(const Elf64_Phdr& header, std::size_t index, std::uint64_t file_size)
{
    const std::string name = segment_name(index);
    if (header.p_offset > file_size || header.p_filesz > file_size - header.p_offset) {
        return "truncated: " + name + " lies outside the file";
    }
    if (header.p_type != PT_LOAD) {
        return {};
    }
    if (header.p_filesz > header.p_memsz) {
        return name + " has more bytes in the file than in memory";
    }
    if (header.p_memsz > max_image_size || header.p_vaddr > UINT64_MAX - max_image_size - page) {
        return name + " is absurdly large or far away: " + hex(header.p_memsz) + " bytes at " +
               hex(header.p_vaddr);
    }
    if (header.p_align > page) {
        return name + " asks for an alignment of " + hex(header.p_align) +
               " bytes; images are placed on pages of 4 KiB (-z max-page-size=4096)";
    }
    if (header.p_align > 1) {
        if ((header.p_align & (header.p_align - 1)) != 0) {
            return name + " has an alignment that is not a power of two";
        }
        if (header.p_vaddr % header.p_align != header.p_offset % header.p_align) {
            return name + " is misaligned: its address and its place in the file differ modulo " +
                   hex(header.p_align);
        }
    }
    if ((header.p_flags & PF_W) != 0 && (header.p_flags & PF_X) != 0) {
        return name + " is writable and executable";
    }
    if ((header.p_flags & (PF_R | PF_W | PF_X)) == 0) {
        return name + " has no permission at all";
    }
    return {};
}

std::uint32_t permission(std::uint32_t flags)
{
    if ((flags & PF_X) != 0) {
        return PD_PERM_READ | PD_PERM_EXECUTE;
    }
    return (flags & PF_W) != 0 ? PD_PERM_READ | PD_PERM_WRITE : PD_PERM_READ;
}

std::uint64_t page_floor(std::uint64_t value)
{
    return value & ~(page - 1);
}
std::uint64_t page_ceil(std::uint64_t value)
{
    return page_floor(value + page - 1);
}

/// Segments that share a page are refused, since a page has one permission. Empty when none do.
std::string overlap_complaint(const std::vector<LoadedSegment>& sorted)
{
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        const LoadedSegment& below = sorted[i - 1];
        const LoadedSegment& above = sorted[i];
        const std::string both = "segments " + std::to_string(std::min(below.index, above.index)) +
                                 " and " + std::to_string(std::max(below.index, above.index));
        const std::uint64_t end = below.image_offset + below.memory_size;
        if (above.image_offset < end) {
            return both + " overlap";
        }
        if (page_floor(above.image_offset) < page_ceil(end)) {
            return both + " share a page (-z separate-code)";
        }
    }
    return {};
}

/// Lays the segments out in the image: fills segments, link_base and image_size.
std::string lay_out(ElfFile& elf)
{
    std::uint64_t lowest = UINT64_MAX;
    std::uint64_t highest = 0;
    for (std::size_t i = 0; i < elf.headers.size(); ++i) {
        const Elf64_Phdr& header = elf.headers[i];
        if (header.p_type != PT_LOAD || header.p_memsz == 0) {
            continue;
        }
        lowest = std::min(lowest, header.p_vaddr);
        highest = std::max(highest, header.p_vaddr + header.p_memsz);
        elf.segments.push_back({i, header.p_vaddr, header.p_memsz, header.p_offset, header.p_filesz,
                                permission(header.p_flags)});
    }
    if (elf.segments.empty()) {
        return "has no segment to load";
    }
    elf.link_base = page_floor(lowest);
    elf.image_size = page_ceil(highest) - elf.link_base;
    if (elf.image_size > max_image_size) {
        return "its image spans " + hex(elf.image_size) + " bytes; at most 1 GiB is accepted";
    }
    for (LoadedSegment& segment : elf.segments) {
        segment.image_offset -= elf.link_base;
    }
    std::sort(elf.segments.begin(), elf.segments.end(),
              [](const auto& a, const auto& b) { return a.image_offset < b.image_offset; });
    return overlap_complaint(elf.segments);
}

/// What the program may not ask for. Empty when it asks for nothing of it.
std::string demand_complaint(const std::vector<Elf64_Phdr>& headers)
{
    for (const Elf64_Phdr& header : headers) {
        if (header.p_type == PT_INTERP) {
            return "needs a dynamic linker; a domain program is a static PIE (-static-pie)";
        }
        if (header.p_type == PT_GNU_STACK && (header.p_flags & PF_X) != 0) {
            return "asks for an executable stack (-z noexecstack)";
        }
    }
    return {};
}

} // namespace

bool LoadedSegment::has_memory(std::uint64_t offset, std::uint64_t size) const
{
    return offset >= image_offset && offset - image_offset <= memory_size &&
           size <= memory_size - (offset - image_offset);
}

bool LoadedSegment::has_file_bytes(std::uint64_t offset, std::uint64_t size) const
{
    return offset >= image_offset && offset - image_offset <= file_size &&
           size <= file_size - (offset - image_offset);
}

std::optional<std::uint64_t> ElfFile::image_offset(std::uint64_t link_address) const
{
    if (link_address < link_base || link_address - link_base > image_size) {
        return std::nullopt;
    }
    return link_address - link_base;
}

const LoadedSegment* ElfFile::segment_of(std::uint64_t offset, std::uint64_t size) const
{
    const auto found =
        std::find_if(segments.begin(), segments.end(), [&](const LoadedSegment& segment) {
            return segment.has_memory(offset, size);
        });
    return found == segments.end() ? nullptr : &*found;
}

std::optional<std::span<const std::byte>> ElfFile::loaded_bytes(std::uint64_t offset,
                                                                std::uint64_t size) const
{
    for (const LoadedSegment& segment : segments) {
        if (segment.has_file_bytes(offset, size)) {
            return slice(bytes, segment.file_offset + (offset - segment.image_offset), size);
        }
    }
    return std::nullopt;
}

bool ElfFile::is_code(std::uint64_t offset) const
{
    return std::any_of(segments.begin(), segments.end(), [&](const LoadedSegment& segment) {
        return (segment.perm & PD_PERM_EXECUTE) != 0 && segment.has_file_bytes(offset, 1);
    });
}

std::uint64_t loaded_size(std::span<const std::byte> beginning)
{
    const auto header = read_at<Elf64_Ehdr>(beginning, 0);
    if (!header || header->e_phnum > max_headers) {
        return beginning.size(); // enough to refuse it
    }
    const std::uint64_t table_size = header->e_phnum * sizeof(Elf64_Phdr);
    const auto table = slice(beginning, header->e_phoff, table_size);
    if (!table) {
        return UINT64_MAX;
    }
    std::uint64_t size = std::max<std::uint64_t>(sizeof(Elf64_Ehdr), header->e_phoff + table_size);
    for (std::size_t index = 0; index < header->e_phnum; ++index) {
        const auto entry = read_at<Elf64_Phdr>(*table, index * sizeof(Elf64_Phdr));
        std::uint64_t end = 0;
        if (__builtin_add_overflow(entry->p_offset, entry->p_filesz, &end)) {
            return UINT64_MAX;
        }
        size = std::max(size, end);
    }
    return size;
}

Result<ElfFile, ProgramError> read_elf(std::span<const std::byte> bytes, std::uint16_t machine)
{
    if (bytes.size() > max_program_file_size) {
        return refuse("the file is larger than 256 MiB");
    }
    const auto header = read_header(bytes, machine);
    if (!header) {
        return header.error();
    }
    auto headers = read_program_headers(bytes, *header);
    if (!headers) {
        return headers.error();
    }
    ElfFile elf;
    elf.bytes = bytes;
    elf.headers = std::move(headers).value();
    for (std::size_t i = 0; i < elf.headers.size(); ++i) {
        if (std::string complaint = segment_complaint(elf.headers[i], i, bytes.size());
            !complaint.empty()) {
            return refuse(std::move(complaint));
        }
    }
    if (std::string complaint = demand_complaint(elf.headers); !complaint.empty()) {
        return refuse(std::move(complaint));
    }
    if (std::string complaint = lay_out(elf); !complaint.empty()) {
        return refuse(std::move(complaint));
    }
    const auto entry = elf.image_offset(header->e_entry);
    if (!entry || !elf.is_code(*entry)) {
        return refuse("its entry point " + hex(header->e_entry) +
                      " is not in an executable segment");
    }
    elf.entry = *entry;
    return elf;
}

std::string hex(std::uint64_t value)
{
    std::array<char, 20> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

} // namespace glacis
