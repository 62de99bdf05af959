// Functions that have not built their frame record yet: where their return address still is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "fault/architecture.hpp"

namespace glacis::fault {

struct ReturnPlace {
    bool is_in_link_register = false;
    std::uint64_t stack_offset = 0; ///< from the stack pointer, where it is on the stack
};

/// Code longer than this is past every prologue.
constexpr std::uint64_t longest_prologue = 64;

/// `code` is what the innermost function has carried out so far, from its first instruction to
/// where it stopped. Nothing when its frame record exists, or when the code is not that of a
/// prologue.
[[nodiscard]] std::optional<ReturnPlace> pending_return(std::span<const std::uint8_t> code,
                                                        Architecture architecture);

} // namespace glacis::fault
