// The memory that an x86-64 instruction uses: what its operands say and what it does unsaid.
#pragma once

#include <vector>

#include <capstone/capstone.h>

#include "fault/arch/x86_64/registers.hpp"
#include "fault/instruction.hpp"

namespace glacis::fault::x86_64 {

// `instruction` carries details in Intel's operand order.

/// In the order in which the processor uses them: reads first, then writes.
[[nodiscard]] std::vector<MemoryOperand> memory_operands(const cs_insn& instruction);

/// Whether ring 3 is refused.
[[nodiscard]] bool is_privileged(const cs_insn& instruction);

} // namespace glacis::fault::x86_64
