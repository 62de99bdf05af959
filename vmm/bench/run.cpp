#include <array>

#include "bench/bench.hpp"
#include "bench/benchmarks.hpp"
#include "doctor/examine.hpp"

namespace glacis::bench {

namespace {

struct Benchmark {
    const char* name;
    std::size_t samples;
    Measured (*measure)(std::size_t samples);
};

constexpr std::array<Benchmark, 16> benchmarks{{
    {"launch", 60, &measure_launch},
    {"stack.alloc_free", 60, &measure_stack_cost},
    {"stack.alloc_free_30000", 60, &measure_many_stacks},
    {"stack.alloc_two_vcpus", 60, &measure_two_vcpus},
    {"fault.report", 60, &measure_fault},
    {"call.prepared", 60, &measure_prepared_calls},
    {"call.attended", 60, &measure_attended_calls},
    {"call.first", 20, &measure_first_calls},
    {"call.scrub", 40, &measure_scrubbed_calls},
    {"grant.revoke", 100, &measure_grants},
    {"thread.switch", 60, &measure_switches},
    {"domain.create_destroy", 60, &measure_domains},
    {"inject.rate", 60, &measure_injection},
    {"inject.reset", 60, &measure_resets},
    {"memory.per_domain", 1000, &measure_domain_memory},
    {"memory.per_stack", 2000, &measure_stack_memory},
}};

} // namespace

bool BenchResult::has_reached(const Target& target) const
{
    switch (target.kind) {
    case Target::Kind::ratio_at_most:
        return ratio <= target.value;
    case Target::Kind::ratio_more_than:
        return ratio > target.value;
    case Target::Kind::exits_exactly:
        break;
    }
    return exits && static_cast<double>(*exits) == target.value;
}

Result<BenchReport> run_benchmarks(const BenchOptions& options)
{
    BenchReport report;
    report.doctor = doctor::examine_host();
    if (report.doctor.verdict == doctor::Verdict::unusable) {
        return HostError{"", 0, "this host cannot run guests: " + report.doctor.reasons.front()};
    }
    for (const Benchmark& benchmark : benchmarks) {
        const std::string name = benchmark.name;
        if (name.find(options.filter) == std::string::npos) {
            continue;
        }
        auto measured = benchmark.measure(options.repeat.value_or(benchmark.samples));
        if (!measured) {
            report.skipped.push_back({name, measured.error().text()});
            continue;
        }
        for (BenchResult& result : *measured) {
            report.results.push_back(std::move(result));
        }
    }
    return report;
}

} // namespace glacis::bench
