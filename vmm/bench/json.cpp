#include <nlohmann/json.hpp>

#include "bench/bench.hpp"

namespace glacis::bench {

namespace {

using nlohmann::ordered_json;

ordered_json target_json(const BenchResult& result, const Target& target)
{
    const char* kind = target.kind == Target::Kind::ratio_at_most     ? "ratio_at_most"
                       : target.kind == Target::Kind::ratio_more_than ? "ratio_more_than"
                                                                      : "exits";
    return {{"kind", kind}, {"value", target.value}, {"reached", result.has_reached(target)}};
}

ordered_json result_json(const BenchResult& result)
{
    ordered_json targets = ordered_json::array();
    for (const Target& target : result.targets) {
        targets.push_back(target_json(result, target));
    }
    ordered_json parts = ordered_json::array();
    for (const auto& [what, value] : result.parts) {
        parts.push_back({{"what", what}, {"value", value}});
    }
    return {
        {"name", result.name},
        {"unit", result.unit},
        {"median", result.median},
        {"floor", result.floor},
        {"floor_median", result.floor_median},
        {"ratio", result.ratio},
        {"exits", result.exits ? ordered_json(*result.exits) : ordered_json(nullptr)},
        {"ring_0_instructions", result.ring_0_instructions
                                    ? ordered_json(*result.ring_0_instructions)
                                    : ordered_json(nullptr)},
        {"samples", result.samples},
        {"targets", std::move(targets)},
        {"parts", std::move(parts)},
    };
}

} // namespace

std::string to_json(const BenchReport& report)
{
    ordered_json results = ordered_json::array();
    for (const BenchResult& result : report.results) {
        results.push_back(result_json(result));
    }
    ordered_json skipped = ordered_json::array();
    for (const Skipped& each : report.skipped) {
        skipped.push_back({{"name", each.name}, {"reason", each.reason}});
    }
    const ordered_json document{
        {"results", std::move(results)},
        {"skipped", std::move(skipped)},
        {"doctor", ordered_json::parse(doctor::to_json(report.doctor))},
    };
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace glacis::bench
