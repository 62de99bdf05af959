// The machines that domain programs are built for.
#pragma once

#include <cstdint>
#include <string>

#include "loader/machine_kind.hpp"

namespace glacis {

/// Null for machines that Glacis has no port to.
[[nodiscard]] const MachineKind* find_machine(std::uint16_t number);

/// "AArch64", "ELF machine 1234"
[[nodiscard]] std::string machine_name(std::uint16_t number);

/// ELF machine number of the machine this runs on; 0 where Glacis has no port to it.
[[nodiscard]] std::uint16_t host_machine();

} // namespace glacis
