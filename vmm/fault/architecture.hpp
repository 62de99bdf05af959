// The two architectures as fault analysis sees them: which registers are which.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fault/record.hpp"

namespace glacis::fault {

enum class Architecture { x86_64, aarch64 };

/// Names as they appear in NamedRegisters.
struct RegisterRoles {
    std::string_view program_counter;
    std::string_view stack_pointer;
    std::string_view frame_pointer;
    std::string_view link; ///< return address register; empty where returns are on the stack
};

[[nodiscard]] const RegisterRoles& register_roles(Architecture architecture);

/// Value of the register of that name; nothing when the list has none.
[[nodiscard]] std::optional<std::uint64_t> register_value(const NamedRegisters& registers,
                                                          std::string_view name);

} // namespace glacis::fault
