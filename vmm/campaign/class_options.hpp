// Which keys of [[fault]] go with which classes.
#pragma once

#include <optional>
#include <string_view>

#include "campaign/campaign.hpp"

namespace glacis::campaign {

/// The first key that `entry` has and that means nothing to the class; nothing when all fit. Of a
/// group, classes with a misfit are left out; a class that is named has none.
[[nodiscard]] std::optional<std::string_view> misfit(const FaultEntry& entry,
                                                     FaultClass fault_class);

} // namespace glacis::campaign
