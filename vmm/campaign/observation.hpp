// What can be seen of a run from outside, and what two runs have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/run.hpp"

namespace glacis::campaign {

/// How one domain of the description behaved.
struct DomainBehaviour {
    std::string name;
    DomainEnd end = DomainEnd::exited;
    std::uint64_t status = 0;
    std::uint32_t restarts = 0;
    std::uint64_t lines = 0; ///< that it wrote to its console
    std::uint64_t text = 0;  ///< digest of them
    std::string last_line;   ///< for people
    bool operator==(const DomainBehaviour&) const = default;
};

struct Observation {
    SystemEnd end = SystemEnd::completed;
    std::string explanation;
    std::vector<DomainBehaviour> domains; ///< those of the description
    std::vector<FaultRecord> faults;
    std::vector<std::uint64_t> outputs;      ///< digests of regions that have an output
    std::uint64_t calls = 0;                 ///< hypercalls and faults; not compared
    std::optional<std::string> host_failure; ///< why there is nothing else
};

/// Whether both runs did the same as far as anybody outside could tell.
[[nodiscard]] bool is_alike(const Observation& one, const Observation& other);

} // namespace glacis::campaign
