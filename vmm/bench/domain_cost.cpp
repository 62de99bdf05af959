// Making a domain and destroying it, with no other child there and with a thousand.

#include <filesystem>

#include "bench/benchmarks.hpp"
#include "bench/phases.hpp"
#include "bench/programs.hpp"

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

} // namespace

Measured measure_domains(std::size_t samples)
{
    constexpr std::uint64_t many = 1000;
    constexpr std::uint64_t marked = 10; // as in bench/domain_cost.c
    const std::string rounds = std::to_string(samples);
    // None, many, none again: what drifts meanwhile is in both.
    auto system = describe_parent({rounds, "0", std::to_string(many), "0"});
    if (!system) {
        return system.error();
    }
    const auto phases = run_phases(*system, marked);
    if (!phases) {
        return phases.error();
    }
    BenchResult one;
    one.name = "domain.create_destroy";
    one.unit = "ns";
    one.floor = "two bare hypercalls";
    one.exits = phases->front().exits;
    set_from_pairs(one, phases->front().pairs);
    BenchResult thousand;
    thousand.name = "domain.create_destroy_1000";
    thousand.unit = "ns";
    thousand.floor = "the same without other children";
    thousand.targets = {{Target::Kind::ratio_at_most, 1.5}};
    compare_phases(thousand, *phases, 0, many);
    return std::vector<BenchResult>{one, thousand};
}

} // namespace glacis::bench
