// The host without its KVM: kernel, processor, limits.
#pragma once

#include "doctor/report.hpp"

namespace glacis::doctor {

[[nodiscard]] HostFacts examine_host_facts();

/// Each stack splits its area in two more places: what is committed and what is not.
constexpr std::uint64_t mappings_of_stack = 2;
/// What the process itself and its areas take.
constexpr std::uint64_t mappings_of_process = 200;

} // namespace glacis::doctor
