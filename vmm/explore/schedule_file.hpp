// A schedule in a file, so that it can be run again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "explore/search.hpp"
#include "host/result.hpp"

namespace glacis::explore {

constexpr std::uint32_t most_vcpus = 16; ///< of an explored system

/// A schedule, with all that must be the same for it to mean the same, and what came of it.
struct SavedSchedule {
    std::string system; ///< its name
    std::vector<std::string> arguments;
    std::vector<std::string> functions;
    std::uint32_t vcpus = 1;
    Schedule preemptions;
    std::uint32_t points = 0; ///< that the run had
    std::uint64_t trace = 0;  ///< Observation::trace
    std::string end;          ///< in a line
};

[[nodiscard]] std::string to_json(const SavedSchedule& schedule);
/// Of whatever a file holds; the error says what is wrong with it.
Result<SavedSchedule, std::string> parse_schedule(std::string_view text);

} // namespace glacis::explore
