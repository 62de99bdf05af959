// The names of one program, read from its file when they are first asked for.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "fault/symbols.hpp"
#include "loader/program.hpp"

namespace glacis {

/// Safe to use from several threads. Takes no lock but its own, and long: never call it with the
/// monitor held.
class ProgramSymbols {
public:
    /// Precondition: always the same program.
    [[nodiscard]] const fault::SymbolTable& get(const Program& program)
    {
        std::call_once(is_read_, [&] {
            file_ = program.whole_file();
            table_.emplace(file_);
        });
        return *table_;
    }

private:
    std::once_flag is_read_;
    std::vector<std::byte> file_;
    std::optional<fault::SymbolTable> table_; ///< of file_
};

} // namespace glacis
