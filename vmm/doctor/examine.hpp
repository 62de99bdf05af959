// Examining this host: what its KVM can do, how it behaves, what things cost.
#pragma once

#include "doctor/report.hpp"

namespace glacis::doctor {

/// Runs tiny guests for about a second. A host that cannot run any is a finding, not a failure.
[[nodiscard]] DoctorReport examine_host();

} // namespace glacis::doctor
