#include "scheduler.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

namespace glacis::supervisor {

void Scheduler::make_ready(ThreadIndex thread)
{
    Thread& it = threads_[thread];
    it.state = Thread::State::ready;
    if (it.manager == no_domain || it.fault != 0) {
        push(ready_, thread);
    } else if (it.manager == sleeping_) {
        it.is_unattended = true;
        highest_unattended_ =
            unattended_ == 0 ? it.parameter : std::max(highest_unattended_, it.parameter);
        ++unattended_;
        push(ready_, thread);
    } else {
        announce(thread);
    }
}

void Scheduler::let_sleep(DomainId manager)
{
    assert(sleeping_ == no_domain);
    sleeping_ = manager;
}

void Scheduler::employ()
{
    std::vector<ThreadIndex> its;
    for (ThreadIndex thread = ready_.first; thread != no_index; thread = threads_[thread].next) {
        if (threads_[thread].is_unattended) {
            its.push_back(thread);
        }
    }
    for (const ThreadIndex thread : its) {
        unlink_ready(thread);
    }
    sleeping_ = no_domain;
    for (const ThreadIndex thread : its) {
        make_ready(thread);
    }
}

void Scheduler::unlink_ready(ThreadIndex thread)
{
    unattended_ -= std::exchange(threads_[thread].is_unattended, false) ? 1 : 0;
    unlink(ready_, thread);
}

void Scheduler::announce(ThreadIndex thread)
{
    Thread& it = threads_[thread];
    if (waiters_.contains(news_of(it.manager))) {
        it.state = Thread::State::held;
        wake_one_with(news_of(it.manager), Reply{PD_OK, 0, event_of(thread)});
        return;
    }
    Announced& announced = announced_[it.manager];
    push(announced.queue, thread);
    it.is_announced = true;
    announced.highest = std::max(announced.highest, it.parameter);
}

void Scheduler::unlink_announced(ThreadIndex thread)
{
    const auto announced = announced_.find(threads_[thread].manager);
    assert(announced != announced_.end());
    unlink(announced->second.queue, thread);
    threads_[thread].is_announced = false;
    if (announced->second.queue.first == no_index) {
        announced_.erase(announced);
    }
}

std::optional<ThreadIndex> Scheduler::take_announced(DomainId manager)
{
    const auto announced = announced_.find(manager);
    if (announced == announced_.end()) {
        return std::nullopt;
    }
    const ThreadIndex thread = announced->second.queue.first;
    unlink_announced(thread);
    threads_[thread].state = Thread::State::held;
    return thread;
}

bool Scheduler::has_announced(DomainId manager) const
{
    return announced_.contains(manager);
}

bool Scheduler::has_announced(DomainId manager, std::uint64_t least) const
{
    const auto announced = announced_.find(manager);
    return announced != announced_.end() && announced->second.highest >= least;
}

bool Scheduler::is_sole_news(ThreadIndex thread) const
{
    const Thread& it = threads_[thread];
    return it.is_announced && it.previous == no_index && it.next == no_index;
}

pd_thread_event Scheduler::event_of(ThreadIndex thread) const
{
    pd_thread_event event{};
    event.thread = static_cast<std::uint64_t>(threads_->id(thread));
    event.parameter = threads_[thread].parameter;
    event.domain = threads_[thread].domain_handle;
    return event;
}

std::optional<ThreadIndex> Scheduler::take_ready()
{
    const ThreadIndex thread = ready_.first;
    if (thread == no_index) {
        return std::nullopt;
    }
    unlink_ready(thread);
    return thread;
}

void Scheduler::sleep(ThreadIndex thread, std::optional<Nanoseconds> deadline)
{
    fall_asleep(thread, Thread::Waits::for_time, deadline);
}

void Scheduler::wait_at(ThreadIndex thread, std::uint64_t address,
                        std::optional<Nanoseconds> deadline)
{
    fall_asleep(thread, Thread::Waits::for_wake, deadline);
    threads_[thread].wait_address = address;
    push(waiters_[address], thread);
}

void Scheduler::wait_for(ThreadIndex thread, ThreadIndex target,
                         std::optional<Nanoseconds> deadline)
{
    assert(threads_[target].joiner == no_index);
    fall_asleep(thread, Thread::Waits::for_thread, deadline);
    threads_[thread].joins = target;
    threads_[target].joiner = thread;
}

namespace {

[[nodiscard]] bool is_queued(Thread::Waits waits)
{
    return waits == Thread::Waits::for_wake || waits == Thread::Waits::for_gate;
}

} // namespace

void Scheduler::wait_for_gate(ThreadIndex thread, DomainId callee,
                              std::optional<Nanoseconds> deadline)
{
    fall_asleep(thread, Thread::Waits::for_gate, deadline);
    threads_[thread].wait_address = wait_key(WaitKey::gates, callee);
    push(waiters_[wait_key(WaitKey::gates, callee)], thread);
}

void Scheduler::serve(ThreadIndex thread)
{
    fall_asleep(thread, Thread::Waits::for_calls, std::nullopt);
}

void Scheduler::wake_at_gate(DomainId callee)
{
    for (auto queue = waiters_.find(wait_key(WaitKey::gates, callee)); queue != waiters_.end();
         queue = waiters_.find(wait_key(WaitKey::gates, callee))) {
        const ThreadIndex thread = queue->second.first;
        stop_waiting(thread);
        make_ready(thread);
    }
}

std::uint64_t Scheduler::wake(std::uint64_t address, std::uint64_t most)
{
    std::uint64_t woken = 0;
    while (woken < most) {
        const auto queue = waiters_.find(address);
        if (queue == waiters_.end()) {
            break;
        }
        wake_with(queue->second.first, Reply{});
        ++woken;
    }
    return woken;
}

std::uint64_t Scheduler::wake_all(std::uint64_t address, const Reply& reply)
{
    std::uint64_t woken = 0;
    for (auto queue = waiters_.find(address); queue != waiters_.end();
         queue = waiters_.find(address)) {
        wake_with(queue->second.first, reply);
        ++woken;
    }
    return woken;
}

bool Scheduler::wake_one_with(std::uint64_t address, const Reply& reply)
{
    const auto queue = waiters_.find(address);
    if (queue == waiters_.end()) {
        return false;
    }
    wake_with(queue->second.first, reply);
    return true;
}

void Scheduler::release(ThreadIndex thread)
{
    assert(threads_[thread].state == Thread::State::asleep);
    stop_waiting(thread);
    make_ready(thread);
}

void Scheduler::release_all(std::uint64_t address)
{
    for (auto queue = waiters_.find(address); queue != waiters_.end();
         queue = waiters_.find(address)) {
        release(queue->second.first);
    }
}

void Scheduler::wake_with(ThreadIndex thread, const Reply& reply)
{
    assert(threads_[thread].state == Thread::State::asleep);
    stop_waiting(thread);
    threads_[thread].reply = reply;
    make_ready(thread);
}

void Scheduler::wake_expired(Nanoseconds now)
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const ThreadIndex thread = deadlines_.begin()->second;
        Reply reply;
        if (threads_[thread].waits == Thread::Waits::for_gate) {
            stop_waiting(thread); // its registers are those of the call, not of a wait
            make_ready(thread);
            continue;
        }
        if (threads_[thread].waits != Thread::Waits::for_time) {
            reply.status = PD_TIMED_OUT;
        }
        wake_with(thread, reply);
    }
}

