// Timing things a number of times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "machine/kick.hpp"

namespace glacis::doctor {

/// 0 of nothing.
[[nodiscard]] double median(std::vector<double> values);

/// Calls `once`, which returns nanoseconds, until there are `most` values or `budget_ns` is spent;
/// at least `least` times. A negative value says that it could not be done and ends the sampling
/// without a result.
template <class Once>
std::vector<double> sample(std::size_t most, std::uint64_t budget_ns, Once once,
                           std::size_t least = 3)
{
    std::vector<double> values;
    const std::uint64_t end = monotonic_now() + budget_ns;
    while (values.size() < most && (values.size() < least || monotonic_now() < end)) {
        const double value = once();
        if (value < 0) {
            return {};
        }
        values.push_back(value);
    }
    return values;
}

/// Nanoseconds that `action` takes.
template <class Action> double time_of(Action action)
{
    const std::uint64_t start = monotonic_now();
    action();
    return static_cast<double>(monotonic_now() - start);
}

} // namespace glacis::doctor
