// How this host behaves where hosts differ, found out by guests of a few instructions.
#pragma once

#include <vector>

#include "doctor/report.hpp"
#include "host/result.hpp"
#include "kvm/kvm.hpp"

namespace glacis::doctor {

struct Behaviours {
    std::vector<Behaviour> answers;
    std::vector<CpuFeature> cpu_features;
    /// What of it keeps promises from being kept.
    std::vector<std::string> limits;
};

/// A HostError when not even the plainest guest runs.
Result<Behaviours> examine_behaviours(const kvm::Kvm& kvm);

} // namespace glacis::doctor
