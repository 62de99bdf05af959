// domain_create, domain_destroy, domain_info, domain_wait.

#include <cassert>

#include <glacis/abi/domain.h>

#include "calls.hpp"

namespace glacis::supervisor {
namespace {

// ---- create
// ------------------------------------------------------------------------------------

/// Of the numbers alone: MISALIGNED, EMPTY_RANGE, RANGE_OVERFLOW, BAD_ARGUMENT.
[[nodiscard]] pd_status check_numbers(const DomainCreate& request)
{
    for (const MemoryGrant& grant : request.grants) {
        if (const pd_status status = check_pages(grant.address, grant.length); status != PD_OK) {
            return status;
        }
        if (grant.perm == PD_PERM_NONE || !decode_perm(grant.perm)) {
            return PD_BAD_ARGUMENT;
        }
    }
    return PD_OK;
}

/// Whether `parent` may pass on so much of a region that the supervisor owns.
[[nodiscard]] bool has_itself(const Core& core, DomainId parent, const Range& pages, Perm perm)
{
    for (std::uint64_t address = pages.begin; address < pages.end;) {
        const PermissionRun run = core.memory.permission(parent, address);
        if (!allows(run.perm, perm)) {
            return false;
        }
        address = run.end;
    }
    return true;
}

/// NOT_COMMITTED, NOT_OWNER, NOT_PERMITTED, IN_USE.
[[nodiscard]] pd_status check_grant(const Core& core, DomainId parent, const MemoryGrant& grant)
{
    const Range pages{grant.address, grant.address + grant.length};
    const Region* region =
        core.memory.contains(pages.begin) ? core.memory.find(pages.begin) : nullptr;
    if (region == nullptr) {
        return PD_NOT_COMMITTED;
    }
    if (region->owner != supervisor_domain) {
        return core.memory.check(pages, parent);
    }
    const pd_status status = core.memory.check(pages, supervisor_domain);
    if (status == PD_OK && !has_itself(core, parent, pages, static_cast<Perm>(grant.perm))) {
        return PD_NOT_PERMITTED;
    }
    return status;
}

/// Whether the parent has so much left: QUOTA_*.
[[nodiscard]] pd_status check_own_quota(const Core& core, DomainId parent, const Quota& part)
{
    const Quota& quota = core.domain(parent).quota;
    const Usage& usage = core.domain(parent).usage;
    const auto has = [&](std::uint64_t Quota::*kind, std::uint64_t held) {
        return quota.*kind == UINT64_MAX ||
               (held <= quota.*kind && part.*kind <= quota.*kind - held);
    };
    if (!has(&Quota::memory, usage.memory.current)) {
        return PD_QUOTA_MEMORY;
    }
    if (!has(&Quota::stacks, usage.stacks.current)) {
        return PD_QUOTA_STACKS;
    }
    if (!has(&Quota::stack_bytes, usage.stack_bytes.current)) {
        return PD_QUOTA_STACK_BYTES;
    }
    if (!has(&Quota::threads, usage.threads.current)) {
        return PD_QUOTA_THREADS;
    }
    if (!has(&Quota::grants, core.grants(parent))) {
        return PD_QUOTA_GRANTS;
    }
    return has(&Quota::domains, 1) ? PD_OK : PD_QUOTA_DOMAINS;
}

/// Whether the child can begin with what it is given.
[[nodiscard]] bool is_enough(const DomainCreate& request)
{
    const Quota& quota = request.quota;
    return request.memory <= quota.memory && quota.stacks >= 1 && quota.threads >= 1 &&
           request.stack_commit <= quota.stack_bytes;
}

void carve(Quota& quota, const Quota& part)
{
    for (const auto kind : quota_kinds) {
        if (quota.*kind != UINT64_MAX) {
            quota.*kind -= part.*kind;
        }
    }
    if (quota.domains != UINT64_MAX) {
        --quota.domains;
    }
}

/// In state `running`, without a thread.
void begin_child(Core& core, DomainId parent, DomainId child, const DomainCreate& request)
{
    Domain& it = core.domain(child);
    it.name = request.name;
    it.quota = request.quota;
    it.lineage.whole = request.quota;
    it.lineage.parent = parent;
    it.lineage.depth = core.domain(parent).lineage.depth + 1;
    it.lineage.is_starting = true;
    it.lineage.grants = request.grants;
    // Taken from the back, so that of grants for the same pages the last one counts.
    for (auto grant = request.grants.rbegin(); grant != request.grants.rend(); ++grant) {
        const Range pages{grant->address, grant->address + grant->length};
        it.lineage.pending.emplace_back(pages, static_cast<Perm>(grant->perm));
    }
    if (!it.lineage.pending.empty()) {
        core.granting.insert(child);
    }
    core.domain(parent).lineage.children.insert(child);
    // Of a manager's own children it is the manager, too.
    const std::optional<DomainId> manager =
        core.domain(parent).is_manager ? parent : core.domain(parent).manager;
    if (manager) {
        core.set_manager(child, *manager);
    }
    carve(core.domain(parent).quota, request.quota);
}

// ---- info
// --------------------------------------------------------------------------------------

[[nodiscard]] std::uint32_t state_of(const Domain& domain)
{
    if (domain.lineage.has_concluded) {
        return domain.lineage.has_faulted ? PD_DOMAIN_FAULTED : PD_DOMAIN_EXITED;
    }
    return domain.state == Domain::State::running ? PD_DOMAIN_RUNNING : PD_DOMAIN_STOPPING;
}

[[nodiscard]] pd_domain_info info_of(const Core& core, DomainId id)
{
    const Domain& it = core.domain(id);
    pd_domain_info info{};
    info.domain = core.handle(id);
    info.parent = it.lineage.parent ? core.handle(*it.lineage.parent) : PD_SELF;
    info.state = state_of(it);
    info.fault_class = it.lineage.fault_class;
    info.exit_value = it.exit_value.value_or(it.main_value);
    info.restarts = it.lineage.restarts;
    info.faults = it.lineage.faults;
    info.memory = {it.quota.memory, it.usage.memory.current};
    info.stacks = {it.quota.stacks, it.usage.stacks.current};
    info.stack_bytes = {it.quota.stack_bytes, it.usage.stack_bytes.current};
    info.threads = {it.quota.threads, it.usage.threads.current};
    info.grants = {it.quota.grants, core.grants(id)};
    info.domains = {it.quota.domains, it.lineage.children.size()};
    return info;
}

/// A child of the caller: BAD_HANDLE, NOT_PERMITTED.
[[nodiscard]] pd_status check_child(const Core& core, const Caller& caller,
                                    std::optional<DomainId> child)
{
    // What is being made is nobody's yet; a child that is restarted has been made.
    if (!child ||
        (core.domain(*child).lineage.is_starting && core.domain(*child).lineage.restarts == 0)) {
        return PD_BAD_HANDLE;
    }
    return core.domain(*child).lineage.parent == caller.domain ? PD_OK : PD_NOT_PERMITTED;
}

[[nodiscard]] Plan wait_at(Core& core, const Caller& caller, std::uint64_t place,
                           std::optional<Nanoseconds> deadline)
{
    const std::optional<ThreadIndex> self = core.threads.find(caller.thread);
    assert(self);
    core.take_off_vcpu(*self);
    core.scheduler.wait_at(*self, place, deadline);
    return answer(Reply{}, Disposition::reschedule);
}

} // namespace

Plan call(Core& core, const Caller& caller, const DomainCreate& request, Nanoseconds)
{
    if (const pd_status status = check_numbers(request); status != PD_OK) {
        return refuse(status);
    }
    StackAlloc stack;
    stack.commit = request.stack_commit;
    stack.limit = request.stack_limit;
    if (const pd_status status = check_stack_sizes(core, stack); status != PD_OK) {
        return refuse(status);
    }
    for (const MemoryGrant& grant : request.grants) {
        if (const pd_status status = check_grant(core, caller.domain, grant); status != PD_OK) {
            return refuse(status);
        }
    }
    if (!is_enough(request)) {
        return refuse(PD_QUOTA_TOO_SMALL);
    }
    if (const pd_status status = check_own_quota(core, caller.domain, request.quota);
        status != PD_OK) {
        return refuse(status);
    }
    if (core.domain(caller.domain).lineage.depth == PD_DOMAIN_DEPTH_MAX) {
        return refuse(PD_NO_PLACE);
    }
    const std::optional<DomainId> child = core.take_place();
    if (!child) {
        return refuse(PD_NO_PLACE);
    }
    begin_child(core, caller.domain, *child, request);
    return answer(Reply{PD_OK, core.handle(*child), {}});
}

Plan call(Core& core, const Caller& caller, const DomainDestroy& request, Nanoseconds)
{
    const std::optional<DomainId> child = core.find_place(request.domain);
    if (const pd_status status = check_child(core, caller, child); status != PD_OK) {
        return refuse(status);
    }
    if (core.domain(*child).lineage.is_doomed) {
        return refuse(PD_IN_USE);
    }
    core.domain(*child).lineage.is_collected = true;
    core.doom(*child); // the VMM asks for the vCPUs afterwards
    if (core.domain(*child).lineage.is_vacant) {
        return answer(Reply{});
    }
    return wait_at(core, caller, place_of(*child), std::nullopt);
}

Plan call(Core& core, const Caller& caller, const DomainInfo& request, Nanoseconds)
{
    if (request.domain == PD_SELF || request.domain == core.handle(caller.domain)) {
        return answer(Reply{PD_OK, 0, info_of(core, caller.domain)});
    }
    const std::optional<DomainId> child = core.find_place(request.domain);
    if (const pd_status status = check_child(core, caller, child); status != PD_OK) {
        return refuse(status);
    }
    Lineage& lineage = core.domain(*child).lineage;
    lineage.is_collected = lineage.is_collected || lineage.has_concluded;
    return answer(Reply{PD_OK, 0, info_of(core, *child)});
}

Plan call(Core& core, const Caller& caller, const DomainWait& request, Nanoseconds now)
{
    const std::optional<DomainId> child = core.find_place(request.domain);
    if (const pd_status status = check_child(core, caller, child); status != PD_OK) {
        return refuse(status);
    }
    Domain& it = core.domain(*child);
    if (it.lineage.has_concluded) {
        it.lineage.is_collected = true;
        return answer(Reply{PD_OK, it.exit_value.value_or(it.main_value), {}});
    }
    return wait_at(core, caller, end_of(*child), deadline_after(now, request.timeout));
}

} // namespace glacis::supervisor
