// A run of a campaign, beside a start of the same system.

#include "bench/benchmarks.hpp"
#include "bench/process_time.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"
#include "campaign/test_bed.hpp"
#include "machine/kick.hpp"

namespace glacis::bench {

namespace {

using namespace campaign;

/// A write below the stack, at the start of main().
Fault wild_write(const campaign::Target& target)
{
    Fault fault;
    fault.fault_class = inject::FaultClass::stack_overflow;
    fault.domain = target.name();
    fault.trigger.offset = target.function("main") != nullptr ? target.function("main")->begin : 0;
    fault.amount = 1;
    return fault;
}

BenchResult beside(const std::string& name, const std::string& floor,
                   const std::vector<Pair>& pairs)
{
    BenchResult result;
    result.name = name;
    result.unit = "runs/s";
    result.floor = floor;
    set_from_pairs(result, pairs);
    return result;
}

} // namespace

Measured measure_injection(std::size_t samples)
{
    const auto own = own_path();
    const auto hello = file_path("hello.toml");
    const auto minimal = file_path("nothing");
    for (const auto* path : {&own, &hello, &minimal}) {
        if (!*path) {
            return path->error();
        }
    }
    Setting setting;
    if (auto system = describe("hello", {}); system) {
        setting.system = std::move(*system);
    } else {
        return system.error();
    }
    const campaign::Target target(setting.system.domains.front());
    const Fault fault = wild_write(target);
    TestBed bed(setting, false);
    std::vector<Pair> starts;
    std::vector<Pair> processes;
    for (std::size_t index = 0; index < samples + 1; ++index) {
        const auto process = time_process({*minimal});
        const auto start = time_process({*own, "run", *hello});
        if (!process || !start) {
            return process ? start.error() : process.error();
        }
        const std::uint64_t begin = monotonic_now();
        const Experiment experiment = bed.run(fault);
        const auto taken = static_cast<double>(monotonic_now() - begin);
        if (experiment.injection.times != 1 || experiment.observation.faults.empty()) {
            return HostError{"", 0, "the fault was not injected and detected"};
        }
        if (index > 0) { // the first builds the system and fills the page cache
            constexpr double second = 1e9;
            starts.push_back({second / *start, second / taken});
            processes.push_back({second / *process, second / taken});
        }
    }
    return std::vector<BenchResult>{
        beside("inject.rate", "starts of the same system, each a process", starts),
        beside("inject.beside_process", "processes that do nothing", processes)};
}

} // namespace glacis::bench
