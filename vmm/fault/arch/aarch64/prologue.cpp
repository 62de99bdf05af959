#include "fault/arch/aarch64/prologue.hpp"

namespace glacis::fault::aarch64 {

namespace {

std::uint32_t word_of(std::span<const std::uint8_t> code)
{
    return std::uint32_t{code[0]} | std::uint32_t{code[1]} << 8 | std::uint32_t{code[2]} << 16 |
           std::uint32_t{code[3]} << 24;
}

bool sets_frame(std::uint32_t word)
{
    return (word & 0xffc003ff) == 0x910003fd; // add x29, sp, #n and mov x29, sp
}

/// Branches, calls and returns: after one the link register may hold anything.
bool is_branch(std::uint32_t word)
{
    return (word & 0x1c000000) == 0x14000000;
}

} // namespace

std::optional<ReturnPlace> pending_return(std::span<const std::uint8_t> code)
{
    for (; code.size() >= 4; code = code.subspan(4)) {
        const auto word = word_of(code);
        const bool is_hint = (word & 0xfffff01f) == 0xd503201f; // paciasp, bti
        if (sets_frame(word) || (is_branch(word) && !is_hint))
            return std::nullopt;
    }
    return ReturnPlace{.is_in_link_register = true};
}

} // namespace glacis::fault::aarch64
