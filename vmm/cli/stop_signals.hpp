// Ctrl-C for work that ends by itself when it is told to.
#pragma once

#include <atomic>
#include <csignal>

namespace glacis::cli {

/// For as long as this lives SIGINT and SIGTERM are kept instead of ending the process. One at a
/// time.
class StopSignals {
public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// The last that came; 0 for none.
    [[nodiscard]] static const std::atomic<int>& received();

private:
    struct sigaction old_interrupt_ {};
    struct sigaction old_terminate_ {};
};

} // namespace glacis::cli
