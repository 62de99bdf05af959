// A campaign for the system of TargetWorld.
#pragma once

#include "target_world.hpp"

namespace glacis::campaign::test {

class PlanWorld : public TargetWorld {
protected:
    PlanWorld()
    {
        campaign_.path = "stacks.toml";
        campaign_.seed = 42;
    }

    [[nodiscard]] static FaultEntry entry_of(const std::vector<FaultClass>& classes)
    {
        FaultEntry entry;
        entry.at = {3, 1};
        for (const FaultClass each : classes) {
            entry.classes.push_back({each, {4, 9}});
        }
        return entry;
    }
    [[nodiscard]] Plan plan() const { return {campaign_, system_, targets_, host_calls_}; }
    /// The first faults of a campaign that has this entry alone.
    [[nodiscard]] std::vector<Fault> draw(const FaultEntry& entry, std::uint64_t count = 200)
    {
        campaign_.entries = {entry};
        EXPECT_TRUE(plan().check().empty());
        std::vector<Fault> faults;
        for (std::uint64_t run = 0; run < count && !HasFailure(); ++run) {
            faults.push_back(plan().draw(run));
        }
        return faults;
    }
    /// What check() says, one a line.
    [[nodiscard]] std::string errors(const FaultEntry& entry)
    {
        campaign_.entries = {entry};
        std::string text;
        for (const DescriptionError& error : plan().check()) {
            text += (text.empty() ? "" : "\n") + error.text();
        }
        return text;
    }

    Campaign campaign_;
    std::array<std::uint64_t, host::call_kinds> host_calls_{};
};

} // namespace glacis::campaign::test
