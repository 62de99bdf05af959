#include "cli/stop_signals.hpp"

namespace glacis::cli {

namespace {

std::atomic<int> last{0};

} // namespace

StopSignals::StopSignals()
{
    last.store(0);
    struct sigaction action {};
    action.sa_handler = [](int signal) {
        last.store(signal);
    };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
}

StopSignals::~StopSignals()
{
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
}

const std::atomic<int>& StopSignals::received()
{
    return last;
}

} // namespace glacis::cli
