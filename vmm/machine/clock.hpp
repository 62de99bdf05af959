// The time that a system lives by: the host's, or one of its own that only what it does moves on.
//
// A system with a time of its own does the same each time it is run, one vCPU at a time: no slice,
// limit or sleep ends by the clock of a host that is now fast and now slow. Time then passes with
// each exit, and leaps to the next thing that is due when nobody can run, or when the thread that
// runs has not left the guest for so long that it must be taken to hang.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace glacis {

/// How long a system with a time of its own may keep its host busy, in nanoseconds of processor
/// time.
struct Patience {
    std::uint64_t without_exit = 200'000'000;   ///< until a thread is taken to hang
    std::uint64_t altogether = 10'000'000'000U; ///< until the system is ended
    /// Exits for something that the guest did itself, and no intervention, until the system is
    /// ended. Unlike the times these are the same whatever the host does meanwhile.
    std::uint64_t exits = UINT64_MAX;
};

class Clock {
public:
    /// The host's monotonic clock, or with `patience` a time of its own.
    explicit Clock(const std::optional<Patience>& patience) : patience_(patience) {}

    [[nodiscard]] bool is_own() const { return patience_.has_value(); }
    /// Nanoseconds. Any thread.
    [[nodiscard]] std::uint64_t now() const;
    /// Nanoseconds since 1970, as guests see them.
    [[nodiscard]] std::uint64_t calendar() const;

    // The rest is for time of its own, on the thread of the only vCPU or of that with the baton.

    /// A vCPU has come out of the guest for something that it did itself.
    void tick();
    /// Likewise, and no intervention made it come out. Whether that has been as often as the system
    /// may at all.
    [[nodiscard]] bool count_exit() { return ++exits_ >= patience_->exits; }
    /// What is due next.
    void set_due(std::optional<std::uint64_t> time) { due_ = time; }
    /// To what is due; false when nothing is.
    [[nodiscard]] bool leap();
    /// `by` nanoseconds, in which nobody did anything.
    void pass(std::uint64_t by);

    enum class Verdict {
        go_on,
        hangs,      ///< nothing has come out of the guest for too long
        takes_long, ///< too much processor time altogether
    };
    /// Says what to think of a system that is still running; to be asked at each watch().
    [[nodiscard]] Verdict judge();
    /// When to ask again, by the host's monotonic clock.
    [[nodiscard]] std::uint64_t next_watch() const;

private:
    std::optional<Patience> patience_;
    std::atomic<std::uint64_t> own_{0};
    std::optional<std::uint64_t> due_;
    std::uint64_t ticks_ = 0;
    std::uint64_t exits_ = 0;
    std::uint64_t ticks_seen_ = UINT64_MAX;
    std::uint64_t used_seen_ = 0; ///< processor time when ticks_seen_ was taken
    std::optional<std::uint64_t> used_at_start_;
};

} // namespace glacis
