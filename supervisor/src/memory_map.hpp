// Domain memory: which pages are allocated, who owns them, what each domain may do with them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include <glacis/abi/status.h>
#include <glacis/supervisor/types.hpp>

#include "free_ranges.hpp"
#include "permission.hpp"
#include "range_map.hpp"
#include "range_set.hpp"

namespace glacis::supervisor {

/// Allocated pages that are alike in everything.
struct Region {
    enum class State : std::uint8_t {
        claimed, ///< an allocation is in progress: nobody sees them
        live,
        changing, ///< live, and a plan in progress changes permissions
        freeing,  ///< on their way out: nobody may use them any more
    };
    State state = State::claimed;
    DomainId owner{};
    std::vector<std::pair<DomainId, Perm>> permissions; ///< by domain, none left out

    [[nodiscard]] Perm permission(DomainId domain) const;
    void set_permission(DomainId domain, Perm perm);
    /// Domains beside the owner that may use the pages.
    [[nodiscard]] std::uint64_t grants() const;
    bool operator==(const Region&) const = default;
};

class MemoryMap {
public:
    /// The default manager's part follows what is described.
    MemoryMap(const Range& described, const Range& managers);

    [[nodiscard]] bool contains(std::uint64_t address) const { return all_.contains(address); }
    /// The region at `address`; null where nothing is allocated.
    [[nodiscard]] const Region* find(std::uint64_t address) const { return regions_.find(address); }
    [[nodiscard]] const RangeMap<Region>& regions() const { return regions_; }
    [[nodiscard]] const FreeRanges& free_ranges(Part part) const
    {
        return part == Part::described ? free_ : managers_free_;
    }

    /// Takes free pages of `part` for `owner`, who shall have `perm`; state `claimed`.
    [[nodiscard]] std::optional<Range> claim(DomainId owner, std::uint64_t length, Perm perm,
                                             Part part);
    /// claimed, changing or freeing (a free that was undone) -> live.
    void publish(const Range& pages);
    /// claimed or freeing -> free. The pages may be given out again at once.
    void give_back(const Range& pages);
    /// live -> changing or freeing.
    void begin_change(const Range& pages, Region::State state);

    /// Whether `owner` may do with all of `pages` as an owner does: NOT_COMMITTED, NOT_OWNER,
    /// IN_USE.
    [[nodiscard]] pd_status check(const Range& pages, DomainId owner) const;
    /// Precondition: all of `pages` is live.
    void set_owner(const Range& pages, DomainId owner);

    /// What `domain` may do from `address` on. Precondition: contains(address).
    [[nodiscard]] PermissionRun permission(DomainId domain, std::uint64_t address) const;
    /// What the record holds for `domain`, also while the pages are on their way out.
    [[nodiscard]] PermissionRun recorded(DomainId domain, std::uint64_t address) const;
    void set_permission(const Range& pages, DomainId domain, Perm perm);
    [[nodiscard]] std::set<DomainId> domains_with_permission(const Range& pages) const;

    /// Entries in the record of others' rights on memory that `owner` owns: one for each domain and
    /// each stretch of pages that are alike in everything.
    [[nodiscard]] std::uint64_t grants(DomainId owner) const;
    /// How many of them are in `pages`, of whatever owner.
    [[nodiscard]] std::uint64_t grants_in(const Range& pages) const;
    /// How many there will be in `pages`, by themselves, after the changes and with `owner`, or
    /// with the owner that is (nothing).
    [[nodiscard]] std::uint64_t grants_after(const Range& pages,
                                             const std::vector<PermissionChange>& changes,
                                             std::optional<DomainId> owner) const;
    /// How many more there will be when stretches end at both ends of `pages`, where some go on
    /// now.
    [[nodiscard]] std::uint64_t grants_by_cutting(const Range& pages) const;

    /// The pages around `address` with the same owner and the same permission for `viewer`.
    /// Precondition: allocated.
    [[nodiscard]] Range same_rights(DomainId viewer, std::uint64_t address) const;
    /// Maximal ranges that `owner` owns.
    [[nodiscard]] std::vector<Range> owned_by(DomainId owner) const;
    /// Takes from `domain` every permission on memory that it does not own.
    void forget_foreign(DomainId domain);

private:
    /// Does `edit`, which touches regions in and next to `pages` only, and keeps the grants
    /// counted.
    template <class Edit> void edit(const Range& pages, Edit edit);
    void count_grants(const Range& pages, bool is_before);
    void join(const Range& pages);

    void own(DomainId owner, const Range& pages);
    void disown(const Range& pages);

    Range all_;
    Range managers_;
    RangeMap<Region> regions_;
    FreeRanges free_; ///< of the described part
    FreeRanges managers_free_;
    std::map<DomainId, std::uint64_t> grants_; ///< by owner, none left out
    /// So that the end of a domain costs what the domain had: what each owns, and where it may have
    /// or have had a permission besides. No empty sets.
    std::unordered_map<DomainId, RangeSet> owned_;
    std::unordered_map<DomainId, RangeSet> permitted_;
};

} // namespace glacis::supervisor
