// One run of a system, with a fault or without one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "campaign/fault.hpp"
#include "campaign/injector.hpp"
#include "campaign/observation.hpp"
#include "campaign/target.hpp"
#include "description/system.hpp"

namespace glacis::campaign {

/// What all runs of a campaign have in common.
struct Setting {
    SystemDescription system; ///< with one vCPU
    std::vector<std::string> arguments;
    Protection protection = Protection::domains;
    Patience patience;
    std::uint64_t seed = 0; ///< of the random numbers that domains ask for
};

/// Those that all runs of the setting have.
[[nodiscard]] RunOptions options_of(const Setting& setting);

struct Experiment {
    Observation observation;
    Injection injection;
};

/// Starts the system and runs it with the fault. A failure of the host is part of the observation.
[[nodiscard]] Experiment run_experiment(const Setting& setting, const Fault& fault);

/// Runs it undisturbed.
[[nodiscard]] Observation run_golden(const Setting& setting);

/// Which instructions of the targets an undisturbed run executes: each of them traps the first
/// time. A target whose code cannot be traced without a difference to `golden` is left without.
void find_executed(const Setting& setting, const Observation& golden, std::vector<Target>& targets);

} // namespace glacis::campaign
