// Faults of a domain's data: registers, memory, the heap's rules.

#include <algorithm>
#include <array>
#include <native/injection.hpp>

#include "campaign/deed_words.hpp"
#include "campaign/injector.hpp"

namespace glacis::campaign {

using namespace supervisor;

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

} // namespace glacis::campaign
