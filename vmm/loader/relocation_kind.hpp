// Relocation types of a machine: the one that is applied, and names for those that are refused.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace glacis {

struct NamedRelocation {
    std::uint32_t type = 0;
    std::string_view name;
};

struct RelocationKinds {
    std::uint16_t machine = 0;  ///< ELF machine number
    std::uint32_t relative = 0; ///< the type "base of the image + addend"
    std::span<const NamedRelocation> names;
};

} // namespace glacis
