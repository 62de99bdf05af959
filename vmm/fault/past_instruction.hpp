// The instruction behind a program counter that has already moved on.
#pragma once

#include <optional>
#include <span>

#include "fault/backtrace.hpp"
#include "fault/instruction.hpp"

namespace glacis::fault {

/// Fills `code` from guest memory; false when part of it cannot be read.
[[nodiscard]] bool read_code(std::uint64_t address, std::span<std::uint8_t> code,
                             const WordReader& read);

/// For faults with is_past_instruction: the instruction that ends at the program counter and wrote
/// to fault.address. `function_start`, where known, tells how the bytes before it divide into
/// instructions; otherwise the longest one that fits is taken. Nothing for calls, which have gone
/// to their target.
[[nodiscard]] std::optional<DecodedInstruction>
find_past_instruction(const RawFault& fault, Architecture architecture, const WordReader& read,
                      std::optional<std::uint64_t> function_start);

} // namespace glacis::fault
