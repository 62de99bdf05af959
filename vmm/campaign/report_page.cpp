#include "campaign/report_page.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <nlohmann/json.hpp>

#include <glacis/abi/layout.h>

#include "campaign/archive.hpp"
#include "campaign/markup.hpp"

extern "C" const char glacis_report_page[];
extern "C" const char glacis_report_page_end[];

namespace glacis::campaign {

namespace {

using nlohmann::ordered_json;

/// All escapes first, then from the others evenly. In order of runs.
std::vector<const Record*> runs_of_page(const Records& records)
{
    const auto has_escaped = [](const Record& record) {
        return record.with.verdict.outcome == Outcome::escape;
    };
    const auto escapes = static_cast<std::uint64_t>(
        std::count_if(records.begin(), records.end(),
                      [&](const auto& each) { return has_escaped(each.second); }));
    const std::uint64_t others = records.size() - escapes;
    const std::uint64_t room = most_runs_of_a_page - std::min(escapes, most_runs_of_a_page);
    const std::uint64_t wanted = std::min(others, room);
    std::vector<const Record*> chosen;
    std::uint64_t escapes_seen = 0;
    std::uint64_t others_seen = 0;
    for (const auto& [run, record] : records) {
        if (has_escaped(record)) {
            if (escapes_seen++ < most_runs_of_a_page) {
                chosen.push_back(&record);
            }
            continue;
        }
        const std::uint64_t before = others_seen * wanted / others;
        ++others_seen;
        if (others_seen * wanted / others != before) {
            chosen.push_back(&record);
        }
    }
    return chosen;
}

/// Numbers of scripts hold 53 bits: larger ones become their digits.
void keep_exact(ordered_json& value)
{
    constexpr std::uint64_t largest = (std::uint64_t{1} << 53) - 1;
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > largest) {
        value = std::to_string(value.get<std::uint64_t>());
    } else if (value.is_structured()) {
        for (ordered_json& each : value) {
            keep_exact(each);
        }
    }
}

/// For a script element of JSON: with no `<` nothing in it ends the element or begins a comment.
std::string script_text(const ordered_json& value)
{
    const std::string plain = value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    std::string text;
    text.reserve(plain.size());
    for (const char c : plain) {
        if (c == '<') {
            text += "\\u003c";
        } else {
            text += c;
        }
    }
    return text;
}

std::string data_text(const ArchiveContent& content, const Tally& tally)
{
    const ArchiveHead& head = content.head;
    ordered_json runs = ordered_json::array();
    for (const Record* record : runs_of_page(content.records)) {
        ordered_json entry = to_json(*record);
        entry["when"] = trigger_text(record->fault, record->place);
        runs.push_back(std::move(entry));
    }
    ordered_json data{{"name", head.name},
                      {"runs", head.runs},
                      {"shard", head.shard.index + 1},
                      {"shards", head.shard.count},
                      {"stack_slot", GLACIS_STACK_SLOT_SIZE_DEFAULT},
                      {"context", to_json(head.context)},
                      {"summary", tally.json()},
                      {"records", std::move(runs)}};
    keep_exact(data);
    return script_text(data);
}

std::string lines_escaped(const std::string& text)
{
    std::string result;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        result += markup_escaped(line) + "\n";
    }
    return result;
}

} // namespace

std::string report_page(const ArchiveContent& content, const Tally& tally)
{
    const std::string_view page(glacis_report_page, glacis_report_page_end - glacis_report_page);
    const std::string title = markup_escaped(content.head.name + ": campaign of fault injection");
    std::string result;
    // In one go, so that nothing that is filled in is taken for a place.
    for (std::size_t at = 0; at < page.size();) {
        const std::size_t place = std::min(page.find("{{", at), page.size());
        result += page.substr(at, place - at);
        const std::string_view rest = page.substr(place);
        at = place;
        if (rest.starts_with("{{title}}")) {
            result += title;
            at += std::string_view("{{title}}").size();
        } else if (rest.starts_with("{{text}}")) {
            result += lines_escaped(tally.text());
            at += std::string_view("{{text}}").size();
        } else if (rest.starts_with("{{data}}")) {
            result += data_text(content, tally);
            at += std::string_view("{{data}}").size();
        } else if (!rest.empty()) {
            result += page[at++];
        }
    }
    return result;
}

} // namespace glacis::campaign
