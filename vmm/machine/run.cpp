#include "machine/run.hpp"

#include <algorithm>
#include <csignal>
#include <pthread.h>
#include <thread>

#include "machine/core.hpp"
#include "machine/intervention.hpp"
#include "machine/vcpu_loop.hpp"

namespace glacis {

namespace {

/// SIGINT and SIGTERM end the system for as long as this lives.
class InterruptSignals {
public:
    explicit InterruptSignals(std::atomic<int>& received)
    {
        receiver.store(&received);
        struct sigaction action {};
        action.sa_handler = &InterruptSignals::on_signal;
        sigemptyset(&action.sa_mask);
        sigaction(SIGINT, &action, &old_interrupt_);
        sigaction(SIGTERM, &action, &old_terminate_);
    }
    ~InterruptSignals()
    {
        sigaction(SIGINT, &old_interrupt_, nullptr);
        sigaction(SIGTERM, &old_terminate_, nullptr);
        receiver.store(nullptr);
    }
    InterruptSignals(const InterruptSignals&) = delete;
    InterruptSignals& operator=(const InterruptSignals&) = delete;

private:
    static void on_signal(int signal)
    {
        if (std::atomic<int>* target = receiver.load()) {
            target->store(signal);
            Kick::send_to_self();
        }
    }
    static inline std::atomic<std::atomic<int>*> receiver{nullptr};
    struct sigaction old_interrupt_ {};
    struct sigaction old_terminate_ {};
};

/// The other vCPUs' threads leave these signals to the calling one, which vCPU 0 runs on.
std::vector<std::thread> start_threads(Core& core)
{
    sigset_t blocked;
    sigset_t old;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &old);
    std::vector<std::thread> threads;
    for (std::uint32_t id = 1; id < core.system.vcpus; ++id) {
        threads.emplace_back([&core, id] { VcpuLoop(core, id).run(); });
    }
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    return threads;
}

} // namespace

Result<RunReport> run_system(const SystemDescription& system, const RunOptions& options)
{
    Core core(system, options);
    if (auto built = core.build(); !built) {
        return built.error();
    }
    return run_built(core);
}

Result<RunReport> run_built(Core& core)
{
    const RunOptions& options = core.options;
    std::optional<InterruptSignals> signals;
    if (options.intervention == nullptr) {
        signals.emplace(core.interrupted);
    } else if (auto done = options.intervention->on_built(core); !done) {
        return done.error();
    }
    if (options.timeout_ns) {
        core.deadline = core.clock.now() + *options.timeout_ns;
    }
    std::vector<std::thread> threads = start_threads(core);
    VcpuLoop(core, 0).run();
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (std::size_t domain = 0; domain < core.domains.size(); ++domain) {
        core.console.finish(domain);
    }
    if (options.intervention != nullptr) {
        options.intervention->on_end(core);
    }
    if (core.host_failure()) {
        return *core.host_failure();
    }
    RunReport report = core.report();
    report.outputs = core.outputs();
    return report;
}

} // namespace glacis
