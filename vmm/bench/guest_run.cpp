#include "bench/guest_run.hpp"

#include <cstring>
#include <thread>
#include <vector>

#include "machine/vcpu_loop.hpp"

namespace glacis::bench {

std::uint64_t Moment::exits() const
{
    return core_.vcpus.front()->cpu->exits();
}

std::uint64_t Moment::owned_bytes() const
{
    std::uint64_t bytes = 0;
    for (const supervisor::OwnedPages& owned : core_.supervisor->owned_pages()) {
        bytes += owned.pages.size();
    }
    return bytes;
}

std::uint64_t Moment::word(std::uint64_t address) const
{
    std::uint64_t value = 0;
    if (const std::uint8_t* own = core_.space->own(address, sizeof value)) {
        std::memcpy(&value, own, sizeof value);
    }
    return value;
}

Result<RunReport> run_guest(const SystemDescription& system, const Watch& watch)
{
    Core* running = nullptr;
    RunOptions options;
    options.console = [&](std::string_view, std::string_view line) {
        if (watch.line) {
            watch.line(line, Moment(*running));
        }
    };
    options.on_fault = [&](const FaultRecord&) {
        if (watch.fault) {
            watch.fault(Moment(*running));
        }
    };
    Core core(system, options);
    running = &core;
    if (auto built = core.build(); !built) {
        return built.error();
    }
    std::vector<std::thread> threads;
    for (std::uint32_t id = 1; id < system.vcpus; ++id) {
        threads.emplace_back([&core, id] { VcpuLoop(core, id).run(); });
    }
    VcpuLoop(core, 0).run();
    for (std::thread& thread : threads) {
        thread.join();
    }
    if (core.host_failure()) {
        return *core.host_failure();
    }
    RunReport report = core.report();
    if (!watch.fault && report.exit_status() != 0) {
        return HostError{"", 0, "the guest program '" + system.name + "' did not end well"};
    }
    return report;
}

} // namespace glacis::bench
