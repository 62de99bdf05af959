// Requests: what a domain asks of the supervisor, decoded from its registers, and the reply.
//
// The VMM decodes, copies structures in and out and checks pointers; the supervisor checks
// everything else. Fields carry the guest's raw values: nothing in them has been checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <glacis/abi/domain.h>
#include <glacis/abi/status.h>
#include <glacis/abi/thread.h>
#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// Who asks. Taken from the vCPU's dispatch, never from the guest.
struct Caller {
    DomainId domain{};
    ThreadId thread{};
    VcpuId vcpu{};
};

// One structure a call; hypercall.h documents arguments, statuses and who may call.

struct MemoryAlloc {
    std::uint64_t length = 0;
    std::uint64_t perm = 0;
};
struct MemoryFree {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};
struct MemorySetPerm {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    std::uint64_t perm = 0;
    std::uint64_t domain = 0;
    std::uint64_t flags = 0;
};
struct MemoryTransfer {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    std::uint64_t domain = 0;
};
struct MemoryQuery {
    std::uint64_t address = 0;
};

struct GroupCreate {};
struct GroupDelete {
    std::uint64_t group = 0;
};
struct GroupAdd {
    std::uint64_t group = 0;
    std::uint64_t domain = 0;
};
struct GroupRemove {
    std::uint64_t group = 0;
    std::uint64_t domain = 0;
};
struct MemorySetGroupPerm {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    std::uint64_t perm = 0;
    std::uint64_t group = 0;
    std::uint64_t flags = 0;
};

struct StackAlloc {
    std::uint64_t commit = 0;
    std::uint64_t limit = 0;
    std::uint64_t slot = PD_ANY_SLOT;
    std::uint64_t manager = PD_SELF;
};
struct StackFree {
    std::uint64_t stack = 0;
};
struct StackGrow {
    std::uint64_t stack = 0;
    std::uint64_t commit = 0;
};
struct StackActivate {
    std::uint64_t stack = 0;
    std::uint64_t vcpu = PD_THIS_VCPU;
};
struct StackSetPerm {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    std::uint64_t perm = 0;
    std::uint64_t domain = 0;
    std::uint64_t flags = 0;
};
struct StackInfo {
    std::uint64_t stack = 0;
};

/// Pages for a child, as its parent names them.
struct MemoryGrant {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    std::uint64_t perm = 0;
};
/// The record's side of domain_create: a place, quotas and grants. The VMM then starts the child.
struct DomainCreate {
    std::string name;         ///< for people
    Quota quota;              ///< taken out of the caller's
    std::uint64_t memory = 0; ///< bytes that its program and boot information will take
    std::uint64_t stack_commit = 0;
    std::uint64_t stack_limit = 0; ///< 0: stack_commit
    std::vector<MemoryGrant> grants;
};
struct DomainDestroy {
    std::uint64_t domain = 0;
};
struct DomainInfo {
    std::uint64_t domain = PD_SELF;
};
struct DomainWait {
    std::uint64_t domain = 0;
    std::uint64_t timeout = PD_FOREVER;
};

struct GateOpen {};
struct GateServe {};

struct ThreadCreate {
    std::uint64_t entry = 0;
    std::uint64_t argument = 0;
    std::uint64_t stack = 0;
    std::uint64_t thread_pointer = 0;
    std::uint64_t flags = 0;
    std::string name; ///< already copied in and bounded; may be empty
};
struct ThreadExit {
    std::uint64_t value = 0;
};
struct ThreadJoin {
    std::uint64_t thread = 0;
    std::uint64_t timeout = PD_FOREVER;
};
struct ThreadYield {};
struct ThreadSleep {
    std::uint64_t duration = 0;
};
struct ThreadWait {
    std::uint64_t address = 0;
    std::uint64_t expected = 0;
    std::uint64_t timeout = PD_FOREVER;
};
struct ThreadWake {
    std::uint64_t address = 0;
    std::uint64_t count = 0;
};
struct ThreadSelf {};
struct ThreadRun {
    std::uint64_t thread = 0;
    std::uint64_t slice = PD_FOREVER;
    std::uint64_t recall_from = UINT64_MAX;
};
struct ThreadTake {
    std::uint64_t event = 0; ///< where the caller wants the event: kept for a late reply
    std::uint64_t timeout = PD_FOREVER;
};
struct ThreadOffer {
    std::uint64_t thread = 0;
};
struct ThreadSetParameter {
    std::uint64_t thread = 0; ///< 0: the calling one
    std::uint64_t parameter = 0;
};

struct FaultWait {
    std::uint64_t timeout = PD_FOREVER;
};
/// Whether the fault is there for the caller to look at.
struct FaultRead {
    std::uint64_t fault = 0;
};
struct FaultResume {
    std::uint64_t fault = 0;
    bool has_registers = false;
};
/// Of fault_kill and fault_restart: the VMM stops the domain.
struct FaultEnd {
    std::uint64_t fault = 0;
};

using Request =
    std::variant<MemoryAlloc, MemoryFree, MemorySetPerm, MemoryTransfer, MemoryQuery, GroupCreate,
                 GroupDelete, GroupAdd, GroupRemove, MemorySetGroupPerm, StackAlloc, StackFree,
                 StackGrow, StackActivate, StackSetPerm, StackInfo, DomainCreate, DomainDestroy,
                 DomainInfo, DomainWait, GateOpen, GateServe, ThreadCreate, ThreadExit, ThreadJoin,
                 ThreadYield, ThreadSleep, ThreadWait, ThreadWake, ThreadSelf, ThreadRun,
                 ThreadTake, ThreadOffer, ThreadSetParameter, FaultWait, FaultRead, FaultResume,
                 FaultEnd>;

/// What goes back into the caller's registers, and the structure to copy out where the call has
/// one.
struct Reply {
    pd_status status = PD_OK;
    std::uint64_t value = 0;
    std::variant<std::monostate, pd_memory_info, pd_stack_info, pd_domain_info, pd_thread_event>
        out;
};

} // namespace glacis::supervisor
