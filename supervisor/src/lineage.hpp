// Parents and children: what a domain knows of those that it made, and of who made it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <glacis/supervisor/request.hpp>
#include <glacis/supervisor/types.hpp>

#include "wait_keys.hpp"

namespace glacis::supervisor {

struct Lineage {
    std::uint32_t generation = 0; ///< how often the place was used before
    std::optional<DomainId> parent;
    std::set<DomainId> children; ///< that have not been destroyed
    std::uint32_t depth = 0;     ///< of ancestors
    /// What it was given at first: its quota is what the children have left of it.
    Quota whole;

    bool is_starting = false;   ///< the VMM is building it: it must not be released meanwhile
    bool is_doomed = false;     ///< is being destroyed
    bool is_vacant = false;     ///< the place is nobody's
    bool has_concluded = false; ///< has ended for good
    bool is_collected = false;  ///< its parent knows of its end
    bool has_faulted = false;   ///< since its last start
    std::uint32_t fault_class = 0;
    std::uint32_t faults = 0;
    std::uint32_t restarts = 0;

    std::optional<DomainId> handler; ///< of its faults
    bool is_suspended_by_faults = false;
    std::uint64_t pending_faults = 0; ///< that wait for an answer

    std::vector<MemoryGrant> grants; ///< it was made with
    /// Those that are to be given to it while it starts.
    std::vector<std::pair<Range, Perm>> pending;

    /// Whether nothing of this keeps a stopping domain from being released.
    [[nodiscard]] bool may_rest() const { return !is_starting && children.empty(); }
};

/// The kinds of quota, each carved out of the parent's.
constexpr std::array<std::uint64_t Quota::*, 6> quota_kinds{&Quota::memory,      &Quota::stacks,
                                                            &Quota::stack_bytes, &Quota::threads,
                                                            &Quota::grants,      &Quota::domains};

// What threads wait at for the end of a domain, and for its destruction to be complete: no
// addresses that a guest can name.
[[nodiscard]] constexpr std::uint64_t end_of(DomainId domain)
{
    return wait_key(WaitKey::end_of_domain, domain);
}
[[nodiscard]] constexpr std::uint64_t place_of(DomainId domain)
{
    return wait_key(WaitKey::destruction, domain);
}

} // namespace glacis::supervisor
