#include "cli/progress.hpp"

#include <unistd.h>

#include "cli/output.hpp"
#include "machine/kick.hpp"

namespace glacis::cli {

using namespace campaign;

Progress::Progress(std::string name, std::uint64_t all, std::uint64_t done)
    : name_(std::move(name)), all_(all), done_(done), done_before_(done),
      is_terminal_(isatty(STDERR_FILENO) != 0), start_(monotonic_now())
{
}

void Progress::add(const Record& record)
{
    constexpr std::uint64_t parts = 10;
    ++done_;
    ++outcomes_[static_cast<std::size_t>(record.with.verdict.outcome)];
    const bool is_tenth = done_ * parts / all_ != (done_ - 1) * parts / all_;
    if (!is_terminal_ && is_tenth) {
        complain(line() + "\n");
    }
}

void Progress::show()
{
    constexpr std::uint64_t interval = 200'000'000;
    const std::uint64_t now = monotonic_now();
    if (is_terminal_ && now - shown_ >= interval) {
        shown_ = now;
        complain("\r\x1b[K" + line());
    }
}

void Progress::end() const
{
    if (is_terminal_) {
        complain("\r\x1b[K");
    }
}

std::string Progress::line() const
{
    constexpr double second = 1e9;
    const double seconds = static_cast<double>(monotonic_now() - start_) / second;
    const double rate = seconds > 0 ? static_cast<double>(done_ - done_before_) / seconds : 0;
    std::string text = name_ + ": " + std::to_string(done_) + " of " + std::to_string(all_) +
                       " runs (" + std::to_string(done_ * 100 / all_) + " %)";
    if (rate > 0) {
        const auto left = static_cast<std::uint64_t>(static_cast<double>(all_ - done_) / rate);
        text += ", " + std::to_string(static_cast<std::uint64_t>(rate)) + " a second, " +
                std::to_string(left) + " s left";
    }
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        if (outcomes_[i] != 0) {
            text +=
                "; " + std::to_string(outcomes_[i]) + " " + std::string(name_of(all_outcomes[i]));
        }
    }
    return text;
}

} // namespace glacis::cli
