// From the text of a description to what it says, types checked.
#pragma once

#include <optional>
#include <string_view>

#include "description/error.hpp"
#include "description/raw.hpp"

namespace glacis {

/// Nothing when the text is not TOML. Other errors are added to the list, and what could be
/// understood is returned.
[[nodiscard]] std::optional<RawDescription> parse_description(std::string_view text,
                                                              ErrorList& errors);

} // namespace glacis
