// A request in progress: what has been claimed for it, what is done to the machine, how it is
// undone.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <glacis/supervisor/effect.hpp>
#include <glacis/supervisor/request.hpp>

#include "permission.hpp"
#include "stack_area.hpp"
#include "thread_table.hpp"

namespace glacis::supervisor {

struct Core;

/// An effect and what takes it back, where something has to.
struct Step {
    Effect effect;
    std::optional<Effect> undo;
};

// What a transaction works on, one structure a kind. The record was changed by the call that made
// it as far as others must see it at once; publish() does the rest, abandon() restores what was
// before.

struct StackAllocation {
    SlotNumber slot = 0;
};
struct StackGrowth {
    SlotNumber slot = 0;
    std::uint64_t committed_before = 0;
    std::uint64_t committed_after = 0;
};
struct StackRelease {
    SlotNumber slot = 0;
};
struct StackPermissions {
    SlotNumber slot = 0;
    std::vector<PermissionChange> changes;
    std::uint64_t promised_grants = 0; ///< of its creator
};
struct MemoryAllocation {
    DomainId owner{};
    Range pages;
};
struct MemoryRelease {
    DomainId owner{};
    Range pages;
};
struct MemoryPermissions {
    DomainId owner{};
    Range pages;
    std::vector<PermissionChange> changes;
    std::uint64_t promised_grants = 0; ///< of the owner
};
struct DomainRelease {
    DomainId domain{};
    std::vector<SlotNumber> slots;
    std::vector<Range> memory;
};

using Operation = std::variant<StackAllocation, StackGrowth, StackRelease, StackPermissions,
                               MemoryAllocation, MemoryRelease, MemoryPermissions, DomainRelease>;

struct Transaction {
    Operation operation;
    std::vector<Step> steps;
    /// Flushed at the end of an undoing that takes permissions back; empty where it never does.
    Range undo_flush;
    /// Steps that fail are asked for again: there is nothing to go back to.
    bool must_complete = false;
    bool is_undoing = false;

    std::optional<Caller> caller; ///< who waits for the reply on its vCPU
    std::set<DomainId> domains;   ///< that must not be released meanwhile
    Reply reply;                  ///< when all has gone well; when undoing, the failure
    Disposition disposition = Disposition::resume;
};

/// Effects of all steps, in order.
[[nodiscard]] std::vector<Effect> effects_of(const std::vector<Step>& steps);

/// Starts a transaction: its plan, or the final one when there is nothing to do to the machine.
[[nodiscard]] Plan open(Core& core, Transaction transaction);
/// What follows a plan of it that has been performed.
[[nodiscard]] Plan advance(Core& core, Ticket ticket, const PlanOutcome& outcome);

/// A plan without effects.
[[nodiscard]] Plan answer(Reply reply, Disposition disposition = Disposition::resume);
[[nodiscard]] Plan refuse(pd_status status);
/// The answer to a call by code that may not go on, because its domain is being stopped: the thread
/// is gone, or is left on its vCPU for the VMM to cut its calls short.
[[nodiscard]] Plan stopped(Core& core, ThreadIndex thread);

// The end of an operation (settle.cpp).
void publish(Core& core, const Operation& operation);
void abandon(Core& core, const Operation& operation);
/// The stack that the operation worked on, if it has to be released now that this is over.
[[nodiscard]] std::optional<SlotNumber> orphan_of(const Core& core, const Operation& operation);

// Beginnings that several calls share (stack_calls.cpp, memory_calls.cpp).

/// Marks a live idle stack as on its way out; the transaction unmaps it everywhere.
[[nodiscard]] Transaction release_stack(Core& core, SlotNumber slot);
void append_stack_release(const Core& core, SlotNumber slot, std::vector<Step>& steps,
                          std::set<DomainId>& domains);
/// Every domain loses the pages, then they are released.
void append_memory_release(const Core& core, const Range& pages, std::vector<Step>& steps,
                           std::set<DomainId>& domains);
/// How many grants more the owner must have room for. While the plan is in progress its pages count
/// by themselves; what is alike on both sides of their borders is one stretch again afterwards.
[[nodiscard]] std::uint64_t grants_needed(const Core& core, const Range& pages,
                                          const std::vector<PermissionChange>& changes);
/// Marks live pages of one owner as changing and records the changes as far as they take away.
[[nodiscard]] Transaction change_memory_permissions(Core& core, const Range& pages,
                                                    std::vector<PermissionChange> changes);

} // namespace glacis::supervisor
