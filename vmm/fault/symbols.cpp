#include "fault/symbols.hpp"

#include <mutex>

#include "fault/demangle.hpp"
#include "fault/program_names.hpp"

namespace glacis::fault {

/// Opened by the first find(). libelf and libdw read on demand and keep what they read, so that
/// every use is under the lock.
struct SymbolTable::Lazy {
    std::span<const std::byte> file;
    std::mutex mutex;
    std::optional<ProgramNames> names;
};

SymbolTable::SymbolTable(std::span<const std::byte> file) : lazy_(std::make_unique<Lazy>())
{
    lazy_->file = file;
}

SymbolTable::~SymbolTable() = default;

std::optional<Symbol> SymbolTable::find(std::uint64_t offset) const
{
    const std::lock_guard lock(lazy_->mutex);
    if (!lazy_->names)
        lazy_->names.emplace(lazy_->file);
    ProgramNames& names = *lazy_->names;
    const std::uint64_t address = names.link_base() + offset;

    Symbol symbol;
    if (const auto function = names.function(address)) {
        symbol.function = demangled(function->name);
        symbol.offset = address - function->start;
    }
    if (const auto line = names.line(address)) {
        symbol.file = line->file;
        symbol.line = line->line;
    }
    if (symbol.function.empty() && symbol.file.empty())
        return std::nullopt;
    return symbol;
}

} // namespace glacis::fault
