// What things cost on this host: medians, to be read as ratios.
#pragma once

#include <vector>

#include "doctor/report.hpp"
#include "kvm/kvm.hpp"

namespace glacis::doctor {

/// What could not be done is left out.
[[nodiscard]] std::vector<Cost> measure_costs(const kvm::Kvm& kvm);

} // namespace glacis::doctor
