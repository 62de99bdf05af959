#include "fault/instruction.hpp"

#include "fault/arch/aarch64/decode.hpp"
#include "fault/arch/x86_64/decode.hpp"

namespace glacis::fault {

namespace {

std::uint64_t extended_index(const MemoryOperand& operand, std::uint64_t value)
{
    using Extension = MemoryOperand::IndexExtension;
    switch (operand.index_extension) {
    case Extension::none:
        return value;
    case Extension::unsigned_8:
        return value & 0xff;
    case Extension::unsigned_32:
        return value & 0xffffffff;
    case Extension::signed_32:
        return static_cast<std::uint64_t>(
            static_cast<std::int64_t>(static_cast<std::int32_t>(value & 0xffffffff)));
    case Extension::bit_offset: {
        // Arithmetic shift: bit -1 lies in the operand below.
        const auto bits = operand.length * 8;
        auto bit = static_cast<std::int64_t>(value);
        if (operand.length == 4)
            bit = static_cast<std::int32_t>(value & 0xffffffff);
        else if (operand.length == 2)
            bit = static_cast<std::int16_t>(value & 0xffff);
        return static_cast<std::uint64_t>(bit >> 3) & ~(bits / 8 - 1);
    }
    }
    return value;
}

/// Nothing when a register of the operand is not known.
std::optional<std::uint64_t> operand_address(const MemoryOperand& operand,
                                             const NamedRegisters& registers)
{
    auto address = static_cast<std::uint64_t>(operand.displacement);
    if (!operand.base.empty()) {
        const auto base = register_value(registers, operand.base);
        if (!base)
            return std::nullopt;
        address += *base;
    }
    if (!operand.index.empty()) {
        const auto index = register_value(registers, operand.index);
        if (!index)
            return std::nullopt;
        address += extended_index(operand, *index) << operand.index_shift;
    }
    if (operand.is_address_32bit)
        address &= 0xffffffff;
    if (!operand.segment_base.empty()) {
        const auto segment = register_value(registers, operand.segment_base);
        if (!segment)
            return std::nullopt;
        address += *segment;
    }
    return address;
}

bool is_used(const MemoryOperand& operand, const NamedRegisters& registers)
{
    if (operand.condition_register.empty())
        return true;
    const auto value = register_value(registers, operand.condition_register);
    return !value || (*value & operand.condition_bits) != 0;
}

} // namespace

std::optional<DecodedInstruction> decode(std::span<const std::uint8_t> code,
                                         std::uint64_t program_counter, Architecture architecture)
{
    switch (architecture) {
    case Architecture::x86_64:
        return x86_64::decode(code, program_counter);
    case Architecture::aarch64:
        return aarch64::decode(code, program_counter);
    }
    return std::nullopt;
}

std::vector<MemoryAccess> memory_accesses(const DecodedInstruction& instruction,
                                          const NamedRegisters& registers,
                                          Architecture architecture)
{
    std::vector<MemoryAccess> accesses;
    accesses.push_back(
        {.address = instruction.address, .length = instruction.length, .access = Access::execute});

    const RegisterRoles& roles = register_roles(architecture);
    for (const MemoryOperand& operand : instruction.memory) {
        const auto address = operand_address(operand, registers);
        if (!address || !is_used(operand, registers))
            continue;
        accesses.push_back({.address = *address,
                            .length = operand.length,
                            .alignment = operand.alignment,
                            .access = operand.access,
                            .is_stack_pointer_based = operand.base == roles.stack_pointer,
                            .is_frame_pointer_based = operand.base == roles.frame_pointer});
    }
    return accesses;
}

} // namespace glacis::fault
