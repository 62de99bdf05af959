// Calls across domains: prepared, by exits, for the first time, scrubbed.

#include <optional>

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/lines.hpp"
#include "bench/pipes.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"
#include "bench/trap_floor.hpp"
#include "description/gates.hpp"
#include "doctor/sample.hpp"
#include "doctor/statistics.hpp"

namespace glacis::bench {

namespace {

constexpr double hundredths = 100;
constexpr std::uint64_t places = 20; // as in bench/gate_cost.c

/// The caller, and the server with both its exports.
Result<SystemDescription> describe_gates(std::size_t samples, const std::string& what)
{
    auto system = describe("gate_cost", {std::to_string(samples), what});
    auto server = describe("gate_server", {});
    if (!system || !server) {
        return system ? server.error() : system.error();
    }
    constexpr std::uint64_t stack = 0x40000;
    system->domains[0].stack_commit = system->domains[0].stack_limit = stack;
    system->domains.push_back(server->domains[0]);
    for (const char* name : {"nothing", "dirty"}) {
        GateDescription gate;
        gate.callee = "gate_server";
        gate.name = name;
        system->domains[0].gates.push_back(gate);
        system->domains[1].exports.push_back({name, Scrub::none});
    }
    return system;
}

/// One line: the call, and what else the guest measured.
using OnRound = std::function<void(double call_ns, double other_ns, const Moment& moment)>;

Result<RunReport> run_rounds(SystemDescription& system, const OnRound& on_round,
                             const std::function<void(const Line&, const Moment&)>& on_other = {})
{
    link_gates(system);
    Watch watch;
    watch.line = [&](std::string_view text, const Moment& moment) {
        const auto line = parse_line(text);
        if (line.word == "round" && line.numbers.size() == 2) {
            on_round(static_cast<double>(line.numbers[0]) / hundredths,
                     static_cast<double>(line.numbers[1]) / hundredths, moment);
        } else if (on_other) {
            on_other(line, moment);
        }
    };
    return run_guest(system, watch);
}

BenchResult named(std::string name, std::string floor)
{
    BenchResult result;
    result.name = std::move(name);
    result.unit = "ns";
    result.floor = std::move(floor);
    return result;
}

} // namespace

Measured measure_prepared_calls(std::size_t samples)
{
    auto system = describe_gates(samples, "prepared");
    if (!system) {
        return system.error();
    }
    auto floor = TrapFloor::create();
    auto pipes = Pipes::create();
    if (!floor || !pipes) {
        return floor ? pipes.error() : floor.error();
    }
    std::vector<Pair> calls;
    std::vector<Pair> functions;
    std::vector<Pair> through_pipes;
    std::optional<std::uint64_t> exits_before;
    std::uint64_t exits = 0;
    const auto report =
        run_rounds(*system, [&](double call, double function, const Moment& moment) {
            // Between two lines: a clock before, between and after, and the line itself.
            constexpr std::uint64_t own = 4;
            if (exits_before) {
                exits = moment.exits() - *exits_before - own;
            }
            const double floor_ns = floor->pair_ns();
            calls.push_back({floor_ns, call});
            functions.push_back({function, call});
            through_pipes.push_back({(*pipes)->round_trip_ns(), call});
            exits_before = moment.exits();
        });
    if (!report) {
        return report.error();
    }
    BenchResult prepared = named("call.prepared", "two bare traps with a switch of the root each");
    prepared.targets = {{Target::Kind::exits_exactly, 0}, {Target::Kind::ratio_at_most, 1.3}};
    prepared.exits = exits;
    prepared.ring_0_instructions = floor->instructions_of_a_call();
    set_from_pairs(prepared, calls);
    BenchResult beside_pipes =
        named("call.beside_pipes", "a byte through two pipes to a process and back");
    set_from_pairs(beside_pipes, through_pipes);
    BenchResult beside_function = named("call.beside_function", "a call of a function");
    set_from_pairs(beside_function, functions);
    return std::vector<BenchResult>{prepared, beside_pipes, beside_function};
}

/// The same call where each one goes by way of the VMM, as one with a time limit does.
Measured measure_attended_calls(std::size_t samples)
{
    std::vector<double> prepared;
    auto first = describe_gates(samples, "prepared");
    auto second = describe_gates(samples, "attended");
    if (!first || !second) {
        return first ? second.error() : first.error();
    }
    constexpr std::uint64_t a_minute = 60'000'000'000;
    second->domains[0].gates[0].time_limit_ns = a_minute;
    const auto base =
        run_rounds(*first, [&](double call, double, const Moment&) { prepared.push_back(call); });
    if (!base) {
        return base.error();
    }
    std::vector<Pair> pairs;
    const double floor = doctor::median(prepared);
    const auto report = run_rounds(*second, [&](double call, double, const Moment&) {
        pairs.push_back({floor, call});
    });
    if (!report) {
        return report.error();
    }
    BenchResult result = named("call.attended", "the same call, prepared");
    result.exits = 2;
    set_from_pairs(result, pairs);
    return std::vector<BenchResult>{result};
}

Measured measure_first_calls(std::size_t)
{
    auto system = describe_gates(1, "first");
    if (!system) {
        return system.error();
    }
    BenchResult first = named("call.first", "the same call, prepared");
    std::vector<std::uint64_t> exits;
    std::vector<double> pages;
    const auto report = run_rounds(
        *system,
        [&](double call, double prepared, const Moment&) {
            set_from_pairs(first, {{prepared, call}});
        },
        [&](const Line& line, const Moment& moment) {
            if (line.word == "mark") {
                exits.push_back(moment.exits());
                pages.push_back(static_cast<double>(moment.table_pages()));
            }
        });
    if (!report || exits.size() != 2) {
        return report ? HostError{"", 0, "the guest printed no marks"} : report.error();
    }
    const std::uint64_t clocks = 2 * places + 1; // and the mark's own line
    first.exits = (exits[1] - exits[0] - clocks + places / 2) / places;
    first.samples = places;
    BenchResult window;
    window.name = "memory.per_window";
    window.unit = "bytes";
    window.floor = "the page tables that it needs";
    window.floor_median = (pages[1] - pages[0]) / places * GLACIS_PAGE_SIZE;
    window.median = window.floor_median + sizeof(CallState::Window);
    window.ratio = window.floor_median > 0 ? window.median / window.floor_median : 0;
    window.samples = places;
    window.parts = {{"guest page tables", window.floor_median},
                    {"records of the VMM", sizeof(CallState::Window)}};
    return std::vector<BenchResult>{first, window};
}

Measured measure_scrubbed_calls(std::size_t samples)
{
    auto system = describe_gates(samples, "dirty");
    if (!system) {
        return system.error();
    }
    for (ExportDescription& exported : system->domains[1].exports) {
        exported.scrub = Scrub::on_return;
    }
    std::vector<std::pair<std::uint64_t, std::vector<double>>> phases;
    const auto report = run_rounds(
        *system, [&](double call, double, const Moment&) { phases.back().second.push_back(call); },
        [&](const Line& line, const Moment&) {
            if (line.word == "pages" && line.numbers.size() == 1) {
                phases.push_back({line.numbers[0], {}});
            }
        });
    if (!report) {
        return report.error();
    }
    std::vector<BenchResult> results;
    const double floor = doctor::median(phases.front().second);
    for (const auto& [pages, values] : phases) {
        if (pages == 0) {
            continue;
        }
        BenchResult result =
            named("call.scrub_" + std::to_string(pages) + (pages == 1 ? "_page" : "_pages"),
                  "the same where the callee writes no page of its own");
        std::vector<Pair> pairs;
        for (const double value : values) {
            pairs.push_back({floor, value});
        }
        set_from_pairs(result, pairs);
        results.push_back(std::move(result));
    }
    return results;
}

} // namespace glacis::bench
