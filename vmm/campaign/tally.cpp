#include "campaign/tally.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace glacis::campaign {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t class_width = 26;
constexpr std::size_t count_width = 9;
constexpr std::array<std::string_view, all_outcomes.size()> headings{
    "inactive", "nothing", "detected", "timeout", "silent", "ESCAPE"};

std::string left(std::string_view text, std::size_t width)
{
    std::string field(text);
    field.resize(std::max(width, field.size()), ' ');
    return field;
}

std::string right(const std::string& text, std::size_t width)
{
    return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

std::string counts_text(const Tally::Counts& counts)
{
    std::string text;
    for (const std::uint64_t count : counts) {
        text += right(count == 0 ? "." : std::to_string(count), count_width);
    }
    return text;
}

std::string headings_text()
{
    std::string text;
    for (const std::string_view heading : headings) {
        text += right(std::string(heading), count_width);
    }
    return text;
}

ordered_json counts_json(const Tally::Counts& counts)
{
    ordered_json result = ordered_json::object();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        result[std::string(name_of(all_outcomes[i]))] = counts[i];
    }
    return result;
}

} // namespace

void Tally::add(const Record& record)
{
    ++runs_;
    Sides& sides = classes_[record.fault.fault_class];
    ++sides.with[static_cast<std::size_t>(record.with.verdict.outcome)];
    if (record.without) {
        has_baseline_ = true;
        ++sides.without[static_cast<std::size_t>(record.without->verdict.outcome)];
    }
    if (record.with.verdict.outcome == Outcome::detected) {
        ++mechanisms_[record.with.verdict.mechanism];
    }
}

Tally::Counts Tally::total(bool is_protected) const
{
    Counts total{};
    for (const auto& [fault_class, sides] : classes_) {
        const Counts& counts = is_protected ? sides.with : sides.without;
        for (std::size_t i = 0; i < total.size(); ++i) {
            total[i] += counts[i];
        }
    }
    return total;
}

std::string Tally::text() const
{
    const std::string gap = "  |";
    std::string text = left("", class_width) + right("with protection", count_width * 2) +
                       std::string(count_width * (headings.size() - 2), ' ');
    if (has_baseline_) {
        text += gap + right("without protection", count_width * 2 + 2);
    }
    text += "\n" + left("class of fault", class_width) + headings_text();
    text += has_baseline_ ? gap + headings_text() + "\n" : "\n";
    const auto line = [&](std::string_view name, const Counts& with, const Counts& without) {
        text += left(name, class_width) + counts_text(with);
        text += has_baseline_ ? gap + counts_text(without) + "\n" : "\n";
    };
    for (const auto& [fault_class, sides] : classes_) {
        line(inject::name_of(fault_class), sides.with, sides.without);
    }
    line("all", total(true), total(false));
    if (!mechanisms_.empty()) {
        text += "\ndetected with protection by:\n";
    }
    std::vector<std::pair<std::string, std::uint64_t>> sorted(mechanisms_.begin(),
                                                              mechanisms_.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& one, const auto& other) { return one.second > other.second; });
    for (const auto& [mechanism, count] : sorted) {
        text += right(std::to_string(count), count_width) + "  " + mechanism + "\n";
    }
    return text;
}

ordered_json Tally::json() const
{
    ordered_json classes = ordered_json::array();
    for (const auto& [fault_class, sides] : classes_) {
        ordered_json entry{{"class", inject::name_of(fault_class)},
                           {"group", inject::name_of(inject::group_of(fault_class))},
                           {"protected", counts_json(sides.with)}};
        entry["unprotected"] = has_baseline_ ? counts_json(sides.without) : ordered_json(nullptr);
        classes.push_back(std::move(entry));
    }
    return {{"runs", runs_},
            {"protected", counts_json(total(true))},
            {"unprotected", has_baseline_ ? counts_json(total(false)) : ordered_json(nullptr)},
            {"mechanisms", mechanisms_},
            {"classes", std::move(classes)}};
}

} // namespace glacis::campaign
