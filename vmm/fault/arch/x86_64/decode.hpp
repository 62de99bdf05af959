// x86-64 instructions.
#pragma once

#include "fault/instruction.hpp"

namespace glacis::fault::x86_64 {

[[nodiscard]] std::optional<DecodedInstruction> decode(std::span<const std::uint8_t> code,
                                                       std::uint64_t program_counter);

} // namespace glacis::fault::x86_64
