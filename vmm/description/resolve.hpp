// From what a description says to what it means: defaults filled in, every value checked.
#pragma once

#include <cstdint>

#include "description/error.hpp"
#include "description/raw.hpp"
#include "description/system.hpp"

namespace glacis {

/// What the host allows.
struct HostLimits {
    std::uint64_t memory = 0;  ///< bytes of physical memory
    std::uint16_t machine = 0; ///< ELF machine number of the programs it runs
};

/// Everything that can be said without opening another file: programs and files of regions are left
/// out, paths are as written. Regions and domains stand at the same places as in `raw`. When errors
/// were added, the result is only good for looking for more of them.
[[nodiscard]] SystemDescription resolve(const RawDescription& raw, const HostLimits& host,
                                        ErrorList& errors);

} // namespace glacis
