// Benchmarks: each figure beside its floor, taken in the same run, interleaved with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "doctor/report.hpp"
#include "host/result.hpp"

namespace glacis::bench {

struct BenchOptions {
    std::string filter;                ///< part of a name; empty for all
    std::optional<std::size_t> repeat; ///< samples of each, instead of each one's own number
};

/// What a figure shall reach: a bound on its ratio or its exits.
struct Target {
    enum class Kind { ratio_at_most, ratio_more_than, exits_exactly };
    Kind kind = Kind::ratio_at_most;
    double value = 0;
};

struct BenchResult {
    std::string name;
    std::string unit;
    double median = 0;
    std::string floor; ///< what the figure is compared with
    double floor_median = 0;
    double ratio = 0; ///< median of the ratios of neighbouring samples
    std::optional<std::uint64_t> exits;
    std::optional<std::uint64_t> ring_0_instructions; ///< where they are what is to be kept small
    std::size_t samples = 0;
    std::vector<Target> targets; ///< all of them
    /// What the figure is made of, in its unit, where that is known.
    std::vector<std::pair<std::string, double>> parts;

    [[nodiscard]] bool has_reached(const Target& target) const;
};

/// A benchmark that could not run here.
struct Skipped {
    std::string name;
    std::string reason;
};

struct BenchReport {
    std::vector<BenchResult> results;
    std::vector<Skipped> skipped;
    doctor::DoctorReport doctor;
};

/// A HostError when nothing can be measured here at all.
Result<BenchReport> run_benchmarks(const BenchOptions& options);

/// A table for people.
[[nodiscard]] std::string to_text(const BenchReport& report);
/// The JSON document, ended by a newline; docs/benchmarks.md describes it.
[[nodiscard]] std::string to_json(const BenchReport& report);

} // namespace glacis::bench
