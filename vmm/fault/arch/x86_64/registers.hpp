// x86-64 registers that take part in an address.
#pragma once

#include <string_view>

#include <capstone/capstone.h>

namespace glacis::fault::x86_64 {

/// The 64-bit register that holds `reg`, by the name that NamedRegisters uses.
struct AddressRegister {
    std::string_view name; ///< empty for vector registers and none
    bool is_32bit = false; ///< only its low half takes part
};

[[nodiscard]] AddressRegister address_register(x86_reg reg);

/// "fs_base", "gs_base", or empty for segments whose base is zero.
[[nodiscard]] std::string_view segment_base(x86_reg reg);

[[nodiscard]] bool is_general_register(x86_reg reg);

} // namespace glacis::fault::x86_64
