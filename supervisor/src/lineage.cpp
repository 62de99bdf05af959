// Parents and children: places and handles, destruction, what a restarted child has again.

#include <algorithm>
#include <cassert>

#include <glacis/abi/domain.h>

#include "core.hpp"

namespace glacis::supervisor {
namespace {

// A handle: the place in the low bits, above it how often the place was used before. No handle is
// PD_SELF, as the last generation is never used.
constexpr std::uint32_t place_bits = 14;
constexpr std::uint32_t place_mask = (1U << place_bits) - 1;
constexpr std::uint32_t last_generation = UINT32_MAX >> place_bits;
static_assert(PD_DOMAINS_MAX == 1U << place_bits);

/// What is left of `part` without `pages`.
void append_without(std::vector<std::pair<Range, Perm>>& parts, const std::pair<Range, Perm>& part,
                    const Range& pages)
{
    const auto& [range, perm] = part;
    if (!range.overlaps(pages)) {
        parts.push_back(part);
        return;
    }
    if (range.begin < pages.begin) {
        parts.push_back({{range.begin, pages.begin}, perm});
    }
    if (pages.end < range.end) {
        parts.push_back({{pages.end, range.end}, perm});
    }
}

} // namespace

// ---- places and handles
// ------------------------------------------------------------------------

std::uint32_t Core::handle(DomainId id) const
{
    if (id == supervisor_domain) {
        return PD_SELF;
    }
    return domain(id).lineage.generation << place_bits | static_cast<std::uint32_t>(id);
}

std::optional<DomainId> Core::find_place(std::uint64_t raw) const
{
    const std::uint64_t place = raw & place_mask;
    if (raw >= PD_SELF || place >= domains.size()) {
        return std::nullopt;
    }
    const Lineage& lineage = domains[place].lineage;
    if (DomainId{static_cast<std::uint32_t>(place)} == default_manager) {
        return std::nullopt; // nobody has to do with it
    }
    if (lineage.is_vacant || lineage.generation != raw >> place_bits) {
        return std::nullopt;
    }
    return DomainId{static_cast<std::uint32_t>(place)};
}

std::optional<DomainId> Core::find_domain(std::uint64_t raw, DomainId self) const
{
    if (raw == PD_SELF) {
        return self;
    }
    const std::optional<DomainId> id = find_place(raw);
    const bool is_there = id && is_running(*id) && !domain(*id).lineage.is_starting;
    return is_there ? id : std::nullopt;
}

std::optional<DomainId> Core::take_place()
{
    if (vacant.empty()) {
        if (domains.size() >= PD_DOMAINS_MAX) {
            return std::nullopt;
        }
        domains.emplace_back();
        ++live_domains;
        return DomainId{static_cast<std::uint32_t>(domains.size() - 1)};
    }
    const DomainId id = vacant.front();
    vacant.pop_front();
    // Both go on: no handle and nothing prepared for a former domain is ever good for this one.
    const std::uint32_t generation = domain(id).lineage.generation;
    const std::uint32_t incarnation = domain(id).incarnation;
    domain(id) = Domain{};
    domain(id).lineage.generation = generation;
    domain(id).incarnation = incarnation;
    ++live_domains;
    return id;
}

std::optional<DomainId> Core::take_vacated()
{
    if (vacated.empty()) {
        return std::nullopt;
    }
    const DomainId id = vacated.back();
    vacated.pop_back();
    if (domain(id).lineage.generation < last_generation) {
        vacant.push_back(id);
    }
    return id;
}

// ---- ends
// --------------------------------------------------------------------------------------

void Core::stop_children(DomainId id, std::set<VcpuId>& busy)
{
    const std::set<DomainId> children = domain(id).lineage.children; // some go at once
    for (const DomainId child : children) {
        const std::vector<VcpuId> its = doom(child);
        busy.insert(its.begin(), its.end());
    }
}

/// As deep as domains are, which PD_DOMAIN_DEPTH_MAX bounds.
std::vector<VcpuId> Core::doom(DomainId child)
{
    domain(child).lineage.is_doomed = true;
    if (domain(child).lineage.has_concluded) {
        vacate(child);
        return {};
    }
    return stop(child);
}

void Core::conclude(DomainId id)
{
    Domain& it = domain(id);
    assert(it.state == Domain::State::released && !it.lineage.has_concluded);
    it.lineage.pending.clear();
    granting.erase(id);
    note_managed_end(id);
    if (!it.lineage.parent) {
        return;
    }
    it.lineage.has_concluded = true;
    const std::uint64_t value = it.exit_value.value_or(it.main_value);
    if (scheduler.wake_all(end_of(id), Reply{PD_OK, value, {}}) != 0) {
        it.lineage.is_collected = true;
    }
    if (it.lineage.is_doomed) {
        vacate(id);
    }
}

void Core::vacate(DomainId child)
{
    Domain& it = domain(child);
    const DomainId parent = *it.lineage.parent;
    Domain& its_parent = domain(parent);
    assert(it.lineage.has_concluded && it.lineage.children.empty());
    for (const auto kind : quota_kinds) {
        if (its_parent.quota.*kind != UINT64_MAX) {
            its_parent.quota.*kind += it.lineage.whole.*kind;
        }
    }
    if (its_parent.quota.domains != UINT64_MAX) {
        ++its_parent.quota.domains;
    }
    its_parent.lineage.children.erase(child);
    it.lineage.is_vacant = true;
    ++it.lineage.generation;
    it.lineage.parent.reset();
    it.lineage.grants = {};
    vacated.push_back(child);
    scheduler.wake_all(place_of(child), Reply{});
    note_if_quiescent(parent);
}

// ---- grants
// ------------------------------------------------------------------------------------

void Core::remember_grants(DomainId id)
{
    Lineage& lineage = domain(id).lineage;
    lineage.pending.clear();
    for (const MemoryGrant& grant : lineage.grants) {
        const std::uint64_t end = grant.address + grant.length;
        for (std::uint64_t address = grant.address; address < end;) {
            const PermissionRun run = memory.recorded(id, address);
            const Range part{address, std::min(run.end, end)};
            const Perm perm = meet(static_cast<Perm>(grant.perm), run.perm);
            const Region* region = memory.find(address);
            if (perm != Perm::none &&
                (region->owner == supervisor_domain || region->owner == *lineage.parent)) {
                lineage.pending.emplace_back(part, perm);
            }
            address = part.end;
        }
    }
    if (!lineage.pending.empty()) {
        granting.insert(id);
    }
}

void Core::forget_grants(const Range& pages)
{
    for (const DomainId id : granting) {
        std::vector<std::pair<Range, Perm>> left;
        for (const auto& part : domain(id).lineage.pending) {
            append_without(left, part, pages);
        }
        domain(id).lineage.pending = std::move(left);
    }
}

Plan Core::next_grant(DomainId child)
{
    Lineage& lineage = domain(child).lineage;
    const auto [pages, perm] = lineage.pending.back();
    const Region* region = memory.find(pages.begin);
    if (region == nullptr) {
        return refuse(PD_NOT_COMMITTED);
    }
    const DomainId owner = region->owner;
    if (owner != supervisor_domain && owner != *lineage.parent) {
        return refuse(PD_NOT_OWNER);
    }
    if (const pd_status status = memory.check(pages, owner); status != PD_OK) {
        return refuse(status);
    }
    std::vector<PermissionChange> changes;
    collect_changes(changes, child, pages, perm,
                    [&](std::uint64_t address) { return memory.recorded(child, address); });
    if (owner != supervisor_domain &&
        !has_room_for_grants(owner, grants_needed(*this, pages, changes))) {
        return refuse(PD_QUOTA_GRANTS);
    }
    lineage.pending.pop_back();
    if (lineage.pending.empty()) {
        granting.erase(child);
    }
    Transaction transaction = change_memory_permissions(*this, pages, std::move(changes));
    transaction.domains.insert(child);
    if (owner != supervisor_domain) {
        transaction.domains.insert(owner);
    }
    return open(*this, std::move(transaction));
}

} // namespace glacis::supervisor
