// A fault record for people.
#pragma once

#include <cstdint>
#include <string>

#include "fault/record.hpp"

namespace glacis::fault {

/// Several lines, each ended by a newline. Whatever a guest put into names is made printable.
[[nodiscard]] std::string to_text(const FaultRecord& record);

/// "60 KiB", "1 MiB", "8 bytes": the largest unit that divides it.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// "0x400f0ff8"
[[nodiscard]] std::string address_text(std::uint64_t address);

} // namespace glacis::fault
