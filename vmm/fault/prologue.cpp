#include "fault/prologue.hpp"

#include "fault/arch/aarch64/prologue.hpp"
#include "fault/arch/x86_64/prologue.hpp"

namespace glacis::fault {

std::optional<ReturnPlace> pending_return(std::span<const std::uint8_t> code,
                                          Architecture architecture)
{
    if (code.size() > longest_prologue)
        return std::nullopt;
    return architecture == Architecture::x86_64 ? x86_64::pending_return(code)
                                                : aarch64::pending_return(code);
}

} // namespace glacis::fault
