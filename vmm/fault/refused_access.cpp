#include "fault/refused_access.hpp"

#include <algorithm>
#include <cassert>

namespace glacis::fault {

namespace {

using supervisor::AddressFacts;
using supervisor::Perm;

/// No instruction of either architecture uses more in one piece.
constexpr std::uint64_t longest_access = std::uint64_t{64} * 1024;

Perm needed(Access access)
{
    switch (access) {
    case Access::execute:
        return Perm::read_execute;
    case Access::write:
        return Perm::read_write;
    case Access::read:
    case Access::none:
        break;
    }
    return Perm::read;
}

bool is_permitted_by_facts(const AddressFacts& facts, std::uint64_t address, Access access,
                           const FaultContext& context)
{
    switch (facts.kind) {
    case AddressFacts::Kind::gate:
        return access != Access::write;
    case AddressFacts::Kind::stack_area:
        return access != Access::execute && context.stack.committed.contains(address);
    case AddressFacts::Kind::memory:
        return facts.memory.is_allocated && allows(facts.memory.perm, needed(access));
    case AddressFacts::Kind::low:
    case AddressFacts::Kind::supervisor:
    case AddressFacts::Kind::nothing:
        break;
    }
    return false;
}

/// Within one page.
bool is_permitted(std::uint64_t address, std::uint64_t length, Access access, const RawFault& fault,
                  const FaultContext& context)
{
    const AddressFacts facts = context.facts(address);
    const bool is_supervisors =
        facts.kind == AddressFacts::Kind::supervisor || facts.kind == AddressFacts::Kind::gate;
    if (is_supervisors && fault.is_supervisor_mode)
        return true;
    // Above the address space nobody has rights, and the question would wrap around.
    if (address + length < address)
        return false;
    if (context.is_permitted)
        return context.is_permitted(address, length, access);
    return is_permitted_by_facts(facts, address, access, context);
}

FailedAccess failed(const MemoryAccess& access, std::uint64_t address, std::uint64_t length,
                    const RawFault& fault)
{
    return {.address = address,
            .access = access.access,
            .length = length,
            .derivation = Derivation::decoded,
            .is_frame_based = access.is_stack_pointer_based || access.is_frame_pointer_based,
            .stack_pointer = fault.stack_pointer};
}

/// The part of the access that begins with the first page it may not use.
std::optional<FailedAccess> refused_part(const MemoryAccess& access, const RawFault& fault,
                                         const FaultContext& context)
{
    auto address = access.address;
    auto remaining = std::min(access.length, longest_access);
    while (remaining > 0) {
        const auto to_page_end = supervisor::page_size - address % supervisor::page_size;
        const auto part = std::min(remaining, to_page_end);
        if (!is_permitted(address, part, access.access, fault, context))
            return failed(access, address, remaining, fault);
        address += part;
        remaining -= part;
    }
    return std::nullopt;
}

std::vector<MemoryAccess> accesses_of(const RawFault& fault, const FaultContext& context,
                                      const std::optional<DecodedInstruction>& instruction)
{
    if (instruction)
        return memory_accesses(*instruction, fault.registers, context.architecture);
    // The first byte that could not be read, or the first of an instruction that is none.
    const auto readable = fault.code_size < fault.code.size() ? fault.code_size : 0;
    return {{.address = fault.program_counter + readable, .length = 1, .access = Access::execute}};
}

bool is_same_kind(Access one, Access other)
{
    return one == Access::none || other == Access::none || one == other;
}

} // namespace

std::optional<FailedAccess>
find_refused_access(const RawFault& fault, const FaultContext& context,
                    const std::optional<DecodedInstruction>& instruction)
{
    for (const MemoryAccess& access : accesses_of(fault, context, instruction)) {
        if (auto part = refused_part(access, fault, context))
            return part;
    }
    return std::nullopt;
}

bool is_permitted_after_all(const FailedAccess& access, const RawFault& fault,
                            const FaultContext& context)
{
    if (!context.is_permitted || fault.is_supervisor_mode)
        return false;
    const MemoryAccess whole{.address = access.address,
                             .length = std::max<std::uint64_t>(access.length, 1),
                             .access = access.access};
    return !refused_part(whole, fault, context);
}

FailedAccess reported_access(const RawFault& fault, const Trap& trap, const FaultContext& context,
                             const std::optional<DecodedInstruction>& instruction)
{
    assert(fault.address);
    FailedAccess result;
    result.address = *fault.address;
    result.access = fault.access != Access::none ? fault.access : trap.access;
    result.length = fault.length != 0 ? fault.length : trap.length;
    result.derivation = trap.is_from_syndrome ? Derivation::syndrome : Derivation::exit;
    result.stack_pointer = fault.stack_pointer;
    // An instruction that has been carried out has moved the stack pointer to what it pushed.
    result.is_frame_based = fault.is_past_instruction && *fault.address == fault.stack_pointer;
    if (!instruction || fault.is_past_instruction)
        return result;

    const auto accesses = memory_accesses(*instruction, fault.registers, context.architecture);
    const auto found =
        std::find_if(accesses.begin(), accesses.end(), [&](const MemoryAccess& access) {
            return *fault.address - access.address < access.length &&
                   is_same_kind(result.access, access.access);
        });
    if (found != accesses.end()) {
        result.access = found->access;
        result.length = found->length - (*fault.address - found->address);
        result.is_frame_based = found->is_stack_pointer_based || found->is_frame_pointer_based;
    }
    return result;
}

} // namespace glacis::fault