std::optional<Nanoseconds> Scheduler::next_deadline() const
{
    if (deadlines_.empty()) {
        return std::nullopt;
    }
    return deadlines_.begin()->first;
}

void Scheduler::remove(ThreadIndex thread)
{
    if (threads_[thread].is_announced) {
        unlink_announced(thread);
    } else if (threads_[thread].state == Thread::State::ready) {
        unlink_ready(thread);
    } else {
        assert(threads_[thread].state == Thread::State::asleep);
        stop_waiting(thread);
    }
}

void Scheduler::push(Queue& queue, ThreadIndex thread)
{
    threads_[thread].previous = queue.last;
    threads_[thread].next = no_index;
    if (queue.last == no_index) {
        queue.first = thread;
    } else {
        threads_[queue.last].next = thread;
    }
    queue.last = thread;
}

void Scheduler::unlink(Queue& queue, ThreadIndex thread)
{
    Thread& member = threads_[thread];
    if (member.previous == no_index) {
        queue.first = member.next;
    } else {
        threads_[member.previous].next = member.next;
    }
    if (member.next == no_index) {
        queue.last = member.previous;
    } else {
        threads_[member.next].previous = member.previous;
    }
    member.previous = no_index;
    member.next = no_index;
}

void Scheduler::fall_asleep(ThreadIndex thread, Thread::Waits waits,
                            std::optional<Nanoseconds> deadline)
{
    Thread& sleeper = threads_[thread];
    sleeper.state = Thread::State::asleep;
    sleeper.waits = waits;
    sleeper.deadline = deadline;
    if (deadline) {
        deadlines_.emplace(*deadline, thread);
    }
}

