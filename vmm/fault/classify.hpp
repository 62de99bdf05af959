// Naming a fault: from what the machine saw and the supervisor knows to a class and a reason.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <glacis/supervisor/facts.hpp>

#include "fault/architecture.hpp"
#include "fault/instruction.hpp"
#include "fault/record.hpp"

namespace glacis::fault {

/// What classify() may ask. The callables must not be empty unless said otherwise; they are called
/// on the caller's thread, during the call only.
struct FaultContext {
    Architecture architecture = Architecture::x86_64;
    supervisor::DomainId viewer{}; ///< the domain whose access failed
    /// The stack that was active: state live, with slot, committed range and limit.
    supervisor::SlotFacts stack;
    std::uint64_t guard_size = 0; ///< bytes
    /// First address above what the code sees of its stack: in a call of another domain its
    /// callers' frames begin there.
    std::uint64_t view_end = UINT64_MAX;
    /// Facts about an address as `viewer` sees it.
    std::function<supervisor::AddressFacts(std::uint64_t address)> facts;
    /// Whether `viewer` on its stack may make this access. May be empty: then facts decide, which
    /// know nothing about permissions on stacks.
    std::function<bool(std::uint64_t address, std::uint64_t length, Access access)> is_permitted;
    /// For explanations: "parser"; "thread 3 'worker'". May be empty.
    std::function<std::string(supervisor::DomainId domain)> domain_name;
    std::function<std::string(supervisor::ThreadId thread)> thread_text;
};

struct Classification {
    pd_fault_class fault_class = PD_FAULT_UNKNOWN;
    std::optional<std::uint64_t> address;
    Access access = Access::none;
    std::uint64_t length = 0;
    Derivation derivation = Derivation::none;
    std::string explanation;
    /// Stack overflow and jumped guard: bytes from the address up to the committed stack.
    /// Underflow: bytes by which the access ends above the top.
    std::optional<std::uint64_t> bytes_past_limit;
};

/// `instruction` is the one that faulted, where it could be read and decoded. A pure function of
/// its arguments.
[[nodiscard]] Classification classify(const RawFault& fault, const FaultContext& context,
                                      const std::optional<DecodedInstruction>& instruction);

/// The same, decoding fault.code itself.
[[nodiscard]] Classification classify(const RawFault& fault, const FaultContext& context);

} // namespace glacis::fault
