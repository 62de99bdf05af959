// The class of an access by where it went.
#pragma once

#include "fault/classify.hpp"

namespace glacis::fault {

/// An access that failed: what classify() found out before it looks at the address.
struct FailedAccess {
    std::uint64_t address = 0;
    Access access = Access::none;
    std::uint64_t length = 0; ///< bytes, 0 where unknown
    Derivation derivation = Derivation::none;
    bool is_frame_based = false; ///< the operand's base is the stack or the frame pointer
    std::uint64_t stack_pointer = 0;
};

[[nodiscard]] Classification classify_address(const FailedAccess& access,
                                              const FaultContext& context);

} // namespace glacis::fault
