// The symbol table and the debug information of one ELF file in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

struct Elf;
struct Dwarf;

namespace glacis::fault {

/// Reads a file that nobody vouches for: counts and sizes are bounded, and nothing in it makes the
/// reader open another file. Not thread-safe. Addresses are those the program was linked for.
class ProgramNames {
public:
    /// `file` must outlive the object.
    explicit ProgramNames(std::span<const std::byte> file);

    /// The page with which the image begins.
    [[nodiscard]] std::uint64_t link_base() const { return link_base_; }

    struct Function {
        std::string name; ///< as in the file
        std::uint64_t start = 0;
    };
    [[nodiscard]] std::optional<Function> function(std::uint64_t address);

    /// A function and where its code lies; `end` is the next one's start where its size is unknown.
    struct FunctionRange {
        std::string name;
        std::uint64_t start = 0;
        std::uint64_t end = 0;
    };
    /// All that have a name, by start; of several names for one place each.
    [[nodiscard]] std::vector<FunctionRange> functions() const;

    /// Address and size of a section.
    [[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>>
    section(const std::string& name) const;

    struct Line {
        std::string file;
        int line = 0;
    };
    [[nodiscard]] std::optional<Line> line(std::uint64_t address);

private:
    struct NamedRange {
        std::uint64_t start = 0;
        std::uint64_t size = 0;     ///< 0: up to the next one
        const char* name = nullptr; ///< in the file, zero-terminated there
    };

    void read_symbols();

    struct CloseElf {
        void operator()(Elf* elf) const;
    };
    struct CloseDwarf {
        void operator()(Dwarf* dwarf) const;
    };
    std::unique_ptr<Elf, CloseElf> elf_;
    std::unique_ptr<Dwarf, CloseDwarf> dwarf_; ///< closed before elf_
    std::uint64_t link_base_ = 0;
    std::vector<NamedRange> functions_; ///< by start
};

} // namespace glacis::fault
