// Giving a page to another domain and taking it back, while that domain runs on another vCPU.

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/lines.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"

namespace glacis::bench {

namespace {

BenchResult result_of(std::string name, const std::vector<Pair>& pairs)
{
    BenchResult result;
    result.name = std::move(name);
    result.unit = "ns";
    result.floor = "a bare hypercall, the other vCPU as busy";
    result.exits = 1;
    set_from_pairs(result, pairs);
    return result;
}

Result<SystemDescription> describe_two(std::size_t samples)
{
    auto system = describe("grant_cost", {"owner", std::to_string(samples)});
    if (!system) {
        return system;
    }
    RegionDescription meeting;
    meeting.name = "meet";
    meeting.size = meeting.content_size = GLACIS_PAGE_SIZE;
    system->regions.push_back(meeting);
    system->domains[0].regions.push_back({0, PD_PERM_READ | PD_PERM_WRITE});
    system->domains.push_back(system->domains[0]);
    system->domains[1].name = "user";
    system->domains[1].arguments = {"user"};
    system->vcpus = 2;
    return system;
}

} // namespace

Measured measure_grants(std::size_t samples)
{
    auto system = describe_two(samples);
    if (!system) {
        return system.error();
    }
    std::vector<Pair> revocations;
    std::vector<Pair> grants;
    Watch watch;
    watch.line = [&](std::string_view text, const Moment&) {
        const auto line = parse_line(text);
        if (line.word == "round" && line.numbers.size() == 3 && line.numbers[0] != 0) {
            const auto bare = static_cast<double>(line.numbers[0]);
            revocations.push_back({bare, static_cast<double>(line.numbers[1])});
            grants.push_back({bare, static_cast<double>(line.numbers[2])});
        }
    };
    const auto report = run_guest(*system, watch);
    if (!report) {
        return report.error();
    }
    return std::vector<BenchResult>{result_of("grant.revoke", revocations),
                                    result_of("grant.give", grants)};
}

} // namespace glacis::bench
