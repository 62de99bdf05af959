// What the loader has to know about a machine.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace glacis {

struct NamedRelocation {
    std::uint32_t type = 0;
    std::string_view name;
};

struct MachineKind {
    std::uint16_t number = 0;   ///< ELF machine number
    std::string_view name;      ///< for people
    std::string_view platform;  ///< the kernel's name for it (AT_PLATFORM)
    std::uint32_t relative = 0; ///< the relocation type "base of the image + addend"
    std::span<const NamedRelocation> relocations; ///< names, for those that are refused
};

} // namespace glacis
