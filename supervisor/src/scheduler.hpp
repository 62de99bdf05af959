// Who can run, and who waits for what: sleepers by deadline, a queue for each address that threads
// wait at, a first-in first-out queue of ready threads that run as they come (those of managers,
// and of a manager that sleeps), and for each thread manager a queue of ready threads that it has
// not been told of.
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

#include "bound.hpp"
#include "thread_table.hpp"
#include "wait_keys.hpp"

namespace glacis::supervisor {

class Scheduler {
public:
    explicit Scheduler(ThreadTable& threads) : threads_(threads) {}

    /// A thread that is in no queue goes to the end of the ready queue. One that has a manager is
    /// announced to it instead: told to a thread of it that waits for that, or kept until it asks.
    /// A thread with a fault that nobody has answered is not to run, and needs no manager.
    void make_ready(ThreadIndex thread);
    /// Threads of `manager` run as they come until employ().
    void let_sleep(DomainId manager);
    /// The manager that sleeps; no_domain for none.
    [[nodiscard]] DomainId sleeping() const { return sleeping_; }
    /// How many of its threads are ready.
    [[nodiscard]] std::size_t unattended() const { return unattended_; }
    /// The highest parameter among them, and those taken since, as long as others are left.
    [[nodiscard]] std::uint64_t highest_unattended() const { return highest_unattended_; }
    /// The manager that sleeps is told of all its ready threads.
    void employ();
    /// The first thread that `manager` was not told of; it is held by the manager from now on.
    [[nodiscard]] std::optional<ThreadIndex> take_announced(DomainId manager);
    [[nodiscard]] bool has_announced(DomainId manager) const;
    /// Whether one was announced with a parameter of `least` or more. Of those taken since, too, as
    /// long as others are left.
    [[nodiscard]] bool has_announced(DomainId manager, std::uint64_t least) const;
    /// Whether the thread was announced, and no other to the same manager.
    [[nodiscard]] bool is_sole_news(ThreadIndex thread) const;
    /// For thread_take's reply.
    [[nodiscard]] pd_thread_event event_of(ThreadIndex thread) const;
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

    struct Announced {
        Queue queue;
        std::uint64_t highest = 0; ///< parameter
    };
    void announce(ThreadIndex thread);
    void unlink_ready(ThreadIndex thread);
    void unlink_announced(ThreadIndex thread);

    Bound<ThreadTable> threads_;
    Queue ready_;
    DomainId sleeping_ = no_domain;
    std::size_t unattended_ = 0;
    std::uint64_t highest_unattended_ = 0;
    std::unordered_map<DomainId, Announced> announced_; ///< by manager; no empty queue
    std::unordered_map<std::uint64_t, Queue> waiters_;  ///< by address; no empty queue
    std::set<std::pair<Nanoseconds, ThreadIndex>> deadlines_;
};

/// What a manager's threads wait at for news: no address that a guest can name.
[[nodiscard]] constexpr std::uint64_t news_of(DomainId manager)
{
    return wait_key(WaitKey::news, manager);
}

} // namespace glacis::supervisor
