// Changes of one field of an instruction's encoding, its length kept.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "inject/arch/x86_64/instruction.hpp"

namespace glacis::inject::x86_64 {

using Bytes = std::vector<std::uint8_t>;
/// Takes changed bytes, and says whether it wants more.
using TakeEdit = std::function<bool(const Bytes&)>;

/// Each hands over every way to change fields of its kind in `bytes`, which `instruction` has been
/// decoded from, until `take` wants no more. What a change means is not known here: it has to be
/// decoded. Instructions with VEX, EVEX or XOP prefixes are left alone.
void edit_registers(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                    const TakeEdit& take);
void edit_displacement(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                       const TakeEdit& take);
/// One more and one less.
void edit_immediate(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                    const TakeEdit& take);
/// The opposite condition of a conditional jump.
void edit_condition(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                    const TakeEdit& take);
void edit_bits(std::span<const std::uint8_t> bytes, const TakeEdit& take);
void edit_to_nops(std::span<const std::uint8_t> bytes, const TakeEdit& take);

} // namespace glacis::inject::x86_64
