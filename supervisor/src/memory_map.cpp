#include "memory_map.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <iterator>

namespace glacis::supervisor {
namespace {

using Grant = std::pair<DomainId, Perm>;

[[nodiscard]] bool is_visible(const Region& region)
{
    return region.state == Region::State::live || region.state == Region::State::changing;
}

} // namespace

Perm Region::permission(DomainId domain) const
{
    for (const Grant& grant : permissions) {
        if (grant.first == domain) {
            return grant.second;
        }
    }
    return Perm::none;
}

void Region::set_permission(DomainId domain, Perm perm)
{
    const auto place =
        std::lower_bound(permissions.begin(), permissions.end(), domain,
                         [](const Grant& grant, DomainId wanted) { return grant.first < wanted; });
    const bool has_entry = place != permissions.end() && place->first == domain;
    if (perm == Perm::none) {
        if (has_entry) {
            permissions.erase(place);
        }
    } else if (has_entry) {
        place->second = perm;
    } else {
        permissions.insert(place, {domain, perm});
    }
}

std::uint64_t Region::grants() const
{
    const bool owner_has_entry = permission(owner) != Perm::none;
    return permissions.size() - (owner_has_entry ? 1 : 0);
}

MemoryMap::MemoryMap(const Range& described, const Range& managers)
    : all_{described.begin, managers.end}, managers_(managers), free_(described),
      managers_free_(managers)
{
    assert(described.end == managers.begin);
}

template <class Edit> void MemoryMap::edit(const Range& pages, Edit edit)
{
    count_grants(pages, true);
    edit();
    count_grants(pages, false);
}

void MemoryMap::count_grants(const Range& pages, bool is_before)
{
    // Joining reaches the neighbours, which is where cutting takes place too.
    const std::uint64_t first = pages.begin == 0 ? 0 : pages.begin - 1;
    const auto end = regions_.entries().upper_bound(pages.end);
    for (auto entry = regions_.at_or_above(first); entry != end; ++entry) {
        const Region& region = entry->second.value;
        const std::uint64_t count = region.grants();
        if (count == 0 || region.owner == supervisor_domain) {
            continue;
        }
        std::uint64_t& all = grants_[region.owner];
        assert(!is_before || count <= all);
        all = is_before ? all - count : all + count;
        if (all == 0) {
            grants_.erase(region.owner);
        }
    }
}

std::uint64_t MemoryMap::grants(DomainId owner) const
{
    const auto count = grants_.find(owner);
    return count == grants_.end() ? 0 : count->second;
}

std::uint64_t MemoryMap::grants_in(const Range& pages) const
{
    std::uint64_t count = 0;
    const auto end = regions_.entries().lower_bound(pages.end);
    for (auto entry = regions_.at_or_above(pages.begin); entry != end; ++entry) {
        count += entry->second.value.grants();
    }
    return count;
}

std::uint64_t MemoryMap::grants_after(const Range& pages,
                                      const std::vector<PermissionChange>& changes,
                                      std::optional<DomainId> owner) const
{
    RangeMap<Region> copy;
    const auto end = regions_.entries().lower_bound(pages.end);
    for (auto entry = regions_.at_or_above(pages.begin); entry != end; ++entry) {
        Region region = entry->second.value;
        region.owner = owner.value_or(region.owner);
        copy.insert({std::max(entry->first, pages.begin), std::min(entry->second.end, pages.end)},
                    std::move(region));
    }
    for (const PermissionChange& change : changes) {
        copy.update(change.pages,
                    [&](Region& region) { region.set_permission(change.domain, change.after); });
    }
    copy.join(pages, std::equal_to<>());
    std::uint64_t count = 0;
    for (const auto& entry : copy.entries()) {
        count += entry.second.value.grants();
    }
    return count;
}

std::uint64_t MemoryMap::grants_by_cutting(const Range& pages) const
{
    std::uint64_t count = 0;
    for (const std::uint64_t border : {pages.begin, pages.end}) {
        const auto entry = regions_.at_or_above(border);
        if (entry != regions_.entries().end() && entry->first < border) {
            count += entry->second.value.grants();
        }
    }
    return count;
}

std::optional<Range> MemoryMap::claim(DomainId owner, std::uint64_t length, Perm perm, Part part)
{
    const std::optional<Range> pages =
        part == Part::described ? free_.take(length) : managers_free_.take(length);
    if (pages) {
        Region region;
        region.owner = owner;
        region.set_permission(owner, perm);
        regions_.insert(*pages, std::move(region));
        own(owner, *pages);
    }
    return pages;
}

void MemoryMap::publish(const Range& pages)
{
    edit(pages, [&] {
        regions_.update(pages, [](Region& region) { region.state = Region::State::live; });
        join(pages);
    });
}

void MemoryMap::give_back(const Range& pages)
{
    assert(regions_.covers(pages));
    edit(pages, [&] {
        disown(pages);
        regions_.erase(pages);
    });
    (managers_.contains(pages.begin) ? managers_free_ : free_).give_back(pages);
}

void MemoryMap::begin_change(const Range& pages, Region::State state)
{
    edit(pages, [&] {
        regions_.update(pages, [state](Region& region) {
            assert(region.state == Region::State::live);
            region.state = state;
        });
    });
}

pd_status MemoryMap::check(const Range& pages, DomainId owner) const
{
    if (!regions_.covers(pages)) {
        return PD_NOT_COMMITTED;
    }
    bool is_owner = true;
    bool is_idle = true;
    const auto end = regions_.entries().lower_bound(pages.end);
    for (auto entry = regions_.at_or_above(pages.begin); entry != end; ++entry) {
        const Region& region = entry->second.value;
        if (region.state == Region::State::claimed) {
            return PD_NOT_COMMITTED;
        }
        is_owner = is_owner && region.owner == owner;
        is_idle = is_idle && region.state == Region::State::live;
    }
    if (!is_owner) {
        return PD_NOT_OWNER;
    }
    return is_idle ? PD_OK : PD_IN_USE;
}

void MemoryMap::set_owner(const Range& pages, DomainId owner)
{
    // The old owners keep their permissions, as others' from now on.
    const auto end = regions_.entries().lower_bound(pages.end);
    for (auto entry = regions_.at_or_above(pages.begin); entry != end; ++entry) {
        permitted_[entry->second.value.owner].add(pages);
    }
    edit(pages, [&] {
        disown(pages);
        regions_.update(pages, [owner](Region& region) { region.owner = owner; });
        own(owner, pages);
        join(pages);
    });
}

PermissionRun MemoryMap::recorded(DomainId domain, std::uint64_t address) const
{
    assert(contains(address));
    const auto entry = regions_.at_or_above(address);
    if (entry == regions_.entries().end()) {
        return {Perm::none, all_.end};
    }
    if (entry->first > address) {
        return {Perm::none, entry->first};
    }
    return {entry->second.value.permission(domain), entry->second.end};
}

PermissionRun MemoryMap::permission(DomainId domain, std::uint64_t address) const
{
    PermissionRun run = recorded(domain, address);
    const Region* region = find(address);
    if (region != nullptr && !is_visible(*region)) {
        run.perm = Perm::none;
    }
    return run;
}

void MemoryMap::set_permission(const Range& pages, DomainId domain, Perm perm)
{
    edit(pages, [&] {
        regions_.update(pages,
                        [domain, perm](Region& region) { region.set_permission(domain, perm); });
    });
    if (perm != Perm::none) {
        permitted_[domain].add(pages);
    }
}

std::set<DomainId> MemoryMap::domains_with_permission(const Range& pages) const
{
    std::set<DomainId> domains;
    const auto end = regions_.entries().lower_bound(pages.end);
    for (auto entry = regions_.at_or_above(pages.begin); entry != end; ++entry) {
        for (const Grant& grant : entry->second.value.permissions) {
            domains.insert(grant.first);
        }
    }
    return domains;
}

Range MemoryMap::same_rights(DomainId viewer, std::uint64_t address) const
{
    const auto& entries = regions_.entries();
    const auto middle = regions_.at_or_above(address);
    assert(middle != entries.end() && middle->first <= address);
    const auto is_alike = [&](const Region& region) {
        return is_visible(region) && region.owner == middle->second.value.owner &&
               region.permission(viewer) == middle->second.value.permission(viewer);
    };
    auto first = middle;
    while (first != entries.begin()) {
        const auto below = std::prev(first);
        if (below->second.end != first->first || !is_alike(below->second.value)) {
            break;
        }
        first = below;
    }
    auto last = middle;
    for (auto above = std::next(last); above != entries.end() && above->first == last->second.end &&
                                       is_alike(above->second.value);
         ++above) {
        last = above;
    }
    return {first->first, last->second.end};
}

std::vector<Range> MemoryMap::owned_by(DomainId owner) const
{
    std::vector<Range> ranges;
    if (const auto owned = owned_.find(owner); owned != owned_.end()) {
        for (const auto& [begin, end] : owned->second.ranges()) {
            ranges.push_back({begin, end});
        }
    }
    return ranges;
}

void MemoryMap::forget_foreign(DomainId domain)
{
    const auto permitted = permitted_.extract(domain);
    if (permitted.empty()) {
        return;
    }
    for (const auto& [begin, end] : permitted.mapped().ranges()) {
        const Range pages{begin, end};
        edit(pages, [&] {
            for (auto entry = regions_.at_or_above(pages.begin);
                 entry != regions_.entries().end() && entry->first < pages.end; ++entry) {
                if (entry->second.value.owner != domain) {
                    entry->second.value.set_permission(domain, Perm::none);
                }
            }
            join(pages);
        });
    }
}

void MemoryMap::own(DomainId owner, const Range& pages)
{
    owned_[owner].add(pages);
}

void MemoryMap::disown(const Range& pages)
{
    auto entry = regions_.at_or_above(pages.begin);
    for (; entry != regions_.entries().end() && entry->first < pages.end; ++entry) {
        const auto owned = owned_.find(entry->second.value.owner);
        if (owned == owned_.end()) {
            continue; // with an earlier part
        }
        owned->second.remove(pages);
        if (owned->second.ranges().empty()) {
            owned_.erase(owned);
        }
    }
}

void MemoryMap::join(const Range& pages)
{
    regions_.join(pages, [](const Region& left, const Region& right) {
        return left.state == Region::State::live && left == right;
    });
}

} // namespace glacis::supervisor
