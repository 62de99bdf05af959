// A campaign that is ready to run: its system loaded, its undisturbed runs done, its faults drawn
// on demand.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/campaign.hpp"
#include "campaign/experiment.hpp"
#include "campaign/plan.hpp"
#include "campaign/record.hpp"
#include "campaign/test_bed.hpp"

namespace glacis::campaign {

class Laboratory {
public:
    /// Loads the system and runs it undisturbed: with protection and, for a baseline, without.
    /// What is wrong with the campaign or its system is told as errors of a description.
    static Result<std::unique_ptr<Laboratory>, std::vector<DescriptionError>>
    open(const Campaign& campaign);

    /// The same for a single record; what does not fit is told.
    static Result<std::unique_ptr<Laboratory>, std::vector<DescriptionError>>
    open(const RecordContext& context, bool has_baseline);

    /// The fault of a run, which is not run. Precondition: opened for a campaign.
    [[nodiscard]] Record draw(std::uint64_t run) const;
    /// What runs are made on: a system with protection and, for a baseline, one without.
    struct Beds {
        TestBed with;
        TestBed without;
    };
    /// As TestBed has it. The laboratory outlives them.
    [[nodiscard]] Beds beds(bool is_anew) const;
    /// Draws and runs it. Deterministic but for how fast the host is, whatever ran before.
    [[nodiscard]] Record run(std::uint64_t run, Beds& beds) const;
    /// Runs a fault that is known already.
    [[nodiscard]] Record run(std::uint64_t run, const Fault& fault, Beds& beds) const;

    [[nodiscard]] const RecordContext& context() const { return context_; }
    [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }
    [[nodiscard]] const Observation& golden() const { return golden_; }
    [[nodiscard]] const Setting& setting() const { return setting_; }

private:
    Laboratory() = default;
    static std::vector<DescriptionError> load(Laboratory& laboratory);
    [[nodiscard]] Record describe(std::uint64_t run, const Fault& fault) const;
    [[nodiscard]] Side judged(const Fault& fault, const Observation& golden,
                              const Experiment& experiment) const;

    std::optional<Campaign> campaign_;
    RecordContext context_;
    std::string description_;  ///< digest of the system's, as it is now
    Setting setting_;          ///< with protection
    Setting baseline_setting_; ///< without
    bool has_baseline_ = false;
    std::vector<Target> targets_;
    Observation golden_;
    Observation baseline_golden_;
    std::optional<Plan> plan_;
};

} // namespace glacis::campaign
