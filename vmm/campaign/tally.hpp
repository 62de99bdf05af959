// What many runs came to: classes of faults by outcomes, with protection and without.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "campaign/record.hpp"

namespace glacis::campaign {

class Tally {
public:
    using Counts = std::array<std::uint64_t, all_outcomes.size()>; ///< in the order of all_outcomes

    void add(const Record& record);

    [[nodiscard]] std::uint64_t runs() const { return runs_; }
    [[nodiscard]] bool has_baseline() const { return has_baseline_; }
    /// Of all classes.
    [[nodiscard]] Counts total(bool is_protected) const;
    /// Detections with protection by their mechanisms.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& mechanisms() const
    {
        return mechanisms_;
    }

    /// The matrix for people.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] nlohmann::ordered_json json() const;

private:
    struct Sides {
        Counts with{};
        Counts without{};
    };
    std::uint64_t runs_ = 0;
    bool has_baseline_ = false;
    std::map<FaultClass, Sides> classes_;
    std::map<std::string, std::uint64_t> mechanisms_;
};

} // namespace glacis::campaign
