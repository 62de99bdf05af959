// How operations end: what becomes true when their steps are done, or is true again when undone.

#include <cassert>
#include <functional>
#include <utility>

#include "core.hpp"
#include "transaction.hpp"

namespace glacis::supervisor {
namespace {

void give_back_stack(Core& core, SlotNumber slot)
{
    const Stack& stack = core.stacks[slot];
    Domain& creator = core.domain(stack.creator);
    refund(creator.usage.stacks, 1);
    refund(creator.usage.stack_bytes, stack.committed);
    creator.stacks.erase(slot);
    creator.stack_grants -= stack.charged_grants;
    if (stack.state == Stack::State::freeing) {
        core.stacks[slot].last_generation = creator.lineage.generation;
    }
    core.stacks.give_back(slot);
}

void give_back_memory(Core& core, DomainId owner, const Range& pages)
{
    if (owner != supervisor_domain) {
        refund(core.domain(owner).usage.memory, pages.size());
    }
    core.memory.give_back(pages);
}

/// What a permission change has come to, whichever way it ended.
void settle_stack(Core& core, const StackPermissions& operation)
{
    Stack& stack = core.stacks[operation.slot];
    core.charge_stack_grants(operation.slot);
    core.settle_grants(stack.creator, operation.promised_grants);
    stack.is_changing = false;
}

void settle_memory(Core& core, const MemoryPermissions& operation)
{
    core.memory.publish(operation.pages);
    core.settle_grants(operation.owner, operation.promised_grants);
}

struct Publish {
    Core& core;

    void operator()(const StackAllocation& operation)
    {
        core.stacks.publish(operation.slot);
        Usage& usage = core.domain(core.stacks[operation.slot].creator).usage;
        note_peak(usage.stacks);
        note_peak(usage.stack_bytes);
    }
    void operator()(const StackGrowth& operation)
    {
        Stack& stack = core.stacks[operation.slot];
        note_peak(core.domain(stack.creator).usage.stack_bytes);
        const std::uint64_t top = core.stacks.range(operation.slot).end;
        stack.is_changing = false;
        stack.committed = operation.committed_after;
        // Without an entry the creator has all that is committed, the new part too.
        if (const auto own = stack.permissions.find(stack.creator);
            own != stack.permissions.end()) {
            const Range grown{top - operation.committed_after, top - operation.committed_before};
            own->second.insert(grown, Perm::read_write);
            own->second.join(grown, std::equal_to<>());
        }
    }
    void operator()(const StackRelease& operation) { give_back_stack(core, operation.slot); }
    void operator()(const StackPermissions& operation)
    {
        for (const PermissionChange& change : operation.changes) {
            core.stacks.set_permission(operation.slot, change.domain, change.pages, change.after);
        }
        settle_stack(core, operation);
        core.note_grants(core.stacks[operation.slot].creator);
    }
    void operator()(const MemoryAllocation& operation)
    {
        core.memory.publish(operation.pages);
        if (operation.owner != supervisor_domain) {
            note_peak(core.domain(operation.owner).usage.memory);
        }
    }
    void operator()(const MemoryRelease& operation)
    {
        give_back_memory(core, operation.owner, operation.pages);
        core.note_grants(operation.owner);
    }
    void operator()(const MemoryPermissions& operation)
    {
        for (const PermissionChange& change : operation.changes) {
            core.memory.set_permission(change.pages, change.domain, change.after);
        }
        settle_memory(core, operation);
        core.note_grants(operation.owner);
    }
    void operator()(const DomainRelease& operation)
    {
        for (const SlotNumber slot : operation.slots) {
            give_back_stack(core, slot);
        }
        for (const Range& pages : operation.memory) {
            give_back_memory(core, operation.domain, pages);
        }
        core.domain(operation.domain).state = Domain::State::released;
        core.live_domains -= core.part_of(operation.domain) == Part::described ? 1 : 0;
    }
};

struct Abandon {
    Core& core;

    void operator()(const StackAllocation& operation) { give_back_stack(core, operation.slot); }
    void operator()(const StackGrowth& operation)
    {
        Stack& stack = core.stacks[operation.slot];
        stack.is_changing = false;
        refund(core.domain(stack.creator).usage.stack_bytes,
               operation.committed_after - operation.committed_before);
    }
    void operator()(const StackRelease& operation)
    {
        core.stacks[operation.slot].state = Stack::State::live;
    }
    void operator()(const StackPermissions& operation)
    {
        for (const PermissionChange& change : operation.changes) {
            core.stacks.set_permission(operation.slot, change.domain, change.pages, change.before);
        }
        settle_stack(core, operation);
    }
    void operator()(const MemoryAllocation& operation)
    {
        give_back_memory(core, operation.owner, operation.pages);
    }
    void operator()(const MemoryRelease& operation) { core.memory.publish(operation.pages); }
    void operator()(const MemoryPermissions& operation)
    {
        for (const PermissionChange& change : operation.changes) {
            core.memory.set_permission(change.pages, change.domain, change.before);
        }
        settle_memory(core, operation);
    }
    void operator()(const DomainRelease&)
    {
        assert(false && "the release of a domain is never undone");
    }
};

} // namespace

void publish(Core& core, const Operation& operation)
{
    std::visit(Publish{core}, operation);
}

void abandon(Core& core, const Operation& operation)
{
    std::visit(Abandon{core}, operation);
}

std::optional<SlotNumber> orphan_of(const Core& core, const Operation& operation)
{
    std::optional<SlotNumber> slot;
    if (const auto* growth = std::get_if<StackGrowth>(&operation)) {
        slot = growth->slot;
    } else if (const auto* permissions = std::get_if<StackPermissions>(&operation)) {
        slot = permissions->slot;
    }
    return slot && core.stacks[*slot].is_orphan ? slot : std::nullopt;
}

} // namespace glacis::supervisor
