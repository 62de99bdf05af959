// Stack allocation and release: beside two bare hypercalls, and with many live stacks beside few.

#include <optional>

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/lines.hpp"
#include "bench/phases.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"
#include "doctor/host_facts.hpp"
#include "doctor/sample.hpp"

namespace glacis::bench {

namespace {

constexpr std::uint64_t marked_pairs = 50; // as in bench/stack_cost.c

} // namespace

Measured measure_stack_cost(std::size_t samples)
{
    auto system = describe("stack_cost", {std::to_string(samples), "10"});
    if (!system) {
        return system.error();
    }
    const auto phases = run_phases(*system, marked_pairs);
    if (!phases) {
        return phases.error();
    }
    BenchResult result;
    result.name = "stack.alloc_free";
    result.unit = "ns";
    result.floor = "two bare hypercalls";
    result.targets = {{Target::Kind::exits_exactly, 2}, {Target::Kind::ratio_at_most, 1.3}};
    result.exits = phases->front().exits;
    set_from_pairs(result, phases->front().pairs);
    return std::vector<BenchResult>{result};
}

Measured measure_many_stacks(std::size_t samples)
{
    constexpr std::uint64_t few = 10;
    constexpr std::uint64_t many = 30'000;
    constexpr std::uint64_t area_size = 32ULL << 30;
    if (const auto most = doctor::examine_host_facts().max_stacks; most < many) {
        return HostError{"", 0,
                         "vm.max_map_count allows about " + std::to_string(most) + " stacks"};
    }
    // Few, many, few again: what drifts meanwhile is in both.
    const std::string few_text = std::to_string(few);
    auto system =
        describe("stack_cost", {std::to_string(samples), few_text, std::to_string(many), few_text});
    if (!system) {
        return system.error();
    }
    system->stack_area.size = area_size;
    const auto phases = run_phases(*system, marked_pairs);
    if (!phases) {
        return phases.error();
    }
    BenchResult result;
    result.name = "stack.alloc_free_30000";
    result.unit = "ns";
    result.floor = "the same with 10 live stacks";
    result.targets = {{Target::Kind::ratio_at_most, 1.5}};
    compare_phases(result, *phases, few, many);
    return std::vector<BenchResult>{result};
}

Measured measure_two_vcpus(std::size_t samples)
{
    auto system = describe("stack_two_vcpus", {std::to_string(samples)});
    if (!system) {
        return system.error();
    }
    system->vcpus = 2;
    std::vector<Pair> pairs;
    Watch watch;
    watch.line = [&](std::string_view text, const Moment&) {
        const auto line = parse_line(text);
        if (line.word == "round" && line.numbers.size() == 2 && line.numbers[0] != 0 &&
            line.numbers[1] != 0) {
            constexpr double second = 1e9;
            pairs.push_back({second / static_cast<double>(line.numbers[0]),
                             second / static_cast<double>(line.numbers[1])});
        }
    };
    const auto report = run_guest(*system, watch);
    if (!report) {
        return report.error();
    }
    BenchResult result;
    result.name = "stack.alloc_two_vcpus";
    result.unit = "pairs/s";
    result.floor = "one vCPU alone";
    result.targets = {{Target::Kind::ratio_more_than, 1}};
    set_from_pairs(result, pairs);
    return std::vector<BenchResult>{result};
}

} // namespace glacis::bench
