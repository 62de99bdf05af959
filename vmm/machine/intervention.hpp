// Standing between a guest and the VMM: fault injection and the exploration of schedules do.
//
// An intervention sees every entry into the guest and everything that comes out of it, before the
// VMM does, and may change both. What it does to a guest is as if the guest had done it: nothing
// that the supervisor checks is left out.
#pragma once

#include <cstdint>
#include <glacis/supervisor/request.hpp>
#include <glacis/supervisor/types.hpp>
#include <optional>
#include <span>

#include "host/result.hpp"
#include "machine/guest_cpu.hpp"

namespace glacis {

class Core;

/// The thread that a vCPU carries, while it is outside the guest. Valid during the call it is
/// passed to.
class RunningThread {
public:
    virtual ~RunningThread() = default;

    [[nodiscard]] virtual Core& core() = 0;
    [[nodiscard]] virtual std::uint32_t vcpu() const = 0;
    [[nodiscard]] virtual supervisor::ThreadId thread() const = 0;
    [[nodiscard]] virtual supervisor::DomainId domain() const = 0; ///< whose code it executes
    [[nodiscard]] virtual supervisor::StackView view() const = 0;  ///< what that sees of its stack
    /// Whether somebody else could have a turn if it gave way; a thread manager may know of some.
    [[nodiscard]] virtual bool has_others() = 0;

    /// All but the vector registers.
    [[nodiscard]] virtual Result<ThreadContext> registers() = 0;
    virtual Status set_registers(const ThreadContext& registers) = 0;
    /// Answers the hypercall that has come out, so that nobody carries it out.
    virtual void answer(pd_status status, std::uint64_t value) = 0;
    /// A hypercall as if the thread's code had made it, besides what it does; the answer stays
    /// here. Nothing for those that are not the supervisor's or could put the thread to sleep.
    virtual std::optional<supervisor::Reply> call(const HypercallEvent& event) = 0;
    /// Whether the code that it executes may do so.
    [[nodiscard]] virtual bool may(std::uint64_t address, std::uint64_t length,
                                   supervisor::Perm want) const = 0;
};

/// All are called by the thread of the vCPU concerned, without the monitor's lock. With more than
/// one vCPU, that may be several at once.
class Intervention {
public:
    enum class Next {
        as_it_is, ///< the VMM deals with the event
        resume,   ///< it has been dealt with; the thread goes on
        give_way, ///< likewise, and another thread has its turn first, on another vCPU if it can
        end,      ///< the system ends
    };

    virtual ~Intervention() = default;
    /// The system is built, nothing has run yet.
    virtual Status on_built(Core& core) = 0;
    /// The thread has been put on the vCPU and is about to go on. False: another thread has its
    /// turn first. Comes before before_entry().
    [[nodiscard]] virtual bool shall_run(RunningThread& /*thread*/) { return true; }
    virtual void before_entry(RunningThread& thread) = 0;
    [[nodiscard]] virtual Next on_event(RunningThread& thread, CpuEvent& event) = 0;
    /// No vCPU runs any more; the system still is as it ended.
    virtual void on_end(Core& core) = 0;
};

} // namespace glacis
