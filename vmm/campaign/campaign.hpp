// A campaign as its file says, checked: which faults are drawn, for which system, how often.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "campaign/fault.hpp"
#include "description/error.hpp"
#include "description/raw.hpp"
#include "host/result.hpp"

namespace glacis::campaign {

/// [[fault]]: faults of these classes, at these places.
struct FaultEntry {
    Position at;
    std::vector<Located<FaultClass>> classes;
    std::uint64_t weight = 1;
    std::vector<Located<std::string>> domains;   ///< empty: any of the system
    std::vector<Located<std::string>> functions; ///< empty: anywhere
    bool is_anywhere = false;     ///< also at instructions that an undisturbed run does not reach
    Optional<std::string> place;  ///< "function", "function+0x1c" or an offset in the image
    Optional<std::uint64_t> call; ///< number of a hypercall
    Optional<std::uint64_t> after_ns;    ///< time of the run's own clock
    std::optional<std::uint64_t> nth;    ///< otherwise drawn
    std::optional<std::uint64_t> times;  ///< otherwise as the class is
    std::optional<std::uint64_t> amount; ///< otherwise drawn
};

struct Campaign {
    std::string path; ///< of its file
    std::string name;
    Position system_at;
    std::string system; ///< path as it can be opened from the current directory
    std::vector<std::string> arguments;
    std::uint64_t runs = 0;
    std::uint64_t seed = 0;
    std::uint64_t time_limit_ns = 0; ///< of processor time, for one run
    std::uint64_t hang_ns = 0;       ///< without leaving the guest
    bool has_baseline = true;        ///< the same faults without protection too
    std::vector<FaultEntry> entries;
    std::string text; ///< the file's
};

constexpr std::uint64_t most_runs = 1'000'000'000;
constexpr std::uint64_t most_weight = 1'000'000; ///< of one [[fault]]

/// Reports every error it can find at once. The system that it names is not read yet.
Result<Campaign, std::vector<DescriptionError>> load_campaign(const std::string& path);

} // namespace glacis::campaign
