#include "machine/clock.hpp"

#include <ctime>

#include "machine/kick.hpp"

namespace glacis {

namespace {

/// What passes with an exit.
constexpr std::uint64_t step = 1000;
/// 2026-01-01 00:00:00 UTC
constexpr std::uint64_t own_beginning = 1'767'225'600'000'000'000;

std::uint64_t read(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace

std::uint64_t Clock::now() const
{
    return is_own() ? own_.load(std::memory_order_relaxed) : monotonic_now();
}

std::uint64_t Clock::calendar() const
{
    return is_own() ? own_beginning + now() : read(CLOCK_REALTIME);
}

void Clock::tick()
{
    ++ticks_;
    pass(step);
}

void Clock::pass(std::uint64_t by)
{
    own_.fetch_add(by, std::memory_order_relaxed);
}

bool Clock::leap()
{
    if (!due_) {
        return false;
    }
    if (*due_ > now()) {
        own_.store(*due_, std::memory_order_relaxed);
    }
    due_.reset();
    return true;
}

Clock::Verdict Clock::judge()
{
    const std::uint64_t used = read(CLOCK_PROCESS_CPUTIME_ID); // of one vCPU's thread at a time
    if (!used_at_start_) {
        used_at_start_ = used;
    }
    if (used - *used_at_start_ >= patience_->altogether) {
        return Verdict::takes_long;
    }
    if (ticks_ != ticks_seen_) {
        ticks_seen_ = ticks_;
        used_seen_ = used;
        return Verdict::go_on;
    }
    if (used - used_seen_ < patience_->without_exit) {
        return Verdict::go_on;
    }
    used_seen_ = used;
    return Verdict::hangs;
}

std::uint64_t Clock::next_watch() const
{
    return monotonic_now() + patience_->without_exit;
}

} // namespace glacis
