// A switch between two threads under the default thread manager.

#include "bench/benchmarks.hpp"
#include "bench/phases.hpp"
#include "bench/programs.hpp"

namespace glacis::bench {

Measured measure_switches(std::size_t samples)
{
    constexpr std::uint64_t marked_switches = 100; // two in each turn of bench/switch_cost.c
    auto system = describe("switch_cost", {std::to_string(samples)});
    if (!system) {
        return system.error();
    }
    auto phases = run_phases(*system, marked_switches);
    if (!phases) {
        return phases.error();
    }
    for (Pair& pair : phases->front().pairs) {
        pair.floor /= 2;
        pair.value /= 2;
    }
    BenchResult result;
    result.name = "thread.switch";
    result.unit = "ns";
    result.floor = "two bare hypercalls";
    result.targets = {{Target::Kind::exits_exactly, 2}, {Target::Kind::ratio_at_most, 1.3}};
    result.exits = phases->front().exits;
    set_from_pairs(result, phases->front().pairs);
    return std::vector<BenchResult>{result};
}

} // namespace glacis::bench
