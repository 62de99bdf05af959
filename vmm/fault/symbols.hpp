// Names for addresses of one program, from its own ELF file.
//
// Nothing is read before the first find(): a program that never faults pays nothing. The file is
// hostile: sizes and counts are bounded, what does not fit is as if it were not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace glacis::fault {

struct Symbol {
    std::string function;     ///< demangled; empty where unknown
    std::uint64_t offset = 0; ///< of the address from the function's start
    std::string file;         ///< source file as the compiler recorded it; empty where unknown
    int line = 0;             ///< 0 where unknown
};

/// Safe to use from several threads.
class SymbolTable {
public:
    /// `file` must stay valid and unchanged as long as the table lives.
    explicit SymbolTable(std::span<const std::byte> file);
    ~SymbolTable();
    SymbolTable(const SymbolTable&) = delete;
    SymbolTable& operator=(const SymbolTable&) = delete;

    /// About the instruction at `offset` from the start of the image; nothing when neither function
    /// nor line is known.
    [[nodiscard]] std::optional<Symbol> find(std::uint64_t offset) const;

    /// A function's code, in offsets from the start of the image.
    struct Function {
        std::string name; ///< demangled
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };
    /// All functions that the file names, by begin.
    [[nodiscard]] std::vector<Function> functions() const;

    /// Where a section lies: offset from the start of the image, and size.
    [[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>>
    section(const std::string& name) const;

private:
    struct Lazy;
    std::unique_ptr<Lazy> lazy_;
};

} // namespace glacis::fault
