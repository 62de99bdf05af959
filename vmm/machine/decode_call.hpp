// From a hypercall's registers to what it asks for. Pure; nothing is checked but the number.
#pragma once

#include <cstdint>
#include <glacis/supervisor/request.hpp>
#include <optional>
#include <variant>

#include "machine/guest_cpu.hpp"

namespace glacis {

// Calls that the VMM answers by itself.
struct AbiInfoCall {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};
struct ConsoleWriteCall {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};
struct DomainExitCall {
    std::uint64_t status = 0;
};
struct ClockCall {
    std::uint64_t clock = 0;
};
struct RandomCall {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};
struct TraceCall {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
};
struct AbortCall {
    std::uint64_t code = 0;
};

struct DomainCreateCall {
    std::uint64_t image = 0;
    std::uint64_t length = 0;
    std::uint64_t parameters = 0;
};

/// fault_read, fault_resume, fault_kill, fault_restart.
struct FaultCall {
    std::uint64_t number = 0;
    std::uint64_t fault = 0;
    std::uint64_t pointer = 0;
};

/// A call for the supervisor, with the pointers that the VMM serves around it.
struct SupervisorCall {
    supervisor::Request request;
    std::uint64_t out_address = 0;  ///< where a structure is to be written
    std::uint64_t out_size = 0;     ///< 0: no structure
    std::uint64_t name_address = 0; ///< of thread_create; 0: none
};

using Call = std::variant<AbiInfoCall, ConsoleWriteCall, DomainExitCall, ClockCall, RandomCall,
                          TraceCall, AbortCall, DomainCreateCall, FaultCall, SupervisorCall>;

/// Nothing for a number that no call has.
[[nodiscard]] std::optional<Call> decode_call(const HypercallEvent& event);

/// Whether the calling thread may leave its vCPU in this call.
[[nodiscard]] bool may_reschedule(const supervisor::Request& request);

} // namespace glacis
