// A vCPU that is inside the guest all the time, on a thread of its own: it reads one page for ever
// and counts in the next.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "doctor/probe_machine.hpp"
#include "machine/kick.hpp"

namespace glacis::doctor {

class Watcher {
public:
    /// Starts the vCPU of `machine`, which outlives the watcher and is left alone meanwhile.
    static Result<std::unique_ptr<Watcher>> start(ProbeMachine& machine);
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    static constexpr supervisor::Range watched{ProbeMachine::data,
                                               ProbeMachine::data + supervisor::page_size};

    /// How often it has read the page.
    [[nodiscard]] std::uint64_t count() const;
    /// Waits until it reads on; false when it has not within `limit_ns`.
    [[nodiscard]] bool moves(std::uint64_t limit_ns) const;
    /// Waits until the guest has left for another reason than a kick; false when not within
    /// `limit_ns`.
    [[nodiscard]] bool has_ended(std::uint64_t limit_ns) const;
    /// Nanoseconds from a kick to the vCPU's being out of the guest; negative when it never came
    /// out.
    [[nodiscard]] double kick();

private:
    explicit Watcher(ProbeMachine& machine) : machine_(machine) {}
    void run();

    ProbeMachine& machine_;
    Kick kick_;
    std::atomic<bool> is_bound_{false};
    std::atomic<bool> shall_leave_{false};
    std::atomic<bool> is_dismissed_{false};
    std::atomic<bool> has_ended_{false};
    std::atomic<std::uint64_t> kicked_out_at_{0};
    std::thread thread_;
};

} // namespace glacis::doctor
