// Marked functions: those of whose instructions each is a point of preemption.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "description/system.hpp"
#include "host/result.hpp"

namespace glacis::explore {

struct MarkedFunction {
    std::size_t domain = 0;  ///< index into SystemDescription::domains
    std::string name;        ///< as the program has it
    std::uint64_t begin = 0; ///< offsets from the start of the image
    std::uint64_t end = 0;
};

/// Finds functions by the names that a person gave: "choose_slot" in every domain that has one,
/// "legacy.choose_slot" in one domain. The pieces into which compilers split a function
/// ("choose_slot.part.0") belong to it. The error is for that person.
Result<std::vector<MarkedFunction>, std::string>
find_functions(const SystemDescription& system, const std::vector<std::string>& names);

} // namespace glacis::explore
