// Which fault a run gets: drawn from the campaign's seed and the run's number alone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "campaign/campaign.hpp"
#include "campaign/target.hpp"
#include "description/system.hpp"
#include "host/calls.hpp"

namespace glacis::campaign {

/// What faults are drawn from.
class Plan {
public:
    /// All outlive the plan. `host_calls`: how often an undisturbed run makes each.
    Plan(const Campaign& campaign, const SystemDescription& system,
         const std::vector<Target>& targets,
         const std::array<std::uint64_t, host::call_kinds>& host_calls);

    /// What the campaign asks for and this system cannot have: unknown domains and functions,
    /// places that are none, classes without a place. Empty when every run gets a fault.
    [[nodiscard]] std::vector<DescriptionError> check() const;

    /// Precondition: check() is empty.
    [[nodiscard]] Fault draw(std::uint64_t run) const;

private:
    [[nodiscard]] std::vector<const Target*> targets_of(const FaultEntry& entry) const;
    [[nodiscard]] std::optional<Fault> draw_of(const FaultEntry& entry, FaultClass fault_class,
                                               const Target& target, inject::Random& random) const;
    [[nodiscard]] std::optional<Fault> draw_host(const FaultEntry& entry,
                                                 inject::Random& random) const;
    [[nodiscard]] bool is_possible(const FaultEntry& entry, FaultClass fault_class) const;
    [[nodiscard]] std::optional<Fault> try_all(const FaultEntry& entry, FaultClass fault_class,
                                               inject::Random& random) const;
    void check_names(const FaultEntry& entry, ErrorList& errors) const;

    const Campaign& campaign_;
    const SystemDescription& system_;
    const std::vector<Target>& targets_;
    std::array<std::uint64_t, host::call_kinds> host_calls_;
};

/// The offset that "function", "function+0x1c" or "0x1234" names in a program; nothing when it is
/// not the start of one of its instructions.
[[nodiscard]] std::optional<std::uint64_t> find_place(const Target& target,
                                                      const std::string& place);

} // namespace glacis::campaign
