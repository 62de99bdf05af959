// [[domain]]: what one domain is given.
#pragma once

#include <cstddef>
#include <optional>

#include "description/error.hpp"
#include "description/raw.hpp"
#include "description/system.hpp"

namespace glacis {

/// What a domain's values are checked against.
struct DomainContext {
    const RawDescription& raw;                ///< for the names of regions and other domains
    std::optional<StackAreaDescription> area; ///< absent when it is wrong
};

/// The domain at `index` of `context.raw.domains`. Its program is not loaded.
[[nodiscard]] DomainDescription resolve_domain(const DomainContext& context, std::size_t index,
                                               ErrorList& errors);

} // namespace glacis
