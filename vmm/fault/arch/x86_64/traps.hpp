// What x86-64 exceptions mean.
#pragma once

#include "fault/architecture.hpp"

namespace glacis::fault::x86_64 {

inline constexpr RegisterRoles register_roles = {"rip", "rsp", "rbp", ""};

[[nodiscard]] Trap interpret(const RawFault& fault);
[[nodiscard]] bool is_canonical(std::uint64_t address);

} // namespace glacis::fault::x86_64
