// What Capstone leaves open or gets wrong about x86-64 memory operands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <capstone/capstone.h>

#include "fault/instruction.hpp"

namespace glacis::fault::x86_64 {

/// False for lea, nop, prefetches and others that only name an address, and for gathers and
/// scatters, whose addresses are not to be had.
[[nodiscard]] bool uses_its_memory_operand(const cs_insn& instruction);

[[nodiscard]] bool is_bit_test(unsigned id);
[[nodiscard]] bool is_string_instruction(unsigned id);

/// Bytes, at least 1.
[[nodiscard]] std::uint64_t operand_length(const cs_insn& instruction, const cs_x86_op& operand);

/// Read, or write for everything that writes, whether it reads too or not.
[[nodiscard]] Access operand_access(const cs_insn& instruction, std::size_t index);

/// The alignment without which the processor refuses the operand; 1 for none.
[[nodiscard]] std::uint64_t operand_alignment(const cs_insn& instruction, std::uint64_t length);

/// xsave, xrstor and their variants: `first` covers the legacy area and the header; what else they
/// may touch is added behind it, one operand for each component.
[[nodiscard]] bool is_extended_state(unsigned id);
void add_extended_state(std::vector<MemoryOperand>& result, const cs_insn& instruction,
                        const MemoryOperand& first);

} // namespace glacis::fault::x86_64
