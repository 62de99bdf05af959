// Where in a program each class of mutation is possible.
#pragma once

#include "inject/mutation.hpp"

namespace glacis::inject::x86_64 {

/// As glacis::inject::find_sites.
[[nodiscard]] std::vector<Site> find_sites(const Code& code, FaultClass fault_class);

} // namespace glacis::inject::x86_64
