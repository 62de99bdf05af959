#include "fault/architecture.hpp"

#include <algorithm>

#include "fault/arch/aarch64/traps.hpp"
#include "fault/arch/x86_64/traps.hpp"

namespace glacis::fault {

const RegisterRoles& register_roles(Architecture architecture)
{
    return architecture == Architecture::x86_64 ? x86_64::register_roles : aarch64::register_roles;
}

Trap interpret(const RawFault& fault, Architecture architecture)
{
    return architecture == Architecture::x86_64 ? x86_64::interpret(fault)
                                                : aarch64::interpret(fault);
}

bool is_canonical(std::uint64_t address, Architecture architecture)
{
    return architecture == Architecture::x86_64 ? x86_64::is_canonical(address)
                                                : aarch64::is_canonical(address);
}

std::optional<std::uint64_t> register_value(const NamedRegisters& registers, std::string_view name)
{
    const auto found = std::find_if(registers.begin(), registers.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found == registers.end())
        return std::nullopt;
    return found->second;
}

} // namespace glacis::fault
