#include "bench/samples.hpp"

#include "doctor/sample.hpp"

namespace glacis::bench {

void set_from_pairs(BenchResult& result, const std::vector<Pair>& pairs)
{
    std::vector<double> floors;
    std::vector<double> values;
    std::vector<double> ratios;
    for (const Pair& pair : pairs) {
        floors.push_back(pair.floor);
        values.push_back(pair.value);
        if (pair.floor > 0) {
            ratios.push_back(pair.value / pair.floor);
        }
    }
    result.median = doctor::median(std::move(values));
    result.floor_median = doctor::median(std::move(floors));
    result.ratio = doctor::median(std::move(ratios));
    result.samples = pairs.size();
}

} // namespace glacis::bench
