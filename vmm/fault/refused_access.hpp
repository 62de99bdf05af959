// Which of an instruction's accesses failed.
#pragma once

#include <optional>

#include "fault/address_class.hpp"

namespace glacis::fault {

/// The first access of the faulting instruction that is not permitted, found by computing them all:
/// for faults that come without an address. Without an instruction only its fetch is judged.
/// Nothing when every access that can be computed is permitted.
[[nodiscard]] std::optional<FailedAccess>
find_refused_access(const RawFault& fault, const FaultContext& context,
                    const std::optional<DecodedInstruction>& instruction);

/// Whether the supervisor permits all of it: then the fault is not of its making. False where only
/// facts can be asked.
[[nodiscard]] bool is_permitted_after_all(const FailedAccess& access, const RawFault& fault,
                                          const FaultContext& context);

/// The access at the address that the fault came with; the instruction adds what the exit left
/// open. Precondition: fault.address.
[[nodiscard]] FailedAccess reported_access(const RawFault& fault, const Trap& trap,
                                           const FaultContext& context,
                                           const std::optional<DecodedInstruction>& instruction);

} // namespace glacis::fault
