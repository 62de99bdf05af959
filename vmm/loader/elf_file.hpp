// The first layer of reading a program: headers checked, segments laid out in the image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <elf.h>

#include "host/result.hpp"
#include "loader/program.hpp"

namespace glacis {

/// What a segment loads: image addresses are relative to the start of the image.
struct LoadedSegment {
    std::size_t index = 0; ///< in the program header table, for messages
    std::uint64_t image_offset = 0;
    std::uint64_t memory_size = 0;
    std::uint64_t file_offset = 0;
    std::uint64_t file_size = 0; ///< at most memory_size; the rest is zero
    std::uint32_t perm = 0;      ///< PD_PERM_*

    /// Whether [offset, offset + size) lies inside its memory (or inside the part that the file
    /// gives).
    [[nodiscard]] bool has_memory(std::uint64_t offset, std::uint64_t size) const;
    [[nodiscard]] bool has_file_bytes(std::uint64_t offset, std::uint64_t size) const;
};

/// An ELF file whose headers are sound. Refers to the bytes it was read from.
struct ElfFile {
    std::span<const std::byte> bytes;
    std::vector<Elf64_Phdr> headers;
    std::vector<LoadedSegment> segments; ///< sorted by image_offset, no page shared
    std::uint64_t link_base = 0;         ///< link-time address of the start of the image
    std::uint64_t image_size = 0;        ///< bytes, whole pages
    std::uint64_t entry = 0;             ///< relative to the image, in an executable segment

    /// Offset in the image of a link-time address; nothing when it lies before or behind the image.
    /// The end of the image counts as inside.
    [[nodiscard]] std::optional<std::uint64_t> image_offset(std::uint64_t link_address) const;
    /// The segment that holds all of [offset, offset + size) of the image, or null.
    [[nodiscard]] const LoadedSegment* segment_of(std::uint64_t offset, std::uint64_t size) const;
    /// The file's bytes for [offset, offset + size) of the image, where one segment loads all of
    /// them.
    [[nodiscard]] std::optional<std::span<const std::byte>> loaded_bytes(std::uint64_t offset,
                                                                         std::uint64_t size) const;
    /// Whether code that the file holds begins at `offset` of the image.
    [[nodiscard]] bool is_code(std::uint64_t offset) const;
};

/// Bytes from a file's start that read_elf() and whatever builds on it look at: headers, and all
/// that program headers speak of. `beginning` is the file's first page, or all of it. More than
/// there is when the file is truncated, UINT64_MAX when the beginning does not tell.
[[nodiscard]] std::uint64_t loaded_size(std::span<const std::byte> beginning);

Result<ElfFile, ProgramError> read_elf(std::span<const std::byte> bytes, std::uint16_t machine);

/// "0x1f000"
[[nodiscard]] std::string hex(std::uint64_t value);

} // namespace glacis
