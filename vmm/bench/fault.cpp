// From a guest's bad access to the fault's record in hand, beside a bare exit.

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/lines.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"
#include "machine/kick.hpp"

namespace glacis::bench {

namespace {

// As in bench/fault_cost.c: where the times lie from the printed address on, and the hypercalls
// between the printing and the access.
constexpr std::uint64_t bare_offset = 0;
constexpr std::uint64_t begun_offset = 8;
constexpr std::uint64_t calls_before = 4;

} // namespace

Measured measure_fault(std::size_t samples)
{
    auto system = describe("fault_cost", {});
    if (!system) {
        return system.error();
    }
    system->domains[0].on_fault = FaultPolicy::restart;
    system->domains[0].max_restarts = static_cast<std::uint32_t>(samples);

    std::uint64_t address = 0;
    std::uint64_t exits_at_line = 0;
    std::uint64_t exits = 0;
    std::vector<Pair> pairs;
    Watch watch;
    watch.line = [&](std::string_view text, const Moment& moment) {
        const auto line = parse_line(text);
        if (line.word == "at" && line.numbers.size() == 1) {
            address = line.numbers[0];
            exits_at_line = moment.exits();
        }
    };
    watch.fault = [&](const Moment& moment) {
        const std::uint64_t now = monotonic_now();
        exits = moment.exits() - exits_at_line - calls_before;
        pairs.push_back({static_cast<double>(moment.word(address + bare_offset)),
                         static_cast<double>(now - moment.word(address + begun_offset))});
    };
    const auto report = run_guest(*system, watch);
    if (!report) {
        return report.error();
    }
    if (pairs.size() < 2) {
        return HostError{"", 0, "the guest program 'fault_cost' did not fault as it should"};
    }
    BenchResult result;
    result.name = "fault.report";
    result.unit = "ns";
    result.floor = "one bare exit";
    result.targets = {{Target::Kind::exits_exactly, 1}};
    result.exits = exits;
    result.parts.emplace_back("the first fault, which reads the program's symbols",
                              pairs.front().value);
    pairs.erase(pairs.begin());
    set_from_pairs(result, pairs);
    return std::vector<BenchResult>{result};
}

} // namespace glacis::bench
