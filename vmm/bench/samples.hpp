// From samples to a result.
#pragma once

#include <vector>

#include "bench/bench.hpp"

namespace glacis::bench {

/// A measured value and its floor, taken one right after the other.
struct Pair {
    double floor = 0;
    double value = 0;
};

/// Sets medians, ratio and the number of samples. The ratio is the median of the pairs' ratios, so
/// that a disturbance which lasts longer than a pair does not change it.
void set_from_pairs(BenchResult& result, const std::vector<Pair>& pairs);

} // namespace glacis::bench
