// Runs in processes of their own, several at once: what a fault does to the VMM, it does to one of
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "campaign/laboratory.hpp"
#include "campaign/record.hpp"
#include "host/result.hpp"

namespace glacis::campaign {

struct WorkOrders {
    const Laboratory* laboratory = nullptr;
    std::vector<std::uint64_t> runs; ///< to be done
    std::uint32_t jobs = 1;          ///< processes
    bool is_anew = false;            ///< each run starts its system anew
    /// Takes each record as it comes, in any order; false: enough, what is being run is finished.
    std::function<bool(const Record&)> take;
    /// Several times a second; false as above.
    std::function<bool()> tick;
};

/// Precondition: the calling process has no other thread. A run whose process dies or does not come
/// to an end is an escape: its record says so, and the others go on. Status: whether processes
/// could be made.
Status do_runs(const WorkOrders& orders);

} // namespace glacis::campaign
