// What a fault came to: one of six outcomes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/experiment.hpp"

namespace glacis::campaign {

enum class Outcome {
    not_activated,     ///< its time never came
    no_effect,         ///< nobody could tell
    detected,          ///< something stopped or refused it
    time_limit,        ///< the system did not end by itself
    silent_corruption, ///< a result is wrong, and nothing said so
    escape,            ///< it reached what it must not: a bug of Glacis
};

inline constexpr std::array all_outcomes{Outcome::not_activated,     Outcome::no_effect,
                                         Outcome::detected,          Outcome::time_limit,
                                         Outcome::silent_corruption, Outcome::escape};

/// "silent corruption". Stable.
[[nodiscard]] std::string_view name_of(Outcome outcome);
[[nodiscard]] std::optional<Outcome> outcome_named(std::string_view name);

struct Verdict {
    Outcome outcome = Outcome::no_effect;
    std::string mechanism;           ///< detected: what did it, "stack overflow"
    std::string detected_in;         ///< detected: the domain; empty for the system or the host
    std::uint64_t latency = 0;       ///< detected by a fault: exits since the injection
    std::vector<std::string> spread; ///< other domains whose behaviour changed by permitted ways
    std::vector<Escape> escapes;
    bool operator==(const Verdict&) const = default;
};

/// Domains whose behaviour may depend on that of `domain`, which is among them: by regions that one
/// writes and the other reads, by calls in either direction, by handling each other's faults or
/// threads, and so on from each to the next.
[[nodiscard]] std::set<std::string> reach_of(const SystemDescription& system,
                                             const std::string& domain);

/// `golden` is an undisturbed run of the same setting.
[[nodiscard]] Verdict judge(const SystemDescription& system, const Fault& fault,
                            const Observation& golden, const Experiment& experiment);

} // namespace glacis::campaign
