// Calls from one domain into another: rights, the calls a thread is in, and what becomes of them.
//
//   a thread of A, at depth 0 --gate--> in B, at depth 1 --gate--> in C, at depth 2
//
// Each call has a view of the thread's one stack that ends below its caller's frames. Most calls
// and returns happen inside the guest, where the shim switches to roots that the VMM has prepared;
// so the supervisor learns of them afterwards, by follow(). What it decides is which calls may be
// prepared, and where a thread goes on when a domain on its way has been stopped.
#pragma once

#include <cstdint>
#include <optional>

#include <glacis/abi/gate.h>
#include <glacis/abi/status.h>
#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// The right of a domain to call an entry point of another. The domain's rights are numbered from 1
/// in the order in which they were given: that number is the handle.
struct GateRight {
    DomainId callee{};
    std::uint64_t min_stack = 0; ///< bytes the callee needs at entry
    std::uint32_t arguments = 0; ///< registers, 0 to 6
};

/// A call that a thread is in, or was when it was stopped.
struct Activation {
    DomainId domain{};                   ///< the callee
    std::uint32_t incarnation = 0;       ///< of the domain when it was called
    std::uint64_t end = 0;               ///< of its view of the stack
    std::optional<Nanoseconds> deadline; ///< when it will have taken too long
    bool operator==(const Activation&) const = default;
};

/// What the supervisor says to a call that was not prepared.
struct CallDecision {
    pd_status status = PD_OK;
    /// The callee has not opened its gates yet: the thread has left its vCPU and makes the call
    /// anew when it has.
    bool waits = false;
    Activation activation; ///< of status PD_OK
    StackView view;        ///< likewise
};

} // namespace glacis::supervisor
