// The first instructions of AArch64 functions.
#pragma once

#include "fault/prologue.hpp"

namespace glacis::fault::aarch64 {

[[nodiscard]] std::optional<ReturnPlace> pending_return(std::span<const std::uint8_t> code);

} // namespace glacis::fault::aarch64
