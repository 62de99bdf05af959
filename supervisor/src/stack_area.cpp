#include "stack_area.hpp"

#include <algorithm>
#include <cassert>

namespace glacis::supervisor {
namespace {

/// Sets what `domain` may do with some of a stack's committed pages.
void set_in(Stack& stack, const Range& committed, DomainId domain, const Range& pages, Perm perm)
{
    const auto [entry, is_new] = stack.permissions.try_emplace(domain);
    RangeMap<Perm>& permissions = entry->second;
    if (is_new && domain == stack.creator) {
        permissions.insert(committed, Perm::read_write);
    }
    if (perm == Perm::none) {
        permissions.erase(pages);
    } else {
        permissions.assign(pages, perm);
        permissions.join(pages, [](Perm left, Perm right) { return left == right; });
    }
    if (permissions.empty() && domain != stack.creator) {
        stack.permissions.erase(entry);
    }
}

} // namespace

std::uint64_t Stack::grants() const
{
    std::uint64_t count = 0;
    for (const auto& [domain, parts] : permissions) {
        count += domain == creator ? 0 : parts.entries().size();
    }
    return count;
}

StackArea::StackArea(const Layout& layout)
    : area_(layout.stack_area), slot_size_(layout.stack_slot), guard_(layout.stack_guard),
      size_(static_cast<SlotNumber>(layout.stack_area.size() / layout.stack_slot)),
      described_(static_cast<SlotNumber>(layout.described_stacks().size() / layout.stack_slot)),
      free_(described_), managers_free_(size() - described_)
{
}

Stack& StackArea::operator[](SlotNumber slot)
{
    assert(slot < size_);
    const bool is_described = part_of(slot) == Part::described;
    std::deque<Stack>& stacks = is_described ? stacks_ : managers_;
    const std::size_t index = is_described ? slot : slot - described_;
    if (index >= stacks.size()) {
        stacks.resize(index + 1);
    }
    return stacks[index];
}

const Stack& StackArea::operator[](SlotNumber slot) const
{
    assert(slot < size_);
    static const Stack unused;
    const bool is_described = part_of(slot) == Part::described;
    const std::deque<Stack>& stacks = is_described ? stacks_ : managers_;
    const std::size_t index = is_described ? slot : slot - described_;
    return index < stacks.size() ? stacks[index] : unused;
}

bool StackArea::is_free(SlotNumber slot) const
{
    return part_of(slot) == Part::described ? free_.is_free(slot)
                                            : managers_free_.is_free(slot - described_);
}

std::optional<SlotNumber> StackArea::lowest_free(Part part) const
{
    if (part == Part::described) {
        return free_.lowest_free();
    }
    const std::optional<SlotNumber> slot = managers_free_.lowest_free();
    return slot ? std::optional(described_ + *slot) : std::nullopt;
}

SlotNumber StackArea::slot_at(std::uint64_t address) const
{
    assert(contains(address));
    return static_cast<SlotNumber>((address - area_.begin) / slot_size_);
}

std::optional<SlotNumber> StackArea::find_slot(std::uint64_t stack) const
{
    if (!contains(stack) || (stack - area_.begin) % slot_size_ != 0) {
        return std::nullopt;
    }
    return slot_at(stack);
}

std::optional<SlotNumber> StackArea::find_stack(std::uint64_t stack) const
{
    const std::optional<SlotNumber> slot = find_slot(stack);
    if (!slot) {
        return std::nullopt;
    }
    const Stack::State state = (*this)[*slot].state;
    const bool is_there = state == Stack::State::live || state == Stack::State::freeing;
    return is_there ? slot : std::nullopt;
}

StackId StackArea::id(SlotNumber slot) const
{
    return StackId{range(slot).begin};
}

Range StackArea::range(SlotNumber slot) const
{
    const std::uint64_t begin = area_.begin + slot * slot_size_;
    return {begin, begin + slot_size_};
}

Range StackArea::committed(SlotNumber slot) const
{
    const std::uint64_t top = range(slot).end;
    return {top - (*this)[slot].committed, top};
}

void StackArea::claim(SlotNumber slot, const Claim& claim)
{
    part_of(slot) == Part::described ? free_.take(slot) : managers_free_.take(slot - described_);
    Stack& stack = (*this)[slot];
    stack.state = Stack::State::claimed;
    stack.creator = claim.creator;
    stack.manager = claim.manager;
    stack.committed = claim.committed;
    stack.limit = claim.limit;
}

void StackArea::publish(SlotNumber slot)
{
    assert((*this)[slot].state == Stack::State::claimed);
    (*this)[slot].state = Stack::State::live;
}

void StackArea::give_back(SlotNumber slot)
{
    const Stack& old = (*this)[slot];
    assert(old.state == Stack::State::claimed || old.state == Stack::State::freeing);
    assert(old.active_on == no_vcpu && old.thread == no_thread && !old.is_changing);
    const bool held_stack = old.state == Stack::State::freeing;
    Stack stack;
    stack.was_live = held_stack || old.was_live;
    stack.state = stack.was_live ? Stack::State::freed : Stack::State::unused;
    stack.last_creator = held_stack ? old.creator : old.last_creator;
    stack.last_generation = old.last_generation;
    (*this)[slot] = std::move(stack);
    part_of(slot) == Part::described ? free_.give_back(slot)
                                     : managers_free_.give_back(slot - described_);
}

pd_status StackArea::activate(SlotNumber slot, DomainId domain, ThreadId thread, VcpuId vcpu)
{
    Stack& stack = (*this)[slot];
    assert(thread != no_thread);
    if (stack.creator != domain && stack.manager != domain) {
        return PD_NOT_PERMITTED;
    }
    if (stack.state != Stack::State::live) {
        return PD_IN_USE;
    }
    if (stack.thread != no_thread && stack.thread != thread) {
        return PD_IN_USE;
    }
    if (stack.thread == no_thread && stack.is_changing) {
        return PD_IN_USE;
    }
    // Active elsewhere is another thread's: no thread is on two vCPUs.
    assert(stack.active_on == no_vcpu || stack.active_on == vcpu);
    stack.thread = thread;
    stack.active_on = vcpu;
    return PD_OK;
}

void StackArea::deactivate(SlotNumber slot)
{
    assert((*this)[slot].active_on != no_vcpu);
    (*this)[slot].active_on = no_vcpu;
}

PermissionRun StackArea::permission(DomainId domain, std::uint64_t address) const
{
    const SlotNumber slot = slot_at(address);
    const Stack& stack = (*this)[slot];
    const Range pages = committed(slot);
    if (stack.state != Stack::State::live) {
        return {Perm::none, range(slot).end};
    }
    if (address < pages.begin) {
        return {Perm::none, pages.begin};
    }
    const auto own = stack.permissions.find(domain);
    if (own == stack.permissions.end()) {
        return {domain == stack.creator ? Perm::read_write : Perm::none, pages.end};
    }
    const auto entry = own->second.at_or_above(address);
    if (entry == own->second.entries().end()) {
        return {Perm::none, pages.end};
    }
    if (entry->first > address) {
        return {Perm::none, entry->first};
    }
    return {entry->second.value, entry->second.end};
}

void StackArea::set_permission(SlotNumber slot, DomainId domain, const Range& pages, Perm perm)
{
    set_in((*this)[slot], committed(slot), domain, pages, perm);
}

std::uint64_t StackArea::grants_after(SlotNumber slot,
                                      const std::vector<PermissionChange>& changes) const
{
    Stack copy = (*this)[slot];
    for (const PermissionChange& change : changes) {
        set_in(copy, committed(slot), change.domain, change.pages, change.after);
    }
    return copy.grants();
}

bool StackArea::is_granted(SlotNumber slot, const Range& pages) const
{
    const Stack& stack = (*this)[slot];
    return std::any_of(
        stack.permissions.begin(), stack.permissions.end(), [&](const auto& permissions) {
            const auto entry = permissions.second.at_or_above(pages.begin);
            return permissions.first != stack.creator &&
                   entry != permissions.second.entries().end() && entry->first < pages.end;
        });
}

std::set<DomainId> StackArea::domains_with_permission(SlotNumber slot) const
{
    std::set<DomainId> domains;
    for (const auto& entry : (*this)[slot].permissions) {
        domains.insert(entry.first);
    }
    return domains;
}

} // namespace glacis::supervisor
