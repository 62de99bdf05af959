// Making a domain and destroying it, alone and with more and more other children there.

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "bench/benchmarks.hpp"
#include "bench/lines.hpp"
#include "bench/memory_taken.hpp"
#include "bench/phases.hpp"
#include "bench/programs.hpp"
#include "doctor/sample.hpp"

namespace glacis::bench {

namespace {

Result<SystemDescription> describe_parent(const std::vector<std::string>& arguments)
{
    constexpr std::uint64_t memory = 128ULL << 20;
    constexpr std::uint64_t area_size = 2ULL << 30;
    auto system = describe("domain_cost", arguments);
    auto child = describe("sleeper", {});
    if (!system || !child) {
        return system ? child.error() : system.error();
    }
    RegionDescription image;
    image.name = "child";
    image.file = child->domains[0].program_path;
    std::error_code failed;
    const auto size = std::filesystem::file_size(*image.file, failed);
    if (failed) {
        return HostError{"stat", failed.value(), "looking at " + *image.file};
    }
    image.content_size = size;
    image.size = supervisor::page_ceil(size);
    system->regions.push_back(image);
    system->domains[0].regions.push_back({0, PD_PERM_READ});
    system->memory = memory;
    system->stack_area.size = area_size;
    return system;
}

/// How many others there are, in the order in which they are measured. The first figure is that of
/// none; what drifts while the others are made is in both phases with few.
constexpr std::uint64_t few = 1;
constexpr std::uint64_t many = 1000;
constexpr std::array<std::uint64_t, 6> steps{0, few, 10, 100, many, few};

BenchResult alone(const Phase& phase)
{
    BenchResult result;
    result.name = "domain.create_destroy";
    result.unit = "ns";
    result.floor = "two bare hypercalls";
    result.exits = phase.exits;
    result.targets = {{Target::Kind::exits_exactly, 2}};
    set_from_pairs(result, phase.pairs);
    return result;
}

BenchResult among_many(const std::vector<Phase>& phases)
{
    BenchResult result;
    result.name = "domain.create_destroy_1000";
    result.unit = "ns";
    result.floor = "the same with 1 other child";
    result.targets = {{Target::Kind::exits_exactly, 2}, {Target::Kind::ratio_at_most, 1.5}};
    compare_phases(result, phases, few, many);
    for (const Phase& phase : phases) {
        std::vector<double> values;
        for (const Pair& pair : phase.pairs) {
            values.push_back(pair.value);
        }
        result.parts.emplace_back("with " + std::to_string(phase.live) + " others",
                                  doctor::median(std::move(values)));
    }
    return result;
}

} // namespace

Measured measure_domains(std::size_t samples)
{
    constexpr std::uint64_t marked = 10; // as in bench/domain_cost.c
    std::vector<std::string> arguments{std::to_string(samples)};
    for (const std::uint64_t step : steps) {
        arguments.push_back(std::to_string(step));
    }
    auto system = describe_parent(arguments);
    if (!system) {
        return system.error();
    }
    const auto phases = run_phases(*system, marked);
    if (!phases) {
        return phases.error();
    }
    return std::vector<BenchResult>{alone(phases->front()), among_many(*phases)};
}

Measured measure_domain_memory(std::size_t samples)
{
    constexpr std::size_t most_others = 1900; // as in bench/domain_cost.c
    samples = std::min(samples, most_others);
    const std::uint64_t most = few + samples;
    auto system = describe_parent({"1", std::to_string(few), std::to_string(most)});
    if (!system) {
        return system.error();
    }
    std::map<std::uint64_t, MemoryTaken> with;
    Watch watch;
    watch.line = [&](std::string_view text, const Moment& moment) {
        const Line line = parse_line(text);
        if (line.word == "live" && !line.numbers.empty()) {
            with.emplace(line.numbers.front(), memory_taken(moment));
        }
    };
    if (const auto report = run_guest(*system, watch); !report) {
        return report.error();
    }
    const auto count = static_cast<double>(samples);
    BenchResult result;
    result.name = "memory.per_domain";
    result.unit = "bytes";
    result.floor = "its own memory: program and stack";
    result.floor_median = (with[most].guest - with[few].guest) / count;
    result.parts = parts_of(with[few], with[most], count);
    result.parts.insert(result.parts.begin(), {"its own memory", result.floor_median});
    set_from_parts(result, samples);
    return std::vector<BenchResult>{result};
}

} // namespace glacis::bench
