#include "bench/memory_taken.hpp"

#include <cstdint>
#include <fstream>
#include <malloc.h>

#include <glacis/abi/layout.h>

namespace glacis::bench {

namespace {

constexpr double page = GLACIS_PAGE_SIZE;
/// A vm_area_struct and its place in the tree, in current 64-bit kernels. Not told to programs.
constexpr double bytes_of_mapping = 250;

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

} // namespace

MemoryTaken memory_taken(const Moment& moment)
{
    MemoryTaken taken;
    const auto heap = mallinfo2(); // exact, unlike RssAnon, and sees memory that is used again
    taken.own = static_cast<double>(heap.uordblks + heap.hblkhd);
    taken.guest = static_cast<double>(moment.owned_bytes());
    taken.tables = static_cast<double>(moment.table_pages()) * page;
    taken.mappings = count_of_mappings();
    taken.host_tables = bytes_of_page_tables();
    return taken;
}

std::vector<std::pair<std::string, double>> parts_of(const MemoryTaken& before,
                                                     const MemoryTaken& after, double count)
{
    return {
        {"guest page tables", (after.tables - before.tables) / count},
        {"records of the VMM", (after.own - before.own) / count},
        {"page tables of the process", (after.host_tables - before.host_tables) / count},
        {"mappings in the kernel, about 250 bytes each",
         (after.mappings - before.mappings) / count * bytes_of_mapping},
    };
}

void set_from_parts(BenchResult& result, std::size_t samples)
{
    for (const auto& [what, bytes] : result.parts) {
        result.median += bytes;
    }
    result.ratio = result.floor_median > 0 ? result.median / result.floor_median : 0;
    result.samples = samples;
}

} // namespace glacis::bench
