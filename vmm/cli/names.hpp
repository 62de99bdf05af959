// Words for values that `inspect` shows, to people and to programs alike.
#pragma once

#include <cstdint>
#include <string>

#include "description/system.hpp"

namespace glacis::cli {

/// "r-x"
[[nodiscard]] std::string perm_name(std::uint32_t perm);
/// "stop_domain", as descriptions spell it
[[nodiscard]] const char* policy_name(FaultPolicy policy);

} // namespace glacis::cli
