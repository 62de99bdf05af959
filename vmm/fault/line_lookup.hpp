// Source lines from DWARF, through libdw.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

struct Dwarf;
struct Elf;

namespace glacis::fault {

/// Whether libdw may see this file: its debug information is of bearable size and refers to no
/// other file.
[[nodiscard]] bool has_acceptable_debug_information(Elf* elf);

struct SourceLine {
    std::string file;
    int line = 0;
};

/// The line of the instruction at `address`. Bounded in time whatever the debug information says.
[[nodiscard]] std::optional<SourceLine> find_line(Dwarf* dwarf, std::uint64_t address);

} // namespace glacis::fault
