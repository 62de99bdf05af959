// The first instructions of x86-64 functions.
#pragma once

#include "fault/prologue.hpp"

namespace glacis::fault::x86_64 {

[[nodiscard]] std::optional<ReturnPlace> pending_return(std::span<const std::uint8_t> code);

} // namespace glacis::fault::x86_64
