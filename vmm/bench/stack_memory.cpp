// What a stack takes of the host beyond its committed bytes.

#include <map>
#include <string>

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/memory_taken.hpp"
#include "bench/programs.hpp"

namespace glacis::bench {

namespace {

BenchResult result_of(std::string name, const MemoryTaken& before, const MemoryTaken& after,
                      double stacks)
{
    BenchResult result;
    result.name = std::move(name);
    result.unit = "bytes";
    result.floor = "the page tables that it needs";
    result.floor_median = (after.tables - before.tables) / stacks;
    result.parts = parts_of(before, after, stacks);
    set_from_parts(result, static_cast<std::size_t>(stacks));
    return result;
}

} // namespace

Measured measure_stack_memory(std::size_t samples)
{
    auto system = describe("stack_memory", {std::to_string(samples)});
    if (!system) {
        return system.error();
    }
    constexpr std::uint64_t spare_slots = 16;
    system->stack_area.size = (samples + spare_slots) * system->stack_area.slot;
    std::map<std::string, MemoryTaken, std::less<>> at;
    Watch watch;
    watch.line = [&](std::string_view line, const Moment& moment) {
        at.emplace(line, memory_taken(moment));
    };
    const auto report = run_guest(*system, watch);
    if (!report) {
        return report.error();
    }
    const auto stacks = static_cast<double>(samples);
    return std::vector<BenchResult>{
        result_of("memory.per_stack", at["before"], at["used"], stacks),
        result_of("memory.per_unused_stack", at["before"], at["allocated"], stacks)};
}

} // namespace glacis::bench
