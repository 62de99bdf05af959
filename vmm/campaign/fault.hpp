// One fault: what is done, to which domain, and when. A value; a record of a run carries it, and
// with it the run can be repeated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/calls.hpp"
#include "inject/fault_class.hpp"
#include "inject/mutation.hpp"

namespace glacis::campaign {

using inject::FaultClass;

/// When a fault is injected.
struct Trigger {
    enum class Kind {
        execution, ///< the domain is about to execute an instruction
        call,      ///< the domain makes a hypercall
        time,      ///< the domain is about to run, that long after the start
        host_call, ///< the VMM makes a call of the host
    };
    Kind kind = Kind::execution;
    std::uint64_t offset = 0;          ///< execution: of the instruction, from the image's start
    std::optional<std::uint64_t> call; ///< call: its number; nothing: any
    std::uint64_t time_ns = 0;         ///< time: of the run's own clock
    host::Call host_call = host::Call::mmap;
    std::uint64_t nth = 1;   ///< from the n-th time on
    std::uint64_t times = 1; ///< so often; 0: always
    bool operator==(const Trigger&) const = default;
};

struct Fault {
    FaultClass fault_class = FaultClass::text_bit_flip;
    std::string domain; ///< empty for faults of the host
    Trigger trigger;
    std::optional<inject::Mutation>
        mutation;             ///< code: addresses are offsets from the image's start
    std::uint64_t amount = 0; ///< bytes or nanoseconds, where the class has any
    std::uint64_t helper = 0; ///< offset of a function or of the image's heap, for some classes
    int error_number = 0;     ///< host: errno of the call that fails
    std::uint64_t seed = 0;   ///< of what is decided only when it is injected
    bool operator==(const Fault&) const = default;
};

} // namespace glacis::campaign
