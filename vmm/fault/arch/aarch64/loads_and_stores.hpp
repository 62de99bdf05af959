// The memory that an AArch64 instruction uses, read from its encoding.
//
// The encodings are regular enough that reading them is shorter and more complete than translating
// a disassembler's operands, which say nothing about lengths and know no instruction newer than
// v8.0.
#pragma once

#include <cstdint>
#include <vector>

#include "fault/instruction.hpp"

namespace glacis::fault::aarch64 {

/// Empty for instructions that use no memory, and for those whose address needs an authenticated
/// pointer.
[[nodiscard]] std::vector<MemoryOperand> memory_operands(std::uint32_t instruction,
                                                         std::uint64_t program_counter);

} // namespace glacis::fault::aarch64
