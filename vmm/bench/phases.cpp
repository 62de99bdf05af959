#include "bench/phases.hpp"

#include "bench/lines.hpp"
#include "doctor/sample.hpp"

namespace glacis::bench {

namespace {

void take_line(std::vector<Phase>& phases, std::string_view text, const Moment& moment,
               std::uint64_t marked)
{
    const auto line = parse_line(text);
    if (line.word == "live" && line.numbers.size() == 1) {
        phases.push_back({line.numbers[0], {}, std::nullopt, 0});
        return;
    }
    if (phases.empty()) {
        phases.emplace_back();
    }
    Phase& phase = phases.back();
    if (line.word == "mark") {
        if (phase.exits_at_mark) { // the second one's own exit counts for itself
            const std::uint64_t between = moment.exits() - *phase.exits_at_mark - 1;
            phase.exits = (between + marked / 2) / marked;
        }
        phase.exits_at_mark = moment.exits();
    } else if (line.word == "round" && line.numbers.size() == 2) {
        phase.pairs.push_back(
            {static_cast<double>(line.numbers[0]), static_cast<double>(line.numbers[1])});
    }
}

} // namespace

Result<std::vector<Phase>> run_phases(const SystemDescription& system, std::uint64_t marked)
{
    std::vector<Phase> phases;
    Watch watch;
    watch.line = [&](std::string_view line, const Moment& moment) {
        take_line(phases, line, moment, marked);
    };
    const auto report = run_guest(system, watch);
    if (!report) {
        return report.error();
    }
    if (phases.empty()) {
        return HostError{"", 0, "the guest program '" + system.name + "' measured nothing"};
    }
    return phases;
}

void compare_phases(BenchResult& result, const std::vector<Phase>& phases, std::uint64_t few,
                    std::uint64_t many)
{
    std::vector<double> few_values;
    std::vector<double> few_ratios;
    std::vector<double> many_values;
    std::vector<double> many_ratios;
    for (const Phase& phase : phases) {
        if (phase.live != few && phase.live != many) {
            continue;
        }
        for (const Pair& pair : phase.pairs) {
            (phase.live == few ? few_values : many_values).push_back(pair.value);
            (phase.live == few ? few_ratios : many_ratios).push_back(pair.value / pair.floor);
        }
        if (phase.live == many) {
            result.exits = phase.exits;
        }
    }
    result.samples = many_values.size();
    result.median = doctor::median(many_values);
    result.floor_median = doctor::median(few_values);
    const double few_ratio = doctor::median(few_ratios);
    result.ratio = few_ratio > 0 ? doctor::median(many_ratios) / few_ratio : 0;
}

} // namespace glacis::bench
