// One run of a system under a schedule.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "explore/marks.hpp"
#include "explore/recording.hpp"
#include "explore/search.hpp"
#include "machine/resettable_system.hpp"

namespace glacis::explore {

/// What is the same for all runs.
struct Subject {
    SystemDescription system;           ///< as prepared() makes it
    std::vector<std::string> arguments; ///< appended to those of every domain
    std::vector<MarkedFunction> functions;
    std::uint32_t most_points = 0; ///< of one run
};

/// The system as it is explored: on so many vCPUs, one at a time, and without time slices that end
/// amid it.
[[nodiscard]] SystemDescription prepared(SystemDescription system, std::uint32_t vcpus);

struct ScheduledRun {
    Observation seen;
    bool has_kept_schedule = true; ///< every point of the schedule came
    std::string end;               ///< for people, whole lines: faults, how the system ended
    std::string summary;           ///< the same in a line
    int exit_status = 0;           ///< of `glacis run`
};

/// A system that is built once and brought back to its start for each schedule.
class ScheduleRunner {
public:
    /// `subject` outlives the result.
    static Result<ScheduleRunner> build(const Subject& subject);

    /// `recording` may be null. Ends early once `interrupted` is not 0. After a failure nothing
    /// more can be run.
    Result<ScheduledRun> run(const Schedule& schedule, const std::atomic<int>& interrupted,
                             Recording* recording);

private:
    ScheduleRunner(const Subject& subject, std::unique_ptr<ResettableSystem> system)
        : subject_(&subject), system_(std::move(system))
    {
    }
    const Subject* subject_;
    std::unique_ptr<ResettableSystem> system_;
};

} // namespace glacis::explore
