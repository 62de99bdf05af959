// What a call between two processes costs at least: a byte through a pipe to another one, and one
// back.
#pragma once

#include <memory>

#include "host/descriptor.hpp"
#include "host/result.hpp"

namespace glacis::bench {

/// A child process that sends back what it gets, until this ends.
class Pipes {
public:
    static Result<std::unique_ptr<Pipes>> create();
    ~Pipes();
    Pipes(const Pipes&) = delete;
    Pipes& operator=(const Pipes&) = delete;

    /// The mean of a batch; negative when the child is gone.
    [[nodiscard]] double round_trip_ns();

private:
    Pipes() = default;

    Descriptor to_child_;
    Descriptor from_child_;
    int child_ = 0;
};

} // namespace glacis::bench
