// memory_alloc, memory_free, memory_set_perm, memory_set_group_perm, memory_transfer, memory_query.

#include <cassert>

#include "calls.hpp"

namespace glacis::supervisor {
namespace {

[[nodiscard]] SetDomainPages set_pages(const PermissionChange& change, Perm perm)
{
    return {change.domain, change.pages, perm};
}

/// What an owner wants of its pages, checked as far as the numbers say.
struct Wanted {
    Range pages;
    Perm perm = Perm::none;
    bool is_exclusive = false;
};

/// MISALIGNED, EMPTY_RANGE, RANGE_OVERFLOW, BAD_ARGUMENT. Of memory_set_perm and its like for
/// groups.
template <class SetPerm>
[[nodiscard]] pd_status check_numbers(const SetPerm& request, Wanted& wanted)
{
    if (const pd_status status = check_pages(request.address, request.length); status != PD_OK) {
        return status;
    }
    const std::optional<Perm> perm = decode_perm(request.perm);
    if (!perm || (request.flags & ~std::uint64_t{PD_EXCLUSIVE}) != 0) {
        return PD_BAD_ARGUMENT;
    }
    wanted = {{request.address, request.address + request.length}, *perm, request.flags != 0};
    return PD_OK;
}

[[nodiscard]] std::vector<PermissionChange> memory_changes(const Core& core, const Wanted& wanted,
                                                           const std::set<DomainId>& targets)
{
    std::vector<PermissionChange> changes;
    const auto collect = [&](DomainId domain, Perm after) {
        collect_changes(changes, domain, wanted.pages, after, [&](std::uint64_t address) {
            return core.memory.recorded(domain, address);
        });
    };
    if (wanted.is_exclusive) {
        for (const DomainId domain : core.memory.domains_with_permission(wanted.pages)) {
            if (!targets.contains(domain)) {
                collect(domain, Perm::none);
            }
        }
    }
    for (const DomainId domain : targets) {
        collect(domain, wanted.perm);
    }
    return changes;
}

/// One plan for all the targets: what fails, fails for all of them (promise G3), and one flush ends
/// what they lose (G8).
[[nodiscard]] Plan set_permissions(Core& core, const Caller& caller, const Wanted& wanted,
                                   const std::set<DomainId>& targets)
{
    if (const pd_status status = core.memory.check(wanted.pages, caller.domain); status != PD_OK) {
        return refuse(status);
    }
    std::vector<PermissionChange> changes = memory_changes(core, wanted, targets);
    if (!core.has_room_for_grants(caller.domain, grants_needed(core, wanted.pages, changes))) {
        return refuse(PD_QUOTA_GRANTS);
    }
    if (wanted.is_exclusive) {
        core.forget_grants(wanted.pages);
    }
    Transaction transaction = change_memory_permissions(core, wanted.pages, std::move(changes));
    transaction.domains.insert(caller.domain);
    transaction.caller = caller;
    return open(core, std::move(transaction));
}

} // namespace

std::uint64_t grants_needed(const Core& core, const Range& pages,
                            const std::vector<PermissionChange>& changes)
{
    const std::uint64_t before = core.memory.grants_in(pages);
    const std::uint64_t after = core.memory.grants_after(pages, changes, std::nullopt);
    return core.memory.grants_by_cutting(pages) + (after > before ? after - before : 0);
}

pd_status check_pages(std::uint64_t address, std::uint64_t length)
{
    if (!is_page_aligned(address) || !is_page_aligned(length)) {
        return PD_MISALIGNED;
    }
    if (length == 0) {
        return PD_EMPTY_RANGE;
    }
    if (address > GLACIS_ADDRESS_LIMIT || length > GLACIS_ADDRESS_LIMIT - address) {
        return PD_RANGE_OVERFLOW;
    }
    return PD_OK;
}

Plan claim_memory(Core& core, DomainId owner, std::uint64_t length, Perm perm,
                  std::optional<Caller> caller)
{
    const std::optional<Range> pages = core.memory.claim(owner, length, perm, core.part_of(owner));
    if (!pages) {
        return refuse(PD_NO_MEMORY);
    }
    Transaction transaction;
    transaction.operation = MemoryAllocation{owner, *pages};
    transaction.steps.push_back({Commit{*pages}, Release{*pages}});
    if (perm != Perm::none) {
        transaction.steps.push_back(
            {SetDomainPages{owner, *pages, perm}, SetDomainPages{owner, *pages, Perm::none}});
    }
    if (owner != supervisor_domain) {
        charge(core.domain(owner).usage.memory, length);
        transaction.domains.insert(owner);
    }
    transaction.caller = caller;
    transaction.reply.value = pages->begin;
    return open(core, std::move(transaction));
}

Transaction change_memory_permissions(Core& core, const Range& pages,
                                      std::vector<PermissionChange> changes)
{
    Transaction transaction;
    bool is_flush_needed = false;
    const auto append = [&](const PermissionChange& change) {
        transaction.steps.push_back(
            {set_pages(change, change.after), set_pages(change, change.before)});
        transaction.domains.insert(change.domain);
    };
    for (const PermissionChange& change : changes) {
        if (is_reduction(change)) {
            append(change);
            is_flush_needed = true;
        }
    }
    if (is_flush_needed) {
        transaction.steps.push_back({Flush{pages}, std::nullopt});
    }
    // Grants come last: whoever gets the pages exclusively gets them when the others have lost
    // them.
    for (const PermissionChange& change : changes) {
        if (!is_reduction(change)) {
            append(change);
        }
    }
    const DomainId owner = core.memory.find(pages.begin)->owner;
    const std::uint64_t grants_before = core.memory.grants_in(pages);
    const std::uint64_t grants_after = core.memory.grants_after(pages, changes, std::nullopt);
    core.memory.begin_change(pages, Region::State::changing);
    for (const PermissionChange& change : changes) {
        core.memory.set_permission(change.pages, change.domain, meet(change.before, change.after));
    }
    const std::uint64_t promised =
        core.promise_grants(owner, grants_before, core.memory.grants_in(pages), grants_after);
    transaction.undo_flush = pages;
    transaction.operation = MemoryPermissions{owner, pages, std::move(changes), promised};
    return transaction;
}

void append_memory_release(const Core& core, const Range& pages, std::vector<Step>& steps,
                           std::set<DomainId>& domains)
{
    std::vector<PermissionChange> changes;
    for (const DomainId domain : core.memory.domains_with_permission(pages)) {
        collect_changes(changes, domain, pages, Perm::none, [&](std::uint64_t address) {
            return core.memory.recorded(domain, address);
        });
    }
    for (const PermissionChange& change : changes) {
        steps.push_back({set_pages(change, Perm::none), set_pages(change, change.before)});
        domains.insert(change.domain);
    }
    steps.push_back({Release{pages}, std::nullopt});
}

Plan call(Core& core, const Caller& caller, const MemoryAlloc& request, Nanoseconds)
{
    if (!is_page_aligned(request.length)) {
        return refuse(PD_MISALIGNED);
    }
    if (request.length == 0) {
        return refuse(PD_EMPTY_RANGE);
    }
    const std::optional<Perm> perm = decode_perm(request.perm);
    if (!perm) {
        return refuse(PD_BAD_ARGUMENT);
    }
    const Domain& domain = core.domain(caller.domain);
    if (!fits(domain.usage.memory, domain.quota.memory, request.length)) {
        return refuse(PD_QUOTA_MEMORY);
    }
    return claim_memory(core, caller.domain, request.length, *perm, caller);
}

Plan call(Core& core, const Caller& caller, const MemoryFree& request, Nanoseconds)
{
    if (const pd_status status = check_pages(request.address, request.length); status != PD_OK) {
        return refuse(status);
    }
    const Range pages{request.address, request.address + request.length};
    if (const pd_status status = core.memory.check(pages, caller.domain); status != PD_OK) {
        return refuse(status);
    }
    if (!core.has_room_for_grants(caller.domain, core.memory.grants_by_cutting(pages))) {
        return refuse(PD_QUOTA_GRANTS);
    }
    Transaction transaction;
    transaction.operation = MemoryRelease{caller.domain, pages};
    transaction.domains.insert(caller.domain);
    transaction.caller = caller;
    append_memory_release(core, pages, transaction.steps, transaction.domains);
    core.memory.begin_change(pages, Region::State::freeing);
    core.forget_grants(pages);
    return open(core, std::move(transaction));
}

Plan call(Core& core, const Caller& caller, const MemorySetPerm& request, Nanoseconds)
{
    Wanted wanted;
    if (const pd_status status = check_numbers(request, wanted); status != PD_OK) {
        return refuse(status);
    }
    const std::optional<DomainId> target = core.find_domain(request.domain, caller.domain);
    if (!target) {
        return refuse(PD_BAD_HANDLE);
    }
    return set_permissions(core, caller, wanted, {*target});
}

Plan call(Core& core, const Caller& caller, const MemorySetGroupPerm& request, Nanoseconds)
{
    Wanted wanted;
    if (const pd_status status = check_numbers(request, wanted); status != PD_OK) {
        return refuse(status);
    }
    const std::optional<GroupIndex> group = core.groups.find(request.group);
    if (const pd_status status = check_group(core, caller, group); status != PD_OK) {
        return refuse(status);
    }
    // The members of this moment: who joins or leaves while the plan is in progress is not touched.
    return set_permissions(core, caller, wanted, core.groups[*group].members);
}

Plan call(Core& core, const Caller& caller, const MemoryTransfer& request, Nanoseconds)
{
    if (const pd_status status = check_pages(request.address, request.length); status != PD_OK) {
        return refuse(status);
    }
    const std::optional<DomainId> target = core.find_domain(request.domain, caller.domain);
    if (!target) {
        return refuse(PD_BAD_HANDLE);
    }
    const Range pages{request.address, request.address + request.length};
    if (const pd_status status = core.memory.check(pages, caller.domain); status != PD_OK) {
        return refuse(status);
    }
    if (*target == caller.domain) {
        return answer(Reply{});
    }
    Domain& owner = core.domain(*target);
    if (!fits(owner.usage.memory, owner.quota.memory, pages.size())) {
        return refuse(PD_QUOTA_MEMORY);
    }
    // What the old owner keeps is cut; what the new one gets brings the rights of others along, the
    // old owner's among them.
    const std::uint64_t cut = core.memory.grants_by_cutting(pages);
    const std::uint64_t given = core.memory.grants_in(pages);
    if (!core.has_room_for_grants(caller.domain, cut > given ? cut - given : 0) ||
        !core.has_room_for_grants(*target, core.memory.grants_after(pages, {}, *target))) {
        return refuse(PD_QUOTA_GRANTS);
    }
    refund(core.domain(caller.domain).usage.memory, pages.size());
    charge(owner.usage.memory, pages.size());
    note_peak(owner.usage.memory);
    core.memory.set_owner(pages, *target);
    core.note_grants(caller.domain);
    core.note_grants(*target);
    core.forget_grants(pages);
    return answer(Reply{});
}

Plan call(Core& core, const Caller& caller, const MemoryQuery& request, Nanoseconds)
{
    const Region* region =
        core.memory.contains(request.address) ? core.memory.find(request.address) : nullptr;
    if (region == nullptr || region->state == Region::State::claimed ||
        region->state == Region::State::freeing) {
        return refuse(PD_NOT_COMMITTED);
    }
    const Perm perm = region->permission(caller.domain);
    if (region->owner != caller.domain && perm == Perm::none) {
        return refuse(PD_NOT_COMMITTED);
    }
    const Range pages = core.memory.same_rights(caller.domain, request.address);
    pd_memory_info info{};
    info.base = pages.begin;
    info.length = pages.size();
    info.owner = core.handle(region->owner);
    info.perm = static_cast<std::uint32_t>(perm);
    return answer(Reply{PD_OK, 0, info});
}

} // namespace glacis::supervisor
