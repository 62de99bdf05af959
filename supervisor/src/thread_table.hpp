// Threads by handle.
//
// A handle names a place in the table and the generation of its use, so that one that outlived its
// thread is recognised. Places are used again in the order in which they became free.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <glacis/supervisor/supervisor.hpp>
#include <glacis/supervisor/types.hpp>

#include "stack_area.hpp"

namespace glacis::supervisor {

/// A thread's place in the table.
using ThreadIndex = std::uint32_t;
constexpr ThreadIndex no_index = UINT32_MAX;

struct Thread {
    enum class State : std::uint8_t {
        none,    ///< the place is free
        ready,   ///< in the ready queue, or among those that its manager is to be told of
        held,    ///< could run; its thread manager knows and has not run it
        chosen,  ///< the next one on its `vcpu_ahead`
        running, ///< on a vCPU
        lending, ///< a manager's: the thread that it `runs` has its vCPU
        asleep,  ///< until a deadline, a wake or another thread's end
        ended,   ///< kept for its exit value, until it is joined
    };
    /// What an `asleep` thread waits for besides its deadline.
    enum class Waits : std::uint8_t {
        for_time,
        for_wake,
        for_thread,
        for_gate,  ///< until a domain that it wants to call opens its gates
        for_calls, ///< while its domain may be called
    };

    std::uint32_t generation = 0;
    State state = State::none;
    DomainId domain{};
    std::uint64_t number = 0;
    std::uint32_t domain_handle = 0; ///< what guests know its domain by
    std::string name;
    bool is_detached = false;
    std::uint64_t exit_value = 0;

    SlotNumber home = 0;    ///< the stack it was created on
    SlotNumber current = 0; ///< the stack it uses now
    VcpuId vcpu = no_vcpu;
    bool has_plan = false; ///< a plan in progress will answer its call

    /// The calls it was in when the VMM last looked, the outermost first.
    std::vector<Activation> calls;
    bool may_call = false; ///< calls may have been prepared for it

    std::optional<Dispatch::Start> start; ///< until it has run
    std::optional<Reply> reply;           ///< of the call it waited in
    std::uint64_t fault = 0;              ///< its pending fault, 0 for none

    DomainId manager = no_domain;    ///< who decides when it runs; no_domain: the ready queue
    std::uint64_t parameter = 0;     ///< what its manager is told of it
    bool is_announced = false;       ///< ready, and in the queue of its manager
    bool is_unattended = false;      ///< ready, in the ready queue since its manager sleeps
    ThreadIndex lender = no_index;   ///< chosen or running: the manager's thread that waits for it
    ThreadIndex runs = no_index;     ///< lending: for whom
    bool ends_loan = false;          ///< its reply says why, and shall say whether there is news
    VcpuId vcpu_ahead = no_vcpu;     ///< chosen: where
    std::uint64_t event_address = 0; ///< where thread_take wants its event

    Waits waits = Waits::for_time;
    std::optional<Nanoseconds> deadline;
    std::uint64_t wait_address = 0;
    ThreadIndex joins = no_index;  ///< the thread it waits for
    ThreadIndex joiner = no_index; ///< the thread that waits for this one

    /// Neighbours in the ready queue, its manager's, or the queue of its wait address.
    ThreadIndex previous = no_index;
    ThreadIndex next = no_index;

    /// The domain whose code it executes: its own or the innermost callee.
    [[nodiscard]] DomainId here() const { return calls.empty() ? domain : calls.back().domain; }
};

class ThreadTable {
public:
    /// A new thread in state `none`, numbered among those of `part`; nothing when there are no more
    /// handles.
    [[nodiscard]] std::optional<ThreadIndex> create(Part part);
    /// The handle is stale from now on.
    void destroy(ThreadIndex index);

    [[nodiscard]] ThreadId id(ThreadIndex index) const;
    /// The place of the thread that `id` names, if it is not stale.
    [[nodiscard]] std::optional<ThreadIndex> find(ThreadId id) const;

    [[nodiscard]] Thread& operator[](ThreadIndex index) { return threads_[index]; }
    [[nodiscard]] const Thread& operator[](ThreadIndex index) const { return threads_[index]; }
    /// Places, used or not.
    [[nodiscard]] ThreadIndex size() const { return static_cast<ThreadIndex>(threads_.size()); }

private:
    std::deque<Thread> threads_;
    std::deque<ThreadIndex> free_;
    std::uint64_t next_number_ = 0;
    std::uint64_t next_of_manager_ = 0; ///< the default manager's
};

} // namespace glacis::supervisor
