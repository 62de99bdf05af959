// The whole process of `glacis run hello.toml`, beside a minimal process that uses KVM.

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/process_time.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"

namespace glacis::bench {

Measured measure_launch(std::size_t samples)
{
    const auto own = own_path();
    const auto minimal = file_path("minimal_kvm");
    const auto hello = file_path("hello.toml");
    for (const auto* path : {&own, &minimal, &hello}) {
        if (!*path) {
            return path->error();
        }
    }
    std::vector<Pair> pairs;
    for (std::size_t index = 0; index < samples + 1; ++index) {
        const auto floor = time_process({*minimal});
        const auto value = time_process({*own, "run", *hello});
        if (!floor) {
            return floor.error();
        }
        if (!value) {
            return value.error();
        }
        if (index > 0) { // the first fills the page cache
            pairs.push_back({*floor, *value});
        }
    }
    BenchResult result;
    result.name = "launch";
    result.unit = "ns";
    result.floor = "a minimal KVM process: a VM, a vCPU, one exit";
    result.targets = {{Target::Kind::ratio_at_most, 1.5}};
    set_from_pairs(result, pairs);

    auto system = describe("hello", {});
    if (!system) {
        return system.error();
    }
    const auto report = run_guest(*system, {});
    if (!report) {
        return report.error();
    }
    result.exits = report->counts.exits;
    return std::vector<BenchResult>{result};
}

} // namespace glacis::bench
