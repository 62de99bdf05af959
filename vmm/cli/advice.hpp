// What a user can do about a failure of the host.
#pragma once

#include <string>

#include "host/result.hpp"

namespace glacis::cli {

/// "glacis: /dev/kvm: ...", and lines of advice where there is any to give.
[[nodiscard]] std::string failure_text(const HostError& error);

} // namespace glacis::cli
