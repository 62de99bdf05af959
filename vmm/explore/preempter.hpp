// Runs a system under one schedule: counts the points at which the running thread could give way,
// and makes it give way at those of the schedule.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "explore/recorder.hpp"
#include "explore/search.hpp"
#include "explore/traps.hpp"
#include "machine/intervention.hpp"

namespace glacis::explore {

/// Points are: before each hypercall and each call into another domain, before each instruction of
/// a marked function, and when a thread that another one has run before is about to go on. Only
/// threads that execute code of the description's domains have any.
class Preempter final : public Intervention {
public:
    struct Order {
        const SystemDescription& system;
        const std::vector<MarkedFunction>& functions;
        const Schedule& schedule;
        std::uint32_t most_points = 0; ///< then the run is cut
        const std::atomic<int>& interrupted;
        Recorder* recorder = nullptr; ///< may be null
    };
    /// Everything in `order` outlives it.
    explicit Preempter(const Order& order) : order_(order) {}

    Status on_built(Core& core) override;
    [[nodiscard]] bool shall_run(RunningThread& thread) override;
    void before_entry(RunningThread& thread) override;
    [[nodiscard]] Next on_event(RunningThread& thread, CpuEvent& event) override;
    void on_end(Core& core) override;

    /// After the run; the verdict is `good` unless it was cut or abandoned.
    [[nodiscard]] Observation seen() const { return seen_; }
    /// Whether all points of the schedule came.
    [[nodiscard]] bool has_kept_schedule() const { return done_ == order_.schedule.size(); }

private:
    struct Thread {
        std::optional<std::uint64_t> due_instruction; ///< its point was counted, and it gave way
        bool is_call_due = false;                     ///< likewise, of the call it makes again
        bool is_stepping = false;
    };

    [[nodiscard]] bool is_described(RunningThread& thread);
    /// Counts a point; whether the thread gives way at it.
    [[nodiscard]] bool gives_way(RunningThread& thread);
    [[nodiscard]] Next at_call(RunningThread& thread, const CpuEvent& event);
    [[nodiscard]] Next at_fault(RunningThread& thread, const RawFault& fault);
    [[nodiscard]] Next at_instruction(RunningThread& thread, std::uint64_t address);
    [[nodiscard]] Next step_over(RunningThread& thread, std::uint64_t address);
    [[nodiscard]] static bool set_stepping(RunningThread& thread, bool is_stepping);
    void note(std::uint64_t value);

    Order order_;
    Traps traps_;
    Observation seen_;
    std::size_t done_ = 0; ///< preemptions of the schedule
    std::map<supervisor::ThreadId, Thread> threads_;
    std::optional<supervisor::ThreadId> last_run_;
    std::optional<supervisor::ThreadId> lifted_for_;
    bool has_given_way_ = false; ///< last_run_ did, amid what it was doing
};

} // namespace glacis::explore
