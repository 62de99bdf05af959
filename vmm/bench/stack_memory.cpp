// What a stack takes of the host beyond its committed bytes.

#include <fstream>
#include <malloc.h>
#include <map>
#include <string>

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/programs.hpp"

namespace glacis::bench {

namespace {

constexpr std::uint64_t page = GLACIS_PAGE_SIZE;
/// A vm_area_struct and its place in the tree, in current 64-bit kernels. Not told to programs.
constexpr double bytes_of_mapping = 250;

/// What this process takes now.
struct Taken {
    double own = 0;         ///< the heap: the VMM's records
    double tables = 0;      ///< the guest's page tables
    double host_tables = 0; ///< the process's own page tables
    double mappings = 0;    ///< count
};

double count_of_mappings()
{
    std::ifstream file("/proc/self/maps");
    double count = 0;
    for (std::string line; std::getline(file, line);) {
        ++count;
    }
    return count;
}

double bytes_of_page_tables()
{
    constexpr double kib = 1024;
    std::ifstream file("/proc/self/status");
    for (std::string key; file >> key;) {
        double value = 0;
        if (key == "VmPTE:" && file >> value) {
            return value * kib;
        }
        file.ignore(4096, '\n');
    }
    return 0;
}

Taken taken_now(const Moment& moment)
{
    Taken taken;
    taken.tables = static_cast<double>(moment.table_pages() * page);
    taken.mappings = count_of_mappings();
    taken.host_tables = bytes_of_page_tables();
    const auto heap = mallinfo2(); // exact, unlike RssAnon, and sees memory that is used again
    taken.own = static_cast<double>(heap.uordblks + heap.hblkhd);
    return taken;
}

BenchResult result_of(std::string name, const Taken& before, const Taken& after, double stacks)
{
    BenchResult result;
    result.name = std::move(name);
    result.unit = "bytes";
    result.floor = "the page tables that it needs";
    result.floor_median = (after.tables - before.tables) / stacks;
    result.parts = {
        {"guest page tables", result.floor_median},
        {"records of the VMM", (after.own - before.own) / stacks},
        {"page tables of the process", (after.host_tables - before.host_tables) / stacks},
        {"mappings in the kernel, about 250 bytes each",
         (after.mappings - before.mappings) / stacks * bytes_of_mapping},
    };
    for (const auto& [what, bytes] : result.parts) {
        result.median += bytes;
    }
    result.ratio = result.floor_median > 0 ? result.median / result.floor_median : 0;
    result.samples = static_cast<std::size_t>(stacks);
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
    std::map<std::string, Taken, std::less<>> at;
    Watch watch;
    watch.line = [&](std::string_view line, const Moment& moment) {
        at.emplace(line, taken_now(moment));
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
