// stack_alloc, stack_free, stack_grow, stack_activate, stack_set_perm, stack_info.

#include <cassert>

#include "calls.hpp"

namespace glacis::supervisor {
namespace {

/// What changes on a stack, with `perm` for `target` and, if exclusive, nothing for all others.
[[nodiscard]] std::vector<PermissionChange> stack_changes(const Core& core, SlotNumber slot,
                                                          const Range& pages, DomainId target,
                                                          Perm perm, bool is_exclusive)
{
    std::vector<PermissionChange> changes;
    const auto collect = [&](DomainId domain, Perm after) {
        collect_changes(changes, domain, pages, after, [&](std::uint64_t address) {
            return core.stacks.permission(domain, address);
        });
    };
    if (is_exclusive) {
        std::set<DomainId> others = core.stacks.domains_with_permission(slot);
        others.insert(core.stacks[slot].creator);
        others.erase(target);
        for (const DomainId domain : others) {
            collect(domain, Perm::none);
        }
    }
    collect(target, perm);
    return changes;
}

/// Grants to other domains need no effect: their roots are filled in when they touch the pages.
[[nodiscard]] std::vector<Step> stack_change_steps(const Core& core, SlotNumber slot,
                                                   const Range& pages,
                                                   const std::vector<PermissionChange>& changes)
{
    const DomainId creator = core.stacks[slot].creator;
    const StackId stack = core.stacks.id(slot);
    const auto of_creator = [&](const PermissionChange& change) {
        return Step{SetStackPages{creator, stack, change.pages, change.after},
                    SetStackPages{creator, stack, change.pages, change.before}};
    };
    std::vector<Step> steps;
    for (const PermissionChange& change : changes) {
        if (!is_reduction(change)) {
            continue;
        }
        if (change.domain == creator) {
            steps.push_back(of_creator(change));
        } else {
            steps.push_back({DropStackPages{change.domain, change.pages}, std::nullopt});
        }
    }
    if (!steps.empty()) {
        steps.push_back({Flush{pages}, std::nullopt});
    }
    for (const PermissionChange& change : changes) {
        if (!is_reduction(change) && change.domain == creator) {
            steps.push_back(of_creator(change));
        }
    }
    return steps;
}

/// Whether `caller` created the stack: BAD_HANDLE, NOT_OWNER.
[[nodiscard]] pd_status check_created(const Core& core, const Caller& caller,
                                      std::optional<SlotNumber> slot)
{
    if (!slot) {
        return PD_BAD_HANDLE;
    }
    return core.stacks[*slot].creator == caller.domain ? PD_OK : PD_NOT_OWNER;
}

} // namespace

pd_status check_stack_sizes(const Core& core, const StackAlloc& request)
{
    const bool is_named = request.slot != PD_ANY_SLOT;
    if (!is_page_aligned(request.commit) || !is_page_aligned(request.limit) ||
        (is_named && request.slot % core.stacks.slot_size() != 0)) {
        return PD_MISALIGNED;
    }
    if (request.commit == 0) {
        return PD_EMPTY_RANGE;
    }
    if ((request.limit != 0 && request.limit < request.commit) ||
        (is_named && !core.layout.described_stacks().contains(request.slot))) {
        return PD_BAD_ARGUMENT;
    }
    if (request.commit > core.stacks.largest() || request.limit > core.stacks.largest()) {
        return PD_TOO_LARGE;
    }
    return PD_OK;
}

Plan claim_stack(Core& core, DomainId creator, const StackAlloc& request,
                 std::optional<Caller> caller)
{
    if (const pd_status status = check_stack_sizes(core, request); status != PD_OK) {
        return refuse(status);
    }
    const std::optional<DomainId> manager = core.find_domain(request.manager, creator);
    if (!manager) {
        return refuse(PD_BAD_HANDLE);
    }
    Domain& domain = core.domain(creator);
    if (!fits(domain.usage.stacks, domain.quota.stacks, 1)) {
        return refuse(PD_QUOTA_STACKS);
    }
    if (!fits(domain.usage.stack_bytes, domain.quota.stack_bytes, request.commit)) {
        return refuse(PD_QUOTA_STACK_BYTES);
    }
    std::optional<SlotNumber> slot;
    if (request.slot == PD_ANY_SLOT) {
        slot = core.stacks.lowest_free(core.part_of(creator));
        if (!slot) {
            return refuse(PD_NO_SLOT);
        }
    } else {
        slot = core.stacks.find_slot(request.slot);
        assert(slot);
        if (!core.stacks.is_free(*slot)) {
            return refuse(PD_REGION_CONFLICT);
        }
    }
    const std::uint64_t limit = request.limit == 0 ? request.commit : request.limit;
    core.stacks.claim(*slot, {creator, *manager, request.commit, limit});
    domain.stacks.insert(*slot);
    charge(domain.usage.stacks, 1);
    charge(domain.usage.stack_bytes, request.commit);
    const Range pages = core.stacks.committed(*slot);
    Transaction transaction;
    transaction.operation = StackAllocation{*slot};
    transaction.steps.push_back({Commit{pages}, Release{pages}});
    transaction.domains.insert(creator);
    transaction.caller = caller;
    transaction.reply.value = static_cast<std::uint64_t>(core.stacks.id(*slot));
    return open(core, std::move(transaction));
}

void append_stack_release(const Core& core, SlotNumber slot, std::vector<Step>& steps,
                          std::set<DomainId>& domains)
{
    const Stack& stack = core.stacks[slot];
    const StackId id = core.stacks.id(slot);
    const Range pages = core.stacks.committed(slot);
    for (const DomainId domain : core.stacks.domains_with_permission(slot)) {
        if (domain != stack.creator) {
            steps.push_back({DropStackPages{domain, pages}, std::nullopt});
            domains.insert(domain);
        }
    }
    steps.push_back({CloseRoot{stack.creator, id}, std::nullopt});
    domains.insert(stack.creator);
    std::set<DomainId> others = stack.visitors;
    others.insert(stack.manager);
    others.erase(stack.creator);
    for (const DomainId domain : others) {
        steps.push_back({CloseRoot{domain, id}, std::nullopt});
        domains.insert(domain);
    }
    steps.push_back({Release{pages}, std::nullopt});
}

Transaction release_stack(Core& core, SlotNumber slot)
{
    Stack& stack = core.stacks[slot];
    assert(stack.state == Stack::State::live && !stack.is_changing);
    assert(stack.active_on == no_vcpu && stack.thread == no_thread);
    stack.state = Stack::State::freeing;
    stack.is_orphan = false;
    Transaction transaction;
    transaction.operation = StackRelease{slot};
    append_stack_release(core, slot, transaction.steps, transaction.domains);
    return transaction;
}

Plan call(Core& core, const Caller& caller, const StackAlloc& request, Nanoseconds)
{
    return claim_stack(core, caller.domain, request, caller);
}

Plan call(Core& core, const Caller& caller, const StackFree& request, Nanoseconds)
{
    const std::optional<SlotNumber> slot = core.stacks.find_stack(request.stack);
    if (const pd_status status = check_created(core, caller, slot); status != PD_OK) {
        return refuse(status);
    }
    const Stack& stack = core.stacks[*slot];
    if (stack.state != Stack::State::live || stack.is_changing || stack.thread != no_thread) {
        return refuse(PD_IN_USE);
    }
    Transaction transaction = release_stack(core, *slot);
    transaction.caller = caller;
    return open(core, std::move(transaction));
}

Plan call(Core& core, const Caller& caller, const StackGrow& request, Nanoseconds)
{
    if (!is_page_aligned(request.commit)) {
        return refuse(PD_MISALIGNED);
    }
    const std::optional<SlotNumber> slot = core.stacks.find_stack(request.stack);
    if (const pd_status status = check_created(core, caller, slot); status != PD_OK) {
        return refuse(status);
    }
    Stack& stack = core.stacks[*slot];
    if (stack.state != Stack::State::live || stack.is_changing) {
        return refuse(PD_IN_USE);
    }
    if (request.commit < stack.committed) {
        return refuse(PD_BAD_ARGUMENT);
    }
    if (request.commit > stack.limit) {
        return refuse(PD_TOO_LARGE);
    }
    if (request.commit == stack.committed) {
        return answer(Reply{});
    }
    const std::uint64_t more = request.commit - stack.committed;
    Domain& creator = core.domain(caller.domain);
    if (!fits(creator.usage.stack_bytes, creator.quota.stack_bytes, more)) {
        return refuse(PD_QUOTA_STACK_BYTES);
    }
    charge(creator.usage.stack_bytes, more);
    stack.is_changing = true;
    const std::uint64_t bottom = core.stacks.committed(*slot).begin;
    const Range pages{bottom - more, bottom};
    Transaction transaction;
    transaction.operation = StackGrowth{*slot, stack.committed, request.commit};
    transaction.steps.push_back({Commit{pages}, Release{pages}});
    transaction.steps.push_back(
        {SetStackPages{caller.domain, core.stacks.id(*slot), pages, Perm::read_write},
         SetStackPages{caller.domain, core.stacks.id(*slot), pages, Perm::none}});
    transaction.domains.insert(caller.domain);
    transaction.caller = caller;
    return open(core, std::move(transaction));
}

Plan call(Core& core, const Caller& caller, const StackActivate& request, Nanoseconds)
{
    if (request.vcpu != PD_THIS_VCPU && request.vcpu != static_cast<std::uint64_t>(caller.vcpu)) {
        return refuse(PD_BAD_ARGUMENT);
    }
    const std::optional<SlotNumber> slot = core.stacks.find_stack(request.stack);
    if (!slot || !core.is_running(core.stacks[*slot].creator)) {
        return refuse(PD_BAD_HANDLE);
    }
    const std::optional<ThreadIndex> index = core.threads.find(caller.thread);
    assert(index);
    Thread& thread = core.threads[*index];
    if (!thread.calls.empty()) {
        return refuse(PD_IN_USE);
    }
    const pd_status status = core.stacks.activate(*slot, caller.domain, caller.thread, caller.vcpu);
    if (status != PD_OK) {
        return refuse(status);
    }
    if (thread.current == *slot) {
        return answer(Reply{});
    }
    core.stacks.deactivate(thread.current);
    if (thread.current != thread.home) {
        core.stacks[thread.current].thread = no_thread;
    }
    thread.current = *slot;
    return answer(Reply{});
}

Plan call(Core& core, const Caller& caller, const StackSetPerm& request, Nanoseconds)
{
    if (const pd_status status = check_pages(request.address, request.length); status != PD_OK) {
        return refuse(status);
    }
    const std::optional<Perm> perm = decode_perm(request.perm);
    if (!perm || allows(*perm, Perm::read_execute) ||
        (request.flags & ~std::uint64_t{PD_EXCLUSIVE}) != 0) {
        return refuse(PD_BAD_ARGUMENT);
    }
    const std::optional<DomainId> target = core.find_domain(request.domain, caller.domain);
    if (!target) {
        return refuse(PD_BAD_HANDLE);
    }
    const Range pages{request.address, request.address + request.length};
    if (!core.stacks.contains(pages.begin)) {
        return refuse(PD_NOT_COMMITTED);
    }
    const SlotNumber slot = core.stacks.slot_at(pages.begin);
    Stack& stack = core.stacks[slot];
    const bool is_there =
        stack.state == Stack::State::live && core.stacks.committed(slot).contains(pages);
    if (!is_there) {
        return refuse(PD_NOT_COMMITTED);
    }
    if (stack.creator != caller.domain && stack.manager != caller.domain) {
        return refuse(PD_NOT_PERMITTED);
    }
    if (stack.active_on != caller.vcpu) {
        return refuse(PD_NOT_ACTIVE);
    }
    // In a call others' frames lie on it.
    const std::optional<ThreadIndex> user = core.threads.find(caller.thread);
    assert(user);
    if (stack.is_changing || !core.is_running(stack.creator) ||
        !core.threads[*user].calls.empty()) {
        return refuse(PD_IN_USE);
    }
    const bool is_exclusive = (request.flags & PD_EXCLUSIVE) != 0;
    StackPermissions operation{slot, stack_changes(core, slot, pages, *target, *perm, is_exclusive),
                               0};
    const std::uint64_t grants_before = stack.grants();
    const std::uint64_t grants_after = core.stacks.grants_after(slot, operation.changes);
    if (grants_after > grants_before &&
        !core.has_room_for_grants(stack.creator, grants_after - grants_before)) {
        return refuse(PD_QUOTA_GRANTS);
    }
    Transaction transaction;
    transaction.steps = stack_change_steps(core, slot, pages, operation.changes);
    transaction.domains = {caller.domain, stack.creator};
    stack.is_changing = true;
    for (const PermissionChange& change : operation.changes) {
        transaction.domains.insert(change.domain);
        core.stacks.set_permission(slot, change.domain, change.pages,
                                   meet(change.before, change.after));
    }
    core.charge_stack_grants(slot);
    operation.promised_grants =
        core.promise_grants(stack.creator, grants_before, stack.grants(), grants_after);
    transaction.operation = std::move(operation);
    transaction.undo_flush = pages;
    transaction.caller = caller;
    return open(core, std::move(transaction));
}

Plan call(Core& core, const Caller& caller, const StackInfo& request, Nanoseconds)
{
    const std::optional<SlotNumber> slot = core.stacks.find_stack(request.stack);
    if (!slot || core.stacks[*slot].state != Stack::State::live) {
        return refuse(PD_BAD_HANDLE);
    }
    const Stack& stack = core.stacks[*slot];
    if (stack.creator != caller.domain && stack.manager != caller.domain) {
        return refuse(PD_NOT_PERMITTED);
    }
    const Range pages = core.stacks.committed(*slot);
    pd_stack_info info{};
    info.stack = request.stack;
    info.top = pages.end;
    info.committed = stack.committed;
    info.limit = stack.limit;
    info.peak = core.stack_peak(*slot);
    info.creator = core.handle(stack.creator);
    info.manager = core.handle(stack.manager);
    info.vcpu = static_cast<std::uint32_t>(stack.active_on);
    return answer(Reply{PD_OK, 0, info});
}

} // namespace glacis::supervisor
