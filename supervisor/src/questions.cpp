// Who may do what with an address.

#include <algorithm>

#include "core.hpp"

namespace glacis::supervisor {
namespace {

[[nodiscard]] constexpr bool is_in(std::uint64_t address, std::uint64_t base, std::uint64_t size)
{
    return base <= address && address - base < size;
}

/// Of an address outside the stack area and domain memory.
[[nodiscard]] AddressFacts::Kind fixed_kind(std::uint64_t address, std::uint32_t vcpus)
{
    if (address < GLACIS_LOWEST_ADDRESS) {
        return AddressFacts::Kind::low;
    }
    if (is_in(address, GLACIS_GATE_BASE, GLACIS_GATE_SIZE)) {
        return AddressFacts::Kind::gate;
    }
    const std::uint64_t vcpu_blocks = std::uint64_t{vcpus} * GLACIS_VCPU_BLOCK_SIZE;
    const bool is_supervisor = is_in(address, GLACIS_SHIM_BASE, GLACIS_SHIM_SIZE) ||
                               is_in(address, GLACIS_PROBE_BASE, GLACIS_PROBE_SIZE) ||
                               is_in(address, GLACIS_VCPU_BASE, vcpu_blocks) ||
                               is_in(address, GLACIS_TABLES_BASE, GLACIS_TABLES_SIZE);
    return is_supervisor ? AddressFacts::Kind::supervisor : AddressFacts::Kind::nothing;
}

} // namespace

PermissionRun Core::permission(DomainId viewer, StackView view, std::uint64_t address) const
{
    if (memory.contains(address)) {
        return memory.permission(viewer, address);
    }
    if (!stacks.contains(address)) {
        return {Perm::none, UINT64_MAX};
    }
    PermissionRun run = stacks.permission(viewer, address);
    const SlotNumber slot = stacks.slot_at(address);
    const bool is_own = stacks.id(slot) == view.stack;
    if (is_own && !view.is_whole()) {
        const Range pages = stacks.committed(slot);
        if (stacks[slot].state == Stack::State::live && pages.begin <= address &&
            address < view.end) {
            return {Perm::read_write, view.end};
        }
    }
    // Threads of one domain cannot touch each other's stacks, and a callee not its callers' frames
    // (promise G9): the creator's own permission is for whoever runs on the whole stack.
    if (stacks[slot].creator == viewer && (!is_own || !view.is_whole())) {
        run.perm = Perm::none;
    }
    return run;
}

bool Core::is_permitted(DomainId viewer, StackView view, std::uint64_t address,
                        std::uint64_t length, Perm want) const
{
    if (length == 0 || length > UINT64_MAX - address) {
        return false;
    }
    const std::uint64_t end = address + length;
    while (address < end) {
        const PermissionRun run = permission(viewer, view, address);
        if (run.perm == Perm::none || !allows(run.perm, want)) {
            return false;
        }
        address = run.end;
    }
    return true;
}

Part Core::part_at(std::uint64_t address) const
{
    const bool is_managers =
        (stacks.contains(address) && !layout.described_stacks().contains(address)) ||
        (memory.contains(address) && !layout.described_memory().contains(address));
    return is_managers ? Part::managers : Part::described;
}

AddressFacts Core::facts(DomainId viewer, std::uint64_t address) const
{
    AddressFacts facts;
    const bool is_managers = part_at(address) == Part::managers;
    if (is_managers && viewer != default_manager && viewer != supervisor_domain) {
        return facts; // for all others there is nothing
    }
    if (stacks.contains(address)) {
        facts.kind = AddressFacts::Kind::stack_area;
        facts.slot = slot_facts(stacks.slot_at(address));
    } else if (memory.contains(address)) {
        facts.kind = AddressFacts::Kind::memory;
        facts.memory = memory_facts(viewer, address);
    } else {
        facts.kind = fixed_kind(address, layout.vcpus);
    }
    return facts;
}

std::uint64_t Core::stack_peak(SlotNumber slot) const
{
    return std::max(stacks[slot].peak, words->touched_below_top(stacks.committed(slot)));
}

SlotFacts Core::slot_facts(SlotNumber slot) const
{
    const Stack& stack = stacks[slot];
    SlotFacts facts;
    facts.slot = stacks.range(slot);
    const bool is_gone = domain(stack.last_creator).lineage.generation != stack.last_generation;
    facts.creator = is_gone ? no_domain : stack.last_creator;
    switch (stack.state) {
    case Stack::State::unused:
        facts.state = SlotFacts::State::unused;
        return facts;
    case Stack::State::freed:
        facts.state = SlotFacts::State::freed;
        return facts;
    case Stack::State::claimed:
    case Stack::State::freeing:
        facts.state = SlotFacts::State::changing;
        facts.creator = stack.creator;
        return facts;
    case Stack::State::live:
        break;
    }
    facts.state = SlotFacts::State::live;
    facts.committed = stacks.committed(slot);
    facts.limit = stack.limit;
    facts.creator = stack.creator;
    if (stack.thread != no_thread) {
        facts.thread = stack.thread;
    }
    facts.active_on = stack.active_on;
    return facts;
}

MemoryFacts Core::memory_facts(DomainId viewer, std::uint64_t address) const
{
    MemoryFacts facts;
    const Region* region = memory.find(address);
    if (region == nullptr || region->state == Region::State::claimed) {
        return facts;
    }
    facts.is_allocated = true;
    facts.owner = region->owner;
    facts.perm = memory.permission(viewer, address).perm;
    for (const auto& grant : region->permissions) {
        facts.has_execute = facts.has_execute || grant.second == Perm::read_execute;
    }
    return facts;
}

std::vector<OwnedPages> Core::owned_pages() const
{
    std::vector<OwnedPages> all;
    for (const auto& [begin, entry] : memory.regions().entries()) {
        if (entry.value.state == Region::State::live) {
            all.push_back({{begin, entry.end}, entry.value.owner, false});
        }
    }
    for (SlotNumber slot = 0; slot < stacks.size(); ++slot) {
        if (stacks[slot].state == Stack::State::live) {
            all.push_back({stacks.committed(slot), stacks[slot].creator, true});
        }
    }
    std::sort(all.begin(), all.end(), [](const OwnedPages& left, const OwnedPages& right) {
        return left.pages.begin < right.pages.begin;
    });
    return all;
}

} // namespace glacis::supervisor
