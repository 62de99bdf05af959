// What lies between two instructions.
#pragma once

#include "inject/arch/x86_64/instruction.hpp"

namespace glacis::inject::x86_64 {

enum class Change {
    none,
    source,      ///< one register that is read
    destination, ///< one register that is written, or read and written
    pointer,     ///< base, index or displacement of an address, one of them
    immediate,   ///< a constant, by one up or down
    condition,   ///< that of a jump to the same place
    other,
};

/// `other` where more than one thing differs.
[[nodiscard]] Change change_between(const Instruction& before, const Instruction& after);

} // namespace glacis::inject::x86_64
