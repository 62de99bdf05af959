// Stack allocation and release: beside two bare hypercalls, and with many live stacks beside few.

#include <optional>

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/lines.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"
#include "doctor/host_facts.hpp"
#include "doctor/sample.hpp"

namespace glacis::bench {

namespace {

constexpr std::uint64_t marked_pairs = 50; // as in bench/stack_cost.c

/// What the guest measured with one number of live stacks.
struct Phase {
    std::uint64_t live = 0;
    std::vector<Pair> pairs; ///< two bare hypercalls, allocation and release
    std::optional<std::uint64_t> exits_at_mark;
    std::uint64_t exits = 0; ///< for a pair
};

void take_line(std::vector<Phase>& phases, std::string_view text, const Moment& moment)
{
    const auto line = parse_line(text);
    if (line.word == "live" && line.numbers.size() == 1) {
        phases.push_back({line.numbers[0], {}, std::nullopt, 0});
    } else if (line.word == "mark" && !phases.empty()) {
        Phase& phase = phases.back();
        if (phase.exits_at_mark) { // the second one's own exit counts for itself
            const std::uint64_t between = moment.exits() - *phase.exits_at_mark - 1;
            phase.exits = (between + marked_pairs / 2) / marked_pairs;
        }
        phase.exits_at_mark = moment.exits();
    } else if (line.word == "round" && line.numbers.size() == 2 && !phases.empty()) {
        phases.back().pairs.push_back(
            {static_cast<double>(line.numbers[0]), static_cast<double>(line.numbers[1])});
    }
}

Result<std::vector<Phase>> run_phases(const SystemDescription& system)
{
    std::vector<Phase> phases;
    Watch watch;
    watch.line = [&](std::string_view line, const Moment& moment) {
        take_line(phases, line, moment);
    };
    const auto report = run_guest(system, watch);
    if (!report) {
        return report.error();
    }
    return phases;
}

} // namespace

Measured measure_stack_cost(std::size_t samples)
{
    auto system = describe("stack_cost", {std::to_string(samples), "10"});
    if (!system) {
        return system.error();
    }
    const auto phases = run_phases(*system);
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
    const auto phases = run_phases(*system);
    if (!phases) {
        return phases.error();
    }
    // Neighbours in time are each pair and its own bare hypercalls, so these are the common
    // measure.
    std::vector<double> few_values;
    std::vector<double> few_ratios;
    std::vector<double> many_values;
    std::vector<double> many_ratios;
    BenchResult result;
    for (const Phase& phase : *phases) {
        for (const Pair& pair : phase.pairs) {
            (phase.live == few ? few_values : many_values).push_back(pair.value);
            (phase.live == few ? few_ratios : many_ratios).push_back(pair.value / pair.floor);
        }
        if (phase.live == many) {
            result.exits = phase.exits;
        }
    }
    result.name = "stack.alloc_free_30000";
    result.unit = "ns";
    result.floor = "the same with 10 live stacks";
    result.targets = {{Target::Kind::ratio_at_most, 1.5}};
    result.samples = many_values.size();
    result.median = doctor::median(many_values);
    result.floor_median = doctor::median(few_values);
    const double few_ratio = doctor::median(few_ratios);
    result.ratio = few_ratio > 0 ? doctor::median(many_ratios) / few_ratio : 0;
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
