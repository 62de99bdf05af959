// x86-64 instructions.
#pragma once

#include "fault/instruction.hpp"

namespace glacis::fault::x86_64 {

[[nodiscard]] std::optional<DecodedInstruction> decode(std::span<const std::uint8_t> code,
                                                       std::uint64_t program_counter);

/// Length of the instruction at the start of `code` if control goes on right behind it and neither
/// the stack nor the frame pointer changes; 0 otherwise.
[[nodiscard]] std::size_t length_if_frame_neutral(std::span<const std::uint8_t> code);

} // namespace glacis::fault::x86_64
