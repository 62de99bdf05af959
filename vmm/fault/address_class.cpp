#include "fault/address_class.hpp"

#include "fault/text.hpp"
#include "fault/whereabouts.hpp"

namespace glacis::fault {

namespace {

using supervisor::AddressFacts;
using supervisor::Perm;
using supervisor::Range;
using supervisor::SlotFacts;

/// How far below the stack pointer a function may write without moving it.
constexpr std::uint64_t red_zone = 256;

/// A frame larger than this is a wild stack pointer rather than a frame that jumped the guard.
constexpr std::uint64_t largest_frame = std::uint64_t{256} * 1024 * 1024;

class AddressClassifier {
public:
    AddressClassifier(const FailedAccess& access, const FaultContext& context)
        : access_(access), context_(context), facts_(context.facts(access.address))
    {
        result_.address = access.address;
        result_.access = access.access;
        result_.length = access.length;
        result_.derivation = access.derivation;
    }

    Classification run()
    {
        if (facts_.kind == AddressFacts::Kind::low)
            name_null();
        else if (is_in_own_slot())
            name_own_stack();
        else if (is_above_own_stack())
            name_underflow();
        else if (is_jump_over_guard())
            name_jump();
        else
            name_by_kind();
        return std::move(result_);
    }

private:
    // ---- the running stack
    // -----------------------------------------------------------------------

    [[nodiscard]] const Range& own_slot() const { return context_.stack.slot; }
    [[nodiscard]] const Range& own_committed() const { return context_.stack.committed; }

    [[nodiscard]] bool is_in_own_slot() const { return own_slot().contains(access_.address); }

    /// In the guard that separates the running stack from what follows, be that a slot or nothing.
    [[nodiscard]] bool is_above_own_stack() const
    {
        const Range above{own_slot().end, own_slot().end + context_.guard_size};
        const bool is_domain_memory =
            facts_.kind == AddressFacts::Kind::memory && facts_.memory.is_allocated;
        return !own_slot_is_empty() && above.contains(access_.address) && !is_domain_memory;
    }

    [[nodiscard]] bool own_slot_is_empty() const { return own_slot().size() == 0; }

    /// The stack pointer has left the stack downwards, and the access belongs to the frame it left
    /// for.
    [[nodiscard]] bool is_jump_over_guard() const
    {
        if (own_slot_is_empty() || access_.address >= own_slot().begin ||
            access_.stack_pointer >= own_committed().begin)
            return false;
        const bool is_in_new_frame = access_.address + red_zone >= access_.stack_pointer;
        if (!access_.is_frame_based && !is_in_new_frame)
            return false;
        if (facts_.kind == AddressFacts::Kind::stack_area)
            return true;
        // Below the lowest slot a jump leaves the stack area.
        return own_slot().begin - access_.address <= largest_frame;
    }

    void name_own_stack()
    {
        if (access_.address >= context_.view_end) {
            name(PD_FAULT_CALLER_FRAME, "in the part of its stack that holds its callers' frames");
            return;
        }
        if (access_.address >= own_committed().begin) {
            if (access_.access == Access::execute)
                name(PD_FAULT_EXECUTE_DATA, "in its own stack, which is never executable");
            else
                name(PD_FAULT_NO_PERMISSION, "in a part of its own stack that it may not use now");
            return;
        }
        const auto distance = own_committed().begin - access_.address;
        result_.bytes_past_limit = distance;
        std::string where = distance_below_stack(distance);
        if (own_slot().end - access_.address <= context_.stack.limit)
            where += ", which may grow to " + size_text(context_.stack.limit);
        name(PD_FAULT_STACK_OVERFLOW, where);
    }

    void name_underflow()
    {
        const auto end = access_.address + (access_.length == 0 ? 1 : access_.length);
        result_.bytes_past_limit = end - own_slot().end;
        name(PD_FAULT_STACK_UNDERFLOW, count_text(*result_.bytes_past_limit) +
                                           " past the top of its stack " +
                                           range_text(own_committed()));
    }

    void name_jump()
    {
        const auto distance = own_committed().begin - access_.address;
        result_.bytes_past_limit = distance;
        std::string where = distance_below_stack(distance) + ", beyond its guard of " +
                            size_text(context_.guard_size);
        if (facts_.kind == AddressFacts::Kind::stack_area &&
            facts_.slot.committed.contains(access_.address))
            where += ", " + in_stack_text(facts_.slot, context_);
        name(PD_FAULT_GUARD_JUMPED, where);
    }

