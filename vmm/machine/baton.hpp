// One vCPU at a time: the one that has the baton goes on, the others wait where they are.
//
// With it a system of several vCPUs does the same each time it is run: whatever its vCPU threads
// do, they do one after the other, in an order that they decide themselves.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace glacis {

class Baton {
public:
    /// vCPU 0 of `count` has it.
    explicit Baton(std::uint32_t count) : is_gone_(count) {}

    /// Returns when vCPU `id`, whose thread calls, has it. Without the monitor's lock.
    void wait(std::uint32_t id);

    // The rest is for who has it.
    void pass(std::uint32_t to);
    /// The vCPU waits for it no more: whoever is left has it next.
    void retire(std::uint32_t id);

private:
    std::mutex mutex_; ///< of the following
    std::condition_variable has_changed_;
    std::uint32_t holder_ = 0;
    std::vector<bool> is_gone_;
};

} // namespace glacis
