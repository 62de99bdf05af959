// Runs of guest programs that measure one thing again and again while more and more is there.
#pragma once

#include <optional>
#include <vector>

#include "bench/guest_run.hpp"
#include "bench/samples.hpp"

namespace glacis::bench {

/// What a guest measured with so many others there. Its lines: "live NUMBER", then "mark", `marked`
/// times what is measured, "mark", and "round FLOOR VALUE" for each sample. Without "live" there is
/// one phase.
struct Phase {
    std::uint64_t live = 0;
    std::vector<Pair> pairs;
    std::optional<std::uint64_t> exits_at_mark;
    std::uint64_t exits = 0; ///< for one time
};

/// Not empty.
Result<std::vector<Phase>> run_phases(const SystemDescription& system, std::uint64_t marked);

/// Sets `result` to the phases with `many`, against those with `few`: each measured in units of its
/// own floor, which is near it in time.
void compare_phases(BenchResult& result, const std::vector<Phase>& phases, std::uint64_t few,
                    std::uint64_t many);

} // namespace glacis::bench
