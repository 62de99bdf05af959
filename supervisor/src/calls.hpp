// The calls: each checks its arguments, claims what it needs, and gives the plan.
//
// All check in this order and refuse with the first that fails: alignment, emptiness, overflow,
// values of arguments; then whether what is named exists, belongs to the caller, and is in a state
// for it; then quota. Nothing is changed before the last check.
#pragma once

#include <glacis/supervisor/effect.hpp>
#include <glacis/supervisor/request.hpp>

#include "core.hpp"

namespace glacis::supervisor {

Plan call(Core& core, const Caller& caller, const MemoryAlloc& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const MemoryFree& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const MemorySetPerm& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const MemoryTransfer& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const MemoryQuery& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const MemorySetGroupPerm& request, Nanoseconds now);

Plan call(Core& core, const Caller& caller, const GroupCreate& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const GroupDelete& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const GroupAdd& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const GroupRemove& request, Nanoseconds now);

Plan call(Core& core, const Caller& caller, const StackAlloc& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const StackFree& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const StackGrow& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const StackActivate& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const StackSetPerm& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const StackInfo& request, Nanoseconds now);

Plan call(Core& core, const Caller& caller, const DomainCreate& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const DomainDestroy& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const DomainInfo& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const DomainWait& request, Nanoseconds now);

Plan call(Core& core, const Caller& caller, const GateOpen& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const GateServe& request, Nanoseconds now);

Plan call(Core& core, const Caller& caller, const ThreadCreate& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadExit& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadJoin& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadYield& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadSleep& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadWait& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadWake& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadSelf& request, Nanoseconds now);

Plan call(Core& core, const Caller& caller, const ThreadRun& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadTake& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadOffer& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const ThreadSetParameter& request, Nanoseconds now);

Plan call(Core& core, const Caller& caller, const FaultWait& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const FaultRead& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const FaultResume& request, Nanoseconds now);
Plan call(Core& core, const Caller& caller, const FaultEnd& request, Nanoseconds now);

/// MISALIGNED, EMPTY_RANGE, RANGE_OVERFLOW, in this order.
[[nodiscard]] pd_status check_pages(std::uint64_t address, std::uint64_t length);

/// Whether `group` is there and the caller's: BAD_HANDLE, NOT_OWNER.
[[nodiscard]] pd_status check_group(const Core& core, const Caller& caller,
                                    std::optional<GroupIndex> group);

/// The memory side of memory_alloc and of Supervisor::reserve_memory.
[[nodiscard]] Plan claim_memory(Core& core, DomainId owner, std::uint64_t length, Perm perm,
                                std::optional<Caller> caller);
/// Of a stack's numbers alone, as stack_alloc checks them.
[[nodiscard]] pd_status check_stack_sizes(const Core& core, const StackAlloc& request);
/// The stack side of stack_alloc and of Supervisor::reserve_stack.
[[nodiscard]] Plan claim_stack(Core& core, DomainId creator, const StackAlloc& request,
                               std::optional<Caller> caller);

} // namespace glacis::supervisor
