// What AArch64 exceptions mean.
#pragma once

#include "fault/architecture.hpp"

namespace glacis::fault::aarch64 {

inline constexpr RegisterRoles register_roles = {"pc", "sp", "x29", "x30"};

[[nodiscard]] Trap interpret(const RawFault& fault);
[[nodiscard]] bool is_canonical(std::uint64_t address);

} // namespace glacis::fault::aarch64
