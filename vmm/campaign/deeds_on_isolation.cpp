// What a domain must not do, done by its own code.

#include <algorithm>
#include <array>
#include <native/injection.hpp>

#include "campaign/deed_words.hpp"
#include "campaign/injector.hpp"

namespace glacis::campaign {

using namespace supervisor;

std::optional<OwnedPages> Injector::foreign_pages(RunningThread& thread, bool is_stack)
{
    Core& core = thread.core();
    const std::lock_guard guard(core.mutex);
    std::vector<OwnedPages> others;
    for (const OwnedPages& owned : core.supervisor->owned_pages()) {
        if (owned.is_stack == is_stack && owned.owner != thread.domain() &&
            owned.owner != supervisor_domain &&
            !core.supervisor->is_permitted(thread.domain(), thread.view(), owned.pages.begin, 1,
                                           Perm::read_write)) {
            others.push_back(owned);
        }
    }
    if (others.empty()) {
        return std::nullopt;
    }
    return others[random_.below(others.size())];
}

/// Where the class wants to write; nothing where this system has no such place at the moment.
std::optional<std::uint64_t> Injector::store_target(RunningThread& thread)
{
    Core& core = thread.core();
    const auto own = static_cast<std::uint64_t>(thread.view().stack);
    const auto slot_of = [&core, &thread](std::uint64_t address) {
        return core.supervisor->facts(thread.domain(), address).slot;
    };
    if (fault_.fault_class == FaultClass::foreign_write) {
        const auto pages = foreign_pages(thread, false);
        return pages ? std::optional(pages->pages.begin + random_.below(pages->pages.size()))
                     : std::nullopt;
    }
    const std::lock_guard guard(core.mutex);
    const SlotFacts stack = slot_of(own);
    switch (fault_.fault_class) {
    case FaultClass::stack_overflow:
        return stack.committed.begin - std::max<std::uint64_t>(fault_.amount, 1);
    case FaultClass::stack_underflow:
        return stack.committed.end + std::max<std::uint64_t>(fault_.amount, 1) - 1;
    case FaultClass::frame_beyond_guard:
        return stack.committed.begin - core.layout.stack_guard - fault_.amount;
    default:
        break;
    }
    std::vector<Range> places;
    for (std::uint64_t at = core.layout.stack_area.begin; at < core.layout.stack_area.end;
         at += core.layout.stack_slot) {
        const SlotFacts slot = slot_of(at);
        const bool is_live = slot.state == SlotFacts::State::live;
        const bool is_own = is_live && slot.creator == thread.domain();
        const bool is_wanted =
            at != own && ((fault_.fault_class == FaultClass::neighbour_write && is_live) ||
                          (fault_.fault_class == FaultClass::inactive_write && is_own &&
                           slot.active_on == no_vcpu) ||
                          (fault_.fault_class == FaultClass::freed_write &&
                           slot.state == SlotFacts::State::freed));
        if (is_wanted) {
            places.push_back(is_live ? slot.committed : slot.slot);
        }
    }
    if (places.empty()) {
        return std::nullopt;
    }
    const Range& place = places[random_.below(places.size())];
    // Of a freed slot, what was the top of its stack.
    const std::uint64_t reach = fault_.fault_class == FaultClass::freed_write
                                    ? std::min<std::uint64_t>(place.size(), 4 * page_size)
                                    : place.size();
    return place.end - 1 - random_.below(reach);
}

/// The thread executes a store where it is, then goes on as if nothing had been.
Intervention::Next Injector::store_somewhere(RunningThread& thread)
{
    auto context = thread.registers();
    const auto target = store_target(thread);
    if (!context || !target) {
        return Next::resume;
    }
    const ThreadContext before = *context;
    const std::uint64_t place = before.program_counter;
    std::vector<std::uint8_t> original(native::store_code.size());
    if (!read(thread, place, original) || !write(thread, place, native::store_code)) {
        return Next::resume;
    }
    const std::uint64_t byte = 1 + random_.below(255);
    note(thread, hex(byte) + " is written to " + hex(*target));
    context->general[native::first_argument] = *target;
    context->general[native::second_argument] = byte;
    set_trap(thread.core(), place + native::store_code.size(),
             [this, before, place, original](RunningThread& behind) {
                 (void)write(behind, place, original);
                 (void)behind.set_registers(before);
                 return Next::resume;
             });
    (void)thread.set_registers(*context);
    return Next::resume;
}

/// Hypercalls that only the owner of something may make.
Intervention::Next Injector::ask_for_others(RunningThread& thread)
{
    const bool is_stack = fault_.fault_class == FaultClass::foreign_activation;
    const auto pages = foreign_pages(thread, is_stack);
    if (!pages) {
        return Next::resume;
    }
    const std::uint64_t page = pages->pages.begin;
    HypercallEvent event;
    std::string deed;
    if (is_stack) {
        const std::uint64_t stack = page & ~(thread.core().layout.stack_slot - 1);
        event = {GLACIS_CALL_STACK_ACTIVATE, {stack, PD_THIS_VCPU}};
        deed = "it activates the stack " + hex(stack) + " of another domain";
    } else if (fault_.fault_class == FaultClass::foreign_permission) {
        event = {GLACIS_CALL_MEMORY_SET_PERM,
                 {page, page_size, PD_PERM_READ | PD_PERM_WRITE, PD_SELF, 0}};
        deed = "it gives itself permission to write to " + hex(page) + " of another domain";
    } else {
        event = {GLACIS_CALL_MEMORY_FREE, {page, page_size}};
        deed = "it frees the page at " + hex(page) + " of another domain";
    }
    note(thread, deed);
    if (const auto reply = thread.call(event)) {
        injection_.refusal = reply->status;
        injection_.was_granted = reply->status == PD_OK;
    }
    return Next::resume;
}

/// At the start of a function: it will return to somewhere else.
Intervention::Next Injector::forge_return(RunningThread& thread)
{
    const auto context = thread.registers();
    const auto pages = foreign_pages(thread, false);
    if (!context) {
        return Next::resume;
    }
    const std::uint64_t to = pages && random_.below(2) == 0
                                 ? pages->pages.begin + random_.below(pages->pages.size())
                                 : base_ + random_.below(image_size_);
    const std::uint64_t slot = native::return_slot(*context);
    if (thread.may(slot, word_size, Perm::read_write) && write(thread, slot, bytes_of(to))) {
        note(thread, "the function will return to " + hex(to));
    }
    return Next::resume;
}

Intervention::Next Injector::forge_cross_return(RunningThread& thread)
{
    if (!thread.view().is_whole()) {
        return Next::resume; // in a call a return is what it should be
    }
    note(thread, "it returns from a call across domains that it is not in");
    return make_it_call(thread, GLACIS_GATE_RETURN, 0, [this](const ThreadContext& after) {
        injection_.refusal = static_cast<pd_status>(after.general[native::result]);
        injection_.was_granted = after.general[native::result] == PD_OK;
    });
}

Intervention::Next Injector::exhaust(RunningThread& thread)
{
    note(thread, "it allocates memory until it is refused");
    std::uint64_t size = std::uint64_t{64} << 20;
    constexpr int most_calls = 4096;
    for (int i = 0; i < most_calls && size >= page_size; ++i) {
        const auto reply =
            thread.call({GLACIS_CALL_MEMORY_ALLOC, {size, PD_PERM_READ | PD_PERM_WRITE}});
        if (!reply) {
            break;
        }
        if (reply->status != PD_OK) {
            injection_.refusal = reply->status;
            size /= 2;
        }
    }
    return Next::resume;
}

} // namespace glacis::campaign
