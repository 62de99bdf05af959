// Random numbers that are the same everywhere: distributions of the standard library are not.
#pragma once

#include <cstdint>

namespace glacis::inject {

/// SplitMix64. A campaign is repeated from its seed, so neither the numbers nor below() may change.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    /// From 0 to bound - 1, each as likely as the others. Precondition: bound is not 0.
    std::uint64_t below(std::uint64_t bound);

private:
    std::uint64_t state_;
};

} // namespace glacis::inject
