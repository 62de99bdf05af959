// A system that is built once and run as often as one likes.
//
// Between two runs everything that a domain, or an intervention, can see is brought back to what it
// was when the system was built: memory, page tables, stage 2, the supervisor's record, the state
// of vCPUs. Nothing is built anew for that, and what has not changed is not touched.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "machine/core.hpp"
#include "machine/run.hpp"

namespace glacis {

class ResettableSystem {
public:
    /// Builds the system. `system` outlives the result. Of `options`, console and intervention can
    /// be others in each run. What the first thread of each domain finds is what run_system() would
    /// give it. Keeps a copy of all memory that has content.
    static Result<std::unique_ptr<ResettableSystem>> build(const SystemDescription& system,
                                                           RunOptions options);

    /// As run_system(). Precondition: this is the first run, or reset() has succeeded since the
    /// last one.
    Result<RunReport> run(std::function<void(std::string_view, std::string_view)> console,
                          Intervention* intervention);
    /// After a run, whatever its result. After a failure the system is of no use any more. Its time
    /// is that of what the run has changed: pages that were written, committed and released, and
    /// what the supervisor holds.
    Status reset();

    /// For tests: what it is made of while it does not run.
    [[nodiscard]] const BuiltSystem& at_rest() const { return system_at_rest_; }

private:
    ResettableSystem(const SystemDescription& system, RunOptions options)
        : system_(system), options_(std::move(options))
    {
    }
    Status keep(const Core& core);

    const SystemDescription& system_;
    RunOptions options_;
    BuiltSystem system_at_rest_;                     ///< while no core has it
    std::unique_ptr<supervisor::Supervisor> record_; ///< as it was built
    std::deque<DomainRecord> domains_;               ///< likewise
    std::unique_ptr<Core> core_;                     ///< from a run until reset()
};

} // namespace glacis
