// A domain program: a static position-independent ELF64 file, read with distrust.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/result.hpp"

namespace glacis {

/// Why a file is not a domain program, in words for its author ("segment 2 is writable and executable").
struct ProgramError {
    std::string reason;
};

/// A part of a program with one permission, in addresses relative to the start of the image.
struct ProgramSegment {
    std::uint64_t offset = 0; ///< page-aligned
    std::uint64_t size = 0;   ///< whole pages
    std::uint32_t perm = 0;   ///< PD_PERM_*, never write and execute together
};

struct ProgramExport {
    std::string name;
    std::uint64_t entry = 0; ///< relative to the image
    std::uint32_t min_stack = 0;
    std::uint32_t arguments = 0;
};

/// Immutable after parsing; safe to share between threads. Keeps the file's bytes, for restarts and for
/// the symbols of fault records.
class Program {
public:
    Program() = default;

    /// Checks everything: no later step can fail because of what the file says. `machine` is the ELF
    /// machine number that the host runs (62 x86-64, 183 AArch64).
    static Result<Program, ProgramError> parse(std::vector<std::byte> file, std::uint16_t machine);

    [[nodiscard]] std::uint64_t image_size() const { return image_size_; } ///< bytes, whole pages
    [[nodiscard]] std::uint64_t entry() const { return entry_; }           ///< relative to the image
    [[nodiscard]] const std::vector<ProgramSegment>& segments() const { return segments_; }
    [[nodiscard]] const std::vector<ProgramExport>& exports() const { return exports_; }
    [[nodiscard]] std::span<const std::byte> file() const { return file_; }

    /// Writes the image, relocated for guest address `base`, into `memory` of image_size() zeroed bytes.
    void place(std::uint64_t base, std::span<std::byte> memory) const;

private:
    struct LoadRange {
        std::uint64_t image_offset = 0;
        std::uint64_t file_offset = 0;
        std::uint64_t file_size = 0;
    };
    struct Relocation {
        std::uint64_t image_offset = 0;
        std::uint64_t addend = 0; ///< relative to the image
    };

    std::vector<std::byte> file_;
    std::uint64_t image_size_ = 0;
    std::uint64_t entry_ = 0;
    std::vector<ProgramSegment> segments_;
    std::vector<LoadRange> loads_;
    std::vector<Relocation> relocations_;
    std::vector<ProgramExport> exports_;
};

} // namespace glacis
