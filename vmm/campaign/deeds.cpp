// What a fault does once its time has come.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <native/injection.hpp>

#include "campaign/injector.hpp"
#include "machine/status_text.hpp"

namespace glacis::campaign {

using namespace supervisor;

namespace {

constexpr std::uint64_t word_size = 8;

std::string hex(std::uint64_t value)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

std::uint64_t word_in(std::span<const std::uint8_t> bytes)
{
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    return word;
}

std::array<std::uint8_t, word_size> bytes_of(std::uint64_t word)
{
    std::array<std::uint8_t, word_size> bytes{};
    std::memcpy(bytes.data(), &word, sizeof word);
    return bytes;
}

} // namespace

/// At the instruction of the trigger, at a hypercall, or at a time.
Intervention::Next Injector::inject(RunningThread& thread)
{
    switch (fault_.fault_class) {
    case FaultClass::register_bit_flip:
        return flip_register(thread);
    case FaultClass::stack_bit_flip:
    case FaultClass::heap_bit_flip:
    case FaultClass::global_bit_flip:
        return flip_memory(thread);
    case FaultClass::copy_overrun:
        return overrun_copy(thread);
    case FaultClass::failed_allocation:
        return fail_allocation(thread);
    case FaultClass::premature_free:
        return free_at_once(thread);
    case FaultClass::use_after_free:
        return write_after_free(thread);
    case FaultClass::stack_overflow:
    case FaultClass::stack_underflow:
    case FaultClass::frame_beyond_guard:
    case FaultClass::neighbour_write:
    case FaultClass::inactive_write:
    case FaultClass::freed_write:
    case FaultClass::foreign_write:
        return store_somewhere(thread);
    case FaultClass::foreign_activation:
    case FaultClass::foreign_permission:
    case FaultClass::foreign_free:
        return ask_for_others(thread);
    case FaultClass::forged_return:
        return forge_return(thread);
    case FaultClass::forged_cross_return:
        return forge_cross_return(thread);
    case FaultClass::hung_code:
        return hang(thread);
    case FaultClass::exhausted_quota:
        return exhaust(thread);
    case FaultClass::preemption:
    case FaultClass::delay:
        return let_time_pass(thread);
    case FaultClass::lost_wake_up:
    case FaultClass::doubled_wake_up:
    case FaultClass::hypercall_noise:
    case FaultClass::host_failure:
        return Next::as_it_is; // not at an instruction
    default:
        return change_code(thread);
    }
}

// ---- code --------------------------------------------------------------------------------------

Intervention::Next Injector::change_code(RunningThread& thread)
{
    const inject::Mutation& mutation = *fault_.mutation;
    const std::uint64_t address = address_of(mutation.address);
    std::vector<std::uint8_t> there(mutation.before.size());
    if (!read(thread, address, there) || there != mutation.before ||
        !write(thread, address, mutation.after)) {
        return Next::resume; // the program is not what the fault was made for
    }
    note(thread, mutation.text_before + " becomes " + mutation.text_after);
    if (fault_.trigger.times == 1) {
        step(thread, [this, address](RunningThread& behind) {
            (void)write(behind, address, fault_.mutation->before);
            return Next::resume;
        });
    }
    return Next::resume;
}

Intervention::Next Injector::hang(RunningThread& thread)
{
    const auto context = thread.registers();
    if (context && write(thread, context->program_counter, native::hang_code)) {
        note(thread, "the thread jumps to where it is, for ever");
    }
    return Next::resume;
}

// ---- data --------------------------------------------------------------------------------------

Intervention::Next Injector::flip_register(RunningThread& thread)
{
    auto context = thread.registers();
    if (!context) {
        return Next::resume;
    }
    const std::size_t which = random_.below(native::register_names.size() + 1);
    const std::uint64_t bit = random_.below(64);
    const bool is_stack_pointer = which == native::register_names.size();
    std::uint64_t& value = is_stack_pointer ? context->stack_pointer : context->general[which];
    const std::uint64_t before = value;
    value ^= std::uint64_t{1} << bit;
    const std::string name =
        is_stack_pointer ? "the stack pointer" : std::string(native::register_names[which]);
    note(thread, "bit " + std::to_string(bit) + " of " + name + " flips: " + hex(before) +
                     " becomes " + hex(value));
    (void)thread.set_registers(*context);
    return Next::resume;
}

/// A byte of the part of the domain's memory that the class is about, not a zero one if one of a
/// few tries finds another.
std::optional<std::uint64_t> Injector::memory_target(RunningThread& thread)
{
    std::vector<Range> ranges;
    {
        Core& core = thread.core();
        const std::lock_guard guard(core.mutex);
        for (const OwnedPages& owned : core.supervisor->owned_pages()) {
            if (owned.owner != thread.domain() || owned.is_stack) {
                continue;
            }
            for (std::uint64_t at = owned.pages.begin; at < owned.pages.end; at += page_size) {
                const bool is_global = at >= base_ && at < base_ + fault_.helper;
                const bool is_wanted =
                    is_global == (fault_.fault_class == FaultClass::global_bit_flip);
                if (is_wanted && core.supervisor->is_permitted(thread.domain(), thread.view(), at,
                                                               1, Perm::read_write)) {
                    ranges.push_back({at, at + page_size});
                }
            }
        }
    }
    if (fault_.fault_class == FaultClass::stack_bit_flip) {
        const auto context = thread.registers();
        const auto stack =
            static_cast<std::uint64_t>(thread.view().stack) + thread.core().layout.stack_slot;
        const std::uint64_t top = std::min(stack, thread.view().end);
        ranges.clear();
        if (context && context->stack_pointer < top && top - context->stack_pointer <= stack) {
            ranges.push_back({context->stack_pointer, top});
        }
    }
    if (ranges.empty()) {
        return std::nullopt;
    }
    std::uint64_t address = 0;
    constexpr int tries = 64;
    for (int i = 0; i < tries; ++i) {
        const Range& range = ranges[random_.below(ranges.size())];
        address = range.begin + random_.below(range.size());
        std::array<std::uint8_t, 1> byte{};
        if (read(thread, address, byte) && byte[0] != 0) {
            break;
        }
    }
    return address;
}

Intervention::Next Injector::flip_memory(RunningThread& thread)
{
    const auto address = memory_target(thread);
    std::array<std::uint8_t, 1> byte{};
    if (!address || !thread.may(*address, 1, Perm::read_write) || !read(thread, *address, byte)) {
        return Next::resume;
    }
    const std::uint64_t bit = random_.below(8);
    byte[0] = static_cast<std::uint8_t>(byte[0] ^ 1U << bit);
    if (write(thread, *address, byte)) {
        note(thread, "bit " + std::to_string(bit) + " of the byte at " + hex(*address) +
                         " flips; it becomes " + hex(byte[0]));
    }
    return Next::resume;
}

/// At the start of memcpy or memmove.
Intervention::Next Injector::overrun_copy(RunningThread& thread)
{
    auto context = thread.registers();
    if (!context) {
        return Next::resume;
    }
    std::uint64_t& length = context->general[native::third_argument];
    note(thread, "a copy of " + std::to_string(length) + " bytes becomes one of " +
                     std::to_string(length + fault_.amount));
    length += fault_.amount;
    (void)thread.set_registers(*context);
    return Next::resume;
}

/// At the start of malloc: it returns at once, with nothing.
Intervention::Next Injector::fail_allocation(RunningThread& thread)
{
    auto context = thread.registers();
    std::array<std::uint8_t, word_size> back{};
    if (!context || !read(thread, native::return_slot(*context), back)) {
        return Next::resume;
    }
    note(thread,
         "malloc(" + std::to_string(context->general[native::first_argument]) + ") returns NULL");
    context->general[native::result] = 0;
    context->program_counter = word_in(back);
    context->stack_pointer = native::after_return(context->stack_pointer);
    (void)thread.set_registers(*context);
    return Next::resume;
}

/// At the start of malloc: what it returns is freed before anybody uses it.
Intervention::Next Injector::free_at_once(RunningThread& thread)
{
    const auto context = thread.registers();
    std::array<std::uint8_t, word_size> back{};
    if (!context || !read(thread, native::return_slot(*context), back)) {
        return Next::resume;
    }
    set_trap(thread.core(), word_in(back), [this](RunningThread& behind) {
        const auto now = behind.registers();
        const std::uint64_t block = now ? now->general[native::result] : 0;
        if (block == 0) {
            return Next::resume;
        }
        note(behind, "the block at " + hex(block) + " is freed as soon as malloc has given it");
        return make_it_call(behind, address_of(fault_.helper), block, [](const auto&) {});
    });
    return Next::resume;
}

/// At the start of free: what was freed is written to.
Intervention::Next Injector::write_after_free(RunningThread& thread)
{
    const auto context = thread.registers();
    std::array<std::uint8_t, word_size> back{};
    if (!context || !read(thread, native::return_slot(*context), back)) {
        return Next::resume;
    }
    const std::uint64_t block = context->general[native::first_argument];
    set_trap(thread.core(), word_in(back), [this, block](RunningThread& behind) {
        const std::uint64_t garbage = random_.next();
        if (block != 0 && behind.may(block, word_size, Perm::read_write) &&
            write(behind, block, bytes_of(garbage))) {
            note(behind, hex(garbage) + " is written to the freed block at " + hex(block));
        }
        return Next::resume;
    });
    return Next::resume;
}

Intervention::Next Injector::make_it_call(RunningThread& thread, std::uint64_t function,
                                          std::uint64_t argument,
                                          std::function<void(const ThreadContext&)> done)
{
    auto context = thread.registers();
    if (!context) {
        return Next::resume;
    }
    const ThreadContext before = *context;
    const std::uint64_t slot = native::below_frames(context->stack_pointer);
    if (!thread.may(slot, word_size, Perm::read_write) ||
        !write(thread, slot, bytes_of(before.program_counter))) {
        return Next::resume;
    }
    saved_ = before;
    context->stack_pointer = slot;
    context->program_counter = function;
    context->general[native::first_argument] = argument;
    set_trap(thread.core(), before.program_counter,
             [this, done = std::move(done)](RunningThread& back) {
                 if (const auto now = back.registers()) {
                     done(*now);
                 }
                 (void)back.set_registers(*saved_);
                 saved_.reset();
                 return Next::resume;
             });
    (void)thread.set_registers(*context);
    return Next::resume;
}

// ---- against the isolation ---------------------------------------------------------------------

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

// ---- time --------------------------------------------------------------------------------------

Intervention::Next Injector::let_time_pass(RunningThread& thread)
{
    if (fault_.fault_class == FaultClass::preemption) {
        note(thread, "other threads have their turn first");
        watch_.forget(); // what they do is their right
        return Next::give_way;
    }
    note(thread, std::to_string(fault_.amount) + " ns pass");
    thread.core().clock.pass(fault_.amount);
    watch_.forget();
    return Next::give_way;
}

} // namespace glacis::campaign
