// Who runs next: a first-in first-out ready queue, sleepers by deadline, and a queue for each
// address that threads wait at.
//
// Pushing, taking and removing cost the same whatever the number of threads; deadlines cost its
// logarithm. The scheduler owns Thread::state between `ready` and `asleep` and the fields of
// waiting.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "thread_table.hpp"

namespace glacis::supervisor {

class Scheduler {
public:
    explicit Scheduler(ThreadTable& threads) : threads_(threads) {}

    /// A thread that is in no queue goes to the end of the ready queue.
    void make_ready(ThreadIndex thread);
    /// The first ready thread, taken out of the queue; its state is for the caller to set.
    [[nodiscard]] std::optional<ThreadIndex> take_ready();
    [[nodiscard]] bool has_ready() const { return ready_.first != no_index; }

    // A thread that is in no queue falls asleep, until `deadline` where there is one.
    void sleep(ThreadIndex thread, std::optional<Nanoseconds> deadline);
    void wait_at(ThreadIndex thread, std::uint64_t address, std::optional<Nanoseconds> deadline);
    void wait_for(ThreadIndex thread, ThreadIndex target, std::optional<Nanoseconds> deadline);
    /// Until wake_at_gate() or the deadline: the thread then does again what it was about to do.
    void wait_for_gate(ThreadIndex thread, DomainId callee, std::optional<Nanoseconds> deadline);
    /// Until wake_with().
    void serve(ThreadIndex thread);

    /// Wakes at most `most` threads that wait at `address`, those first that waited longest.
    std::uint64_t wake(std::uint64_t address, std::uint64_t most);
    /// Wakes everybody who waits for the gates of `callee`, to try again.
    void wake_at_gate(DomainId callee);
    /// Wakes all of them, and their calls return `reply`.
    std::uint64_t wake_all(std::uint64_t address, const Reply& reply);
    /// Wakes the one that has waited longest, if any does.
    bool wake_one_with(std::uint64_t address, const Reply& reply);
    /// A thread that is asleep becomes ready, with the reply that it has or none.
    void release(ThreadIndex thread);
    void release_all(std::uint64_t address);
    /// Wakes a thread that is asleep: it becomes ready and its call returns `reply`.
    void wake_with(ThreadIndex thread, const Reply& reply);
    /// Wakes everybody whose deadline has come.
    void wake_expired(Nanoseconds now);
    [[nodiscard]] std::optional<Nanoseconds> next_deadline() const;

    /// Takes a ready or sleeping thread out of every queue.
    void remove(ThreadIndex thread);

    /// What is wrong with the queues, in words; empty when nothing is.
    [[nodiscard]] std::string check_invariants() const;

private:
    struct Queue {
        ThreadIndex first = no_index;
        ThreadIndex last = no_index;
    };
    void push(Queue& queue, ThreadIndex thread);
    void unlink(Queue& queue, ThreadIndex thread);
    void fall_asleep(ThreadIndex thread, Thread::Waits waits, std::optional<Nanoseconds> deadline);
    void stop_waiting(ThreadIndex thread);
    [[nodiscard]] std::string check_queue(const Queue& queue, Thread::State state,
                                          std::uint64_t address, std::uint64_t& members) const;

    ThreadTable& threads_;
    Queue ready_;
    std::unordered_map<std::uint64_t, Queue> waiters_; ///< by address; no empty queue
    std::set<std::pair<Nanoseconds, ThreadIndex>> deadlines_;
};

} // namespace glacis::supervisor
