// Where the runs of a campaign are made, one after the other: on a system that is built once and
// reset between them.
#pragma once

#include <memory>

#include "campaign/experiment.hpp"
#include "machine/resettable_system.hpp"

namespace glacis::campaign {

class TestBed {
public:
    /// `setting` outlives the bed. With `is_anew` each run starts the system anew: slower, with the
    /// same results.
    TestBed(const Setting& setting, bool is_anew) : setting_(setting), is_anew_(is_anew) {}

    /// As run_experiment(). The system is built by the first run that needs it, so that a bed can
    /// be made in one process and used in another.
    [[nodiscard]] Experiment run(const Fault& fault);

private:
    [[nodiscard]] bool is_ready();

    const Setting& setting_;
    bool is_anew_;
    std::unique_ptr<ResettableSystem> system_;
};

} // namespace glacis::campaign