    [[nodiscard]] std::string distance_below_stack(std::uint64_t distance) const
    {
        return count_text(distance) + " below its committed stack " + range_text(own_committed());
    }

    // ---- everything else
    // ---------------------------------------------------------------------------

    void name_null()
    {
        if (access_.access == Access::execute)
            name(PD_FAULT_NULL_POINTER, "a call through a null pointer");
        else if (access_.address == 0)
            name(PD_FAULT_NULL_POINTER, "through a null pointer");
        else
            name(PD_FAULT_NULL_POINTER,
                 count_text(access_.address) + " from where a null pointer points");
    }

    void name_by_kind()
    {
        switch (facts_.kind) {
        case AddressFacts::Kind::low:
            return name_null();
        case AddressFacts::Kind::supervisor:
            return name(PD_FAULT_SUPERVISOR_MEMORY, "in memory of the supervisor");
        case AddressFacts::Kind::gate:
            return name(PD_FAULT_SUPERVISOR_MEMORY,
                        "in the gate page, which domains may only execute");
        case AddressFacts::Kind::stack_area:
            return name_other_slot(facts_.slot);
        case AddressFacts::Kind::memory:
            return name_memory();
        case AddressFacts::Kind::nothing:
            return name(PD_FAULT_UNMAPPED_MEMORY, "where the guest has no memory at all");
        }
    }

    void name_other_slot(const SlotFacts& slot)
    {
        const bool is_in_guard = access_.address - slot.slot.begin < context_.guard_size;
        switch (slot.state) {
        case SlotFacts::State::unused:
            return name(PD_FAULT_UNMAPPED_MEMORY, "in a stack slot that never held a stack");
        case SlotFacts::State::freed:
        case SlotFacts::State::changing:
            if (is_in_guard)
                return name(PD_FAULT_UNMAPPED_MEMORY,
                            "in the guard at the bottom of a stack slot without a stack");
            return name(PD_FAULT_FREED_STACK, vacant_slot_text(slot, context_));
        case SlotFacts::State::live:
            break;
        }
        if (!slot.committed.contains(access_.address)) {
            const char* part = is_in_guard ? "in the guard below " : "in the unused part below ";
            return name(PD_FAULT_UNMAPPED_MEMORY, part + stack_text(slot, context_));
        }
        name(slot.thread ? PD_FAULT_NEIGHBOUR_STACK : PD_FAULT_INACTIVE_STACK,
             in_stack_text(slot, context_));
    }

    void name_memory()
    {
        const supervisor::MemoryFacts& memory = facts_.memory;
        if (!memory.is_allocated)
            return name(PD_FAULT_UNMAPPED_MEMORY, "where nothing is allocated");
        const bool is_own = memory.owner == context_.viewer;
        const bool is_shared = memory.owner == supervisor::supervisor_domain;
        if (memory.perm == Perm::none && !is_own)
            return name(PD_FAULT_FOREIGN_MEMORY,
                        is_shared ? "in a shared region that is not this domain's to use"
                                  : "in memory of " + domain_text(memory.owner, context_));
        if (access_.access == Access::execute)
            return name(PD_FAULT_EXECUTE_DATA, "in memory that holds data");

        const std::string permission =
            std::string(", which it may ") + permission_text(memory.perm);
        if (is_own)
            return name(PD_FAULT_NO_PERMISSION,
                        (memory.has_execute ? "in its own code" : "in its own memory") +
                            permission);
        if (is_shared)
            return name(PD_FAULT_NO_PERMISSION, "in a shared region" + permission);
        name(PD_FAULT_FOREIGN_MEMORY,
             "in memory of " + domain_text(memory.owner, context_) + permission);
    }

    void name(pd_fault_class fault_class, std::string explanation)
    {
        result_.fault_class = fault_class;
        result_.explanation = std::move(explanation);
    }

    const FailedAccess& access_;
    const FaultContext& context_;
    AddressFacts facts_;
    Classification result_;
};

} // namespace

Classification classify_address(const FailedAccess& access, const FaultContext& context)
{
    return AddressClassifier(access, context).run();
}

} // namespace glacis::fault
