// Permissions as the record of the supervisor has them, and changes of them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// The permission that a domain has from an address on, up to `end` at least.
struct PermissionRun {
    Perm perm = Perm::none;
    std::uint64_t end = 0;
};

/// Of pages that all have the same permission for `domain`.
struct PermissionChange {
    DomainId domain{};
    Range pages;
    Perm before = Perm::none;
    Perm after = Perm::none;
};

/// What both allow. It is what the record says while a change is in progress: a revocation counts
/// from its begin, so that nobody maps again what is being taken away, a grant from its end.
[[nodiscard]] constexpr Perm meet(Perm a, Perm b)
{
    return static_cast<Perm>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}

/// Whether some access is lost by the change, so that old translations must be flushed.
[[nodiscard]] constexpr bool is_reduction(const PermissionChange& change)
{
    return !allows(change.after, change.before);
}

/// Guest's raw PD_PERM_* value. Tables cannot say "write but not read" nor, alike on both
/// architectures, "execute but not read"; write and execute together are refused (W^X).
[[nodiscard]] constexpr std::optional<Perm> decode_perm(std::uint64_t raw)
{
    switch (raw) {
    case static_cast<std::uint64_t>(Perm::none):
    case static_cast<std::uint64_t>(Perm::read):
    case static_cast<std::uint64_t>(Perm::read_write):
    case static_cast<std::uint64_t>(Perm::read_execute):
        return static_cast<Perm>(raw);
    default:
        return std::nullopt;
    }
}

/// Appends what changes for `domain` in `pages` when it shall have `after` there; `run_at(address)`
/// gives the PermissionRun that holds now. As few and as long changes as possible.
template <class RunAt>
void collect_changes(std::vector<PermissionChange>& changes, DomainId domain, const Range& pages,
                     Perm after, RunAt run_at)
{
    const std::size_t first = changes.size();
    for (std::uint64_t address = pages.begin; address < pages.end;) {
        const PermissionRun run = run_at(address);
        const Range part{address, run.end < pages.end ? run.end : pages.end};
        address = part.end;
        if (run.perm == after) {
            continue;
        }
        if (changes.size() > first && changes.back().pages.end == part.begin &&
            changes.back().before == run.perm) {
            changes.back().pages.end = part.end;
        } else {
            changes.push_back({domain, part, run.perm, after});
        }
    }
}

} // namespace glacis::supervisor
