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

    /// Precondition: locked.
    ProgramNames& get()
    {
        if (!names)
            names.emplace(file);
        return *names;
    }
};

SymbolTable::SymbolTable(std::span<const std::byte> file) : lazy_(std::make_unique<Lazy>())
{
    lazy_->file = file;
}

SymbolTable::~SymbolTable() = default;

std::vector<SymbolTable::Function> SymbolTable::functions() const
{
    const std::lock_guard lock(lazy_->mutex);
    const ProgramNames& names = lazy_->get();
    std::vector<Function> all;
    for (const ProgramNames::FunctionRange& each : names.functions()) {
        if (each.start >= names.link_base())
            all.push_back({demangled(each.name), each.start - names.link_base(),
                           each.end - names.link_base()});
    }
    return all;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>>
SymbolTable::section(const std::string& name) const
{
    const std::lock_guard lock(lazy_->mutex);
    const ProgramNames& names = lazy_->get();
    auto found = names.section(name);
    if (!found || found->first < names.link_base())
        return std::nullopt;
    found->first -= names.link_base();
    return found;
}

std::optional<Symbol> SymbolTable::find(std::uint64_t offset) const
{
    const std::lock_guard lock(lazy_->mutex);
    ProgramNames& names = lazy_->get();
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
