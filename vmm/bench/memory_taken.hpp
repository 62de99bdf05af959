// What a running guest takes of the host's memory, by kind.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/bench.hpp"
#include "bench/guest_run.hpp"

namespace glacis::bench {

/// Bytes, but for the mappings.
struct MemoryTaken {
    double guest = 0;       ///< pages of domains and committed ones of stacks
    double own = 0;         ///< the heap: the VMM's records
    double tables = 0;      ///< the guest's page tables
    double host_tables = 0; ///< the process's own page tables
    double mappings = 0;    ///< count
};

[[nodiscard]] MemoryTaken memory_taken(const Moment& moment);

/// What each of `count` things that were made in between takes, without the guest's memory.
[[nodiscard]] std::vector<std::pair<std::string, double>>
parts_of(const MemoryTaken& before, const MemoryTaken& after, double count);

/// Sets the median to the sum of the parts, and the ratio to that against the floor's median.
void set_from_parts(BenchResult& result, std::size_t samples);

} // namespace glacis::bench
