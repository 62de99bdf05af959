// [stack_area]: where the stacks are.
#pragma once

#include <optional>

#include "description/error.hpp"
#include "description/raw.hpp"
#include "description/system.hpp"

namespace glacis {

/// The checked area; nothing when it is wrong, which has been reported.
[[nodiscard]] std::optional<StackAreaDescription> resolve_stack_area(const RawStackArea& raw,
                                                                     ErrorList& errors);

} // namespace glacis
