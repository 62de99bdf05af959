// Campaigns that tests write, and the reports of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "installed_glacis.hpp"

namespace glacis::end_to_end {

/// "campaign.toml" in `scratch`: so many runs with faults of these classes, which may be groups.
/// `more`: lines for [campaign].
std::string write_campaign(const ScratchDirectory& scratch, const std::string& system,
                           std::uint64_t runs, const std::vector<std::string>& classes,
                           const std::string& more = {});

/// The lines of runs.jsonl, in their order.
std::vector<nlohmann::json> records_of(const std::string& report);

} // namespace glacis::end_to_end