void Scheduler::stop_waiting(ThreadIndex thread)
{
    Thread& sleeper = threads_[thread];
    if (sleeper.deadline) {
        deadlines_.erase({*sleeper.deadline, thread});
        sleeper.deadline.reset();
    }
    if (is_queued(sleeper.waits)) {
        const auto queue = waiters_.find(sleeper.wait_address);
        assert(queue != waiters_.end());
        unlink(queue->second, thread);
        if (queue->second.first == no_index) {
            waiters_.erase(queue);
        }
    } else if (sleeper.waits == Thread::Waits::for_thread) {
        threads_[sleeper.joins].joiner = no_index;
        sleeper.joins = no_index;
    }
}

std::string Scheduler::check_queue(const Queue& queue, Thread::State state, std::uint64_t address,
                                   std::uint64_t& members) const
{
    ThreadIndex previous = no_index;
    for (ThreadIndex thread = queue.first; thread != no_index; thread = threads_[thread].next) {
        const Thread& member = threads_[thread];
        if (member.state != state || member.previous != previous) {
            return "a queue holds a thread that does not belong there";
        }
        if (state == Thread::State::asleep &&
            (!is_queued(member.waits) || member.wait_address != address)) {
            return "a thread is in the queue of an address it does not wait at";
        }
        previous = thread;
        if (++members > threads_->size()) {
            return "a queue runs in a circle";
        }
    }
    return previous == queue.last ? "" : "the end of a queue is not its last thread";
}

std::string Scheduler::check_invariants() const
{
    std::uint64_t ready = 0;
    std::uint64_t waiting = 0;
    std::string broken = check_queue(ready_, Thread::State::ready, 0, ready);
    for (const auto& [manager, announced] : announced_) {
        if (announced.queue.first == no_index) {
            return "a manager without news keeps a queue";
        }
        if (waiters_.contains(news_of(manager))) {
            return "a manager waits for news that there is";
        }
        if (broken.empty()) {
            broken = check_queue(announced.queue, Thread::State::ready, 0, ready);
        }
    }
    for (const auto& [address, queue] : waiters_) {
        if (queue.first == no_index) {
            return "an address without waiters keeps a queue";
        }
        if (broken.empty()) {
            broken = check_queue(queue, Thread::State::asleep, address, waiting);
        }
    }
    if (!broken.empty()) {
        return broken;
    }
    std::uint64_t timed = 0;
    std::size_t unattended = 0;
    for (ThreadIndex index = 0; index < threads_->size(); ++index) {
        const Thread& thread = threads_[index];
        const bool is_asleep = thread.state == Thread::State::asleep;
        if (thread.is_announced &&
            (thread.state != Thread::State::ready || !announced_.contains(thread.manager))) {
            return "a manager is not told of a thread that believes so";
        }
        unattended += thread.is_unattended ? 1 : 0;
        if (thread.is_unattended &&
            (thread.state != Thread::State::ready || thread.manager != sleeping_)) {
            return "a thread runs as it comes though its manager is there";
        }
        ready -= thread.state == Thread::State::ready ? 1 : 0;
        waiting -= is_asleep && is_queued(thread.waits) ? 1 : 0;
        timed += is_asleep && thread.deadline ? 1 : 0;
        if (is_asleep && thread.deadline && !deadlines_.contains({*thread.deadline, index})) {
            return "a thread with a deadline is not among the deadlines";
        }
        if (is_asleep && thread.waits == Thread::Waits::for_thread &&
            threads_[thread.joins].joiner != index) {
            return "a thread waits for one that does not know it";
        }
    }
    if (unattended != unattended_) {
        return "ready threads of the manager that sleeps are miscounted";
    }
    if (ready != 0 || waiting != 0 || timed != deadlines_.size()) {
        return "a ready or waiting thread is in no queue";
    }
    return "";
}

} // namespace glacis::supervisor
