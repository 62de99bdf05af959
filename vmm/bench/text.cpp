#include <cstdio>

#include "bench/bench.hpp"

namespace glacis::bench {

namespace {

std::string padded(std::string text, std::size_t width)
{
    if (text.size() < width) {
        text.resize(width, ' ');
    }
    return text;
}

std::string right(const std::string& text, std::size_t width)
{
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string number(double value, int digits)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

/// A value with a unit that suits it.
std::string amount(double value, const std::string& unit)
{
    constexpr double thousand = 1000;
    if (unit == "ns") {
        return number(value / thousand, 1) + " us";
    }
    return number(value, 0) + " " + unit;
}

std::string target_text(const Target& target)
{
    switch (target.kind) {
    case Target::Kind::ratio_at_most:
        return "at most " + number(target.value, 2) + " x";
    case Target::Kind::ratio_more_than:
        return "more than " + number(target.value, 2) + " x";
    case Target::Kind::exits_exactly:
        break;
    }
    return number(target.value, 0) + (target.value == 1 ? " exit" : " exits");
}

std::string targets_text(const BenchResult& result)
{
    std::string text;
    bool is_reached = true;
    for (const Target& target : result.targets) {
        text += (text.empty() ? "" : ", ") + target_text(target);
        is_reached = is_reached && result.has_reached(target);
    }
    return text.empty() ? "" : text + (is_reached ? ": reached" : ": NOT REACHED");
}

constexpr std::size_t name_width = 28;
constexpr std::size_t column_width = 14;

} // namespace

std::string to_text(const BenchReport& report)
{
    std::string text = padded("name", name_width) + right("median", column_width) +
                       right("floor", column_width) + right("ratio", 8) + right("exits", 7) +
                       "  target\n";
    for (const BenchResult& result : report.results) {
        std::string line = padded(result.name, name_width);
        line += right(amount(result.median, result.unit), column_width);
        line += right(amount(result.floor_median, result.unit), column_width);
        line += right(number(result.ratio, 2), 8);
        line += right(result.exits ? std::to_string(*result.exits) : "-", 7);
        line += "  " + targets_text(result);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    text += "\n";
    for (const BenchResult& result : report.results) {
        text += padded(result.name, name_width) + "floor: " + result.floor + "; " +
                std::to_string(result.samples) + " samples\n";
        for (const auto& [what, value] : result.parts) {
            text += padded("", name_width) + right(amount(value, result.unit), column_width) +
                    "  " + what + "\n";
        }
    }
    for (const Skipped& skipped : report.skipped) {
        text += padded(skipped.name, name_width) + "skipped: " + skipped.reason + "\n";
    }
    text += "\nhost: " + report.doctor.host.kernel + ", " + report.doctor.kvm.flavour +
            " (paging " + report.doctor.kvm.paging + "), " + report.doctor.host.cpu + ", " +
            std::to_string(report.doctor.host.cpus) + " CPUs; `glacis doctor` tells more\n";
    return text;
}

} // namespace glacis::bench
