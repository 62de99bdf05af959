#include "fault/classify.hpp"

#include <algorithm>

#include "fault/address_class.hpp"
#include "fault/refused_access.hpp"
#include "fault/text.hpp"

namespace glacis::fault {

namespace {

/// What one classification looks at.
struct Case {
    const RawFault& fault;
    const FaultContext& context;
    const std::optional<DecodedInstruction>& instruction;
};

Classification plain(pd_fault_class fault_class, std::string_view explanation)
{
    Classification result;
    result.fault_class = fault_class;
    result.explanation = explanation;
    return result;
}

Classification by_reported_address(const Case& input, const Trap& trap)
{
    const FailedAccess access =
        reported_access(input.fault, trap, input.context, input.instruction);
    if (!is_permitted_after_all(access, input.fault, input.context))
        return classify_address(access, input.context);
    // A domain's instruction can make the processor use memory in its own right: a far return does
    // on some. That right may be less than the domain's (SMAP).
    Classification result =
        trap.is_privileged ? plain(PD_FAULT_GENERAL_PROTECTION,
                                   "which the processor made itself, with the supervisor's rights")
                           : plain(PD_FAULT_UNKNOWN, "which the supervisor permits");
    result.address = access.address;
    result.access = access.access;
    result.length = access.length;
    result.derivation = access.derivation;
    return result;
}

/// The fault came without an address: the first access that is not permitted must be it.
std::optional<Classification> by_refused_access(const Case& input)
{
    const auto access = find_refused_access(input.fault, input.context, input.instruction);
    if (!access)
        return std::nullopt;
    return classify_address(*access, input.context);
}

template <class Predicate>
std::optional<MemoryAccess> find_access(const Case& input, Predicate predicate)
{
    if (!input.instruction)
        return std::nullopt;
    const auto accesses =
        memory_accesses(*input.instruction, input.fault.registers, input.context.architecture);
    const auto found = std::find_if(accesses.begin(), accesses.end(), predicate);
    if (found == accesses.end())
        return std::nullopt;
    return *found;
}

Classification at_access(pd_fault_class fault_class, const MemoryAccess& access,
                         std::string_view explanation)
{
    Classification result = plain(fault_class, explanation);
    result.address = access.address;
    result.access = access.access;
    result.length = access.length;
    result.derivation = Derivation::decoded;
    return result;
}

std::optional<Classification> by_misalignment(const Case& input, std::string_view name)
{
    const auto access = find_access(input, [](const MemoryAccess& candidate) {
        return candidate.address % candidate.alignment != 0;
    });
    if (!access)
        return std::nullopt;
    return at_access(PD_FAULT_ALIGNMENT, *access,
                     "not a multiple of " + std::to_string(access->alignment) + ": " +
                         std::string(name));
}

Classification undefined_instruction(const Case& input, const Trap& trap)
{
    // A host that cannot emulate an access outside all memory may call the instruction undefined.
    if (input.instruction || input.fault.code_size == 0) {
        if (auto found = by_refused_access(input))
            return *std::move(found);
    }
    if (input.instruction && input.instruction->is_privileged)
        return plain(PD_FAULT_PRIVILEGED_INSTRUCTION, trap.name);
    return plain(PD_FAULT_ILLEGAL_INSTRUCTION, trap.name);
}

Classification protection(const Case& input, const Trap& trap)
{
    if (input.instruction && input.instruction->is_privileged)
        return plain(PD_FAULT_PRIVILEGED_INSTRUCTION, trap.name);
    const auto architecture = input.context.architecture;
    const auto broken = find_access(input, [&](const MemoryAccess& access) {
        return !is_canonical(access.address, architecture) ||
               !is_canonical(access.address + access.length - 1, architecture);
    });
    if (broken)
        return at_access(PD_FAULT_GENERAL_PROTECTION, *broken, "not a canonical address");
    if (!is_canonical(input.fault.program_counter, architecture))
        return at_access(
            PD_FAULT_GENERAL_PROTECTION,
            {.address = input.fault.program_counter, .length = 1, .access = Access::execute},
            "not a canonical address");
    if (auto found = by_misalignment(input, trap.name))
        return *std::move(found);
    return plain(PD_FAULT_GENERAL_PROTECTION, trap.name);
}

Classification misaligned(const Case& input, const Trap& trap)
{
    Classification result = plain(PD_FAULT_ALIGNMENT, trap.name);
    if (input.fault.address) {
        const FailedAccess access =
            reported_access(input.fault, trap, input.context, input.instruction);
        result.address = access.address;
        result.access = access.access;
        result.length = access.length;
        result.derivation = access.derivation;
    } else if (auto found = by_misalignment(input, trap.name)) {
        return *std::move(found);
    }
    return result;
}

Classification memory_fault(const Case& input, const Trap& trap)
{
    if (input.fault.address)
        return by_reported_address(input, trap);
    if (auto found = by_refused_access(input))
        return *std::move(found);
    return plain(PD_FAULT_UNKNOWN, "the host refused an access that the supervisor permits");
}

Classification exception(const Case& input)
{
    const Trap trap = interpret(input.fault, input.context.architecture);
    switch (trap.kind) {
    case Trap::Kind::memory:
        return memory_fault(input, trap);
    case Trap::Kind::undefined:
        return undefined_instruction(input, trap);
    case Trap::Kind::protection:
        return protection(input, trap);
    case Trap::Kind::alignment:
        return misaligned(input, trap);
    case Trap::Kind::arithmetic:
        return plain(PD_FAULT_ARITHMETIC, trap.name);
    case Trap::Kind::breakpoint:
        return plain(PD_FAULT_BREAKPOINT, trap.name);
    case Trap::Kind::double_fault:
        return plain(PD_FAULT_DOUBLE_FAULT, trap.name);
    case Trap::Kind::unknown:
        break;
    }
    if (!trap.name.empty())
        return plain(PD_FAULT_UNKNOWN, trap.name);
    return plain(PD_FAULT_UNKNOWN, "exception " + std::to_string(input.fault.vector));
}

Classification emulation_failure(const Case& input)
{
    if (auto found = by_refused_access(input))
        return *std::move(found);
    return plain(PD_FAULT_NOT_EMULATED, "the host's emulator refused it");
}

} // namespace

Classification classify(const RawFault& fault, const FaultContext& context,
                        const std::optional<DecodedInstruction>& instruction)
{
    const Case input{fault, context, instruction};
    switch (fault.origin) {
    case FaultOrigin::page_fault:
    case FaultOrigin::exception:
        return exception(input);
    case FaultOrigin::stage2_refused:
    case FaultOrigin::stage2_hole:
    case FaultOrigin::memory_fault_exit:
        return memory_fault(input, Trap{});
    case FaultOrigin::emulation_failure:
        return emulation_failure(input);
    case FaultOrigin::shutdown:
        return plain(PD_FAULT_DOUBLE_FAULT, "the virtual CPU shut down (triple fault)");
    case FaultOrigin::time_limit:
        return plain(PD_FAULT_TIME_LIMIT, "its running time is used up");
    case FaultOrigin::hypercall:
        return plain(PD_FAULT_BAD_HYPERCALL, "hypercall " + address_text(fault.detail));
    case FaultOrigin::abort:
        return plain(PD_FAULT_ABORT,
                     "the domain gave up with code " + std::to_string(fault.detail));
    }
    return plain(PD_FAULT_UNKNOWN, "");
}

Classification classify(const RawFault& fault, const FaultContext& context)
{
    if (fault.is_past_instruction)
        return classify(fault, context, std::nullopt);
    const std::span code(fault.code.data(), std::min(fault.code_size, fault.code.size()));
    return classify(fault, context, decode(code, fault.program_counter, context.architecture));
}

} // namespace glacis::fault
