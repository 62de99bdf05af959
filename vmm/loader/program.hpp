// A domain program: a static position-independent ELF64 file, read with distrust.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/result.hpp"

namespace glacis {

/// Why a file is not a domain program, in words for its author ("segment 2 is writable and
/// executable").
struct ProgramError {
    std::string reason;
};

/// A part of a program with one permission, in addresses relative to the start of the image.
/// Segments are sorted and never share a page; pages between them belong to the image but to no
/// segment.
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

/// Largest image and largest file that are accepted.
constexpr std::uint64_t max_image_size = std::uint64_t{1} << 30;
constexpr std::uint64_t max_program_file_size = std::uint64_t{256} << 20;

/// Immutable after parsing; safe to share between threads, cheap to copy (copies share their
/// content). Keeps the bytes that it loads, for restarts.
class Program {
public:
    Program();

    /// Reads a file anew, as a whole: empty when it cannot be read.
    using Source = std::function<std::vector<std::byte>()>;

    /// Checks everything: no later step can fail because of what the file says. `machine` is the
    /// ELF machine number that the host runs (62 x86-64, 183 AArch64). `file` is the whole file or,
    /// where `source` gives the rest, its first loaded_size() bytes.
    static Result<Program, ProgramError> parse(std::vector<std::byte> file, std::uint16_t machine,
                                               Source source = {});

    [[nodiscard]] std::uint64_t image_size() const; ///< bytes, whole pages
    /// Bytes from the image's start up to the last one that the file gives; the rest is zero.
    [[nodiscard]] std::uint64_t content_size() const;
    [[nodiscard]] std::uint64_t entry() const; ///< relative to the image
    [[nodiscard]] const std::vector<ProgramSegment>& segments() const;
    [[nodiscard]] const std::vector<ProgramExport>& exports() const;
    /// The bytes that were parsed.
    [[nodiscard]] std::span<const std::byte> file() const;
    /// The whole file with its debug information, for the symbols of fault records; no more than
    /// file() when it has changed since.
    [[nodiscard]] std::vector<std::byte> whole_file() const;
    /// The address in the file's own terms (symbols, line tables) at which its image begins.
    [[nodiscard]] std::uint64_t link_base() const;

    /// The bytes that the image begins with: each part goes to its offset, the rest is zero.
    struct Part {
        std::uint64_t offset = 0;
        std::span<const std::byte> bytes; ///< valid as long as a copy of the program lives
    };
    [[nodiscard]] std::vector<Part> parts() const;
    /// Writes the words that depend on the guest address `base` into an image of image_size()
    /// bytes, once its parts are there.
    void relocate(std::uint64_t base, std::span<std::byte> image) const;

private:
    struct Content;
    explicit Program(std::shared_ptr<const Content> content);

    std::shared_ptr<const Content> content_; ///< never null
};

} // namespace glacis
