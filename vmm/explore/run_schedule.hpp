// One run of a system under a schedule.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "explore/marks.hpp"
#include "explore/recording.hpp"
#include "explore/search.hpp"
#include "machine/run.hpp"

namespace glacis::explore {

/// What is the same for all runs.
struct Subject {
    SystemDescription system;           ///< as prepared() makes it
    std::vector<std::string> arguments; ///< appended to those of every domain
    std::vector<MarkedFunction> functions;
    std::uint32_t most_points = 0; ///< of one run
};

/// The system as it is explored: on one vCPU, and without time slices that end amid it.
[[nodiscard]] SystemDescription prepared(SystemDescription system);

struct ScheduledRun {
    Observation seen;
    bool has_kept_schedule = true; ///< every point of the schedule came
    std::string end;               ///< for people, whole lines: faults, how the system ended
    std::string summary;           ///< the same in a line
    int exit_status = 0;           ///< of `glacis run`
};

/// `recording` may be null. Ends early once `interrupted` is not 0.
Result<ScheduledRun> run_schedule(const Subject& subject, const Schedule& schedule,
                                  const std::atomic<int>& interrupted, Recording* recording);

} // namespace glacis::explore
