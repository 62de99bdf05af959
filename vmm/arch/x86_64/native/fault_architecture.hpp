// The architecture whose instructions and registers faults of this VMM's guests have.
#pragma once

#include "fault/architecture.hpp"

namespace glacis::fault {
constexpr Architecture native_architecture = Architecture::x86_64;
} // namespace glacis::fault
