// From a campaign's file to what it says.

#include <algorithm>

#include "campaign/campaign.hpp"
#include "campaign/class_options.hpp"
#include "description/files.hpp"
#include "description/load.hpp"
#include "description/nearest.hpp"
#include "description/table_reader.hpp"
#include "description/value_check.hpp"
#include "machine/call_names.hpp"

namespace glacis::campaign {

namespace {

constexpr std::uint64_t default_time_limit = 1'000'000'000;
constexpr std::uint64_t default_hang = 200'000'000;
constexpr std::uint64_t shortest_hang = 10'000'000;

/// A class's name, or a group's, which stands for all of it.
void add_classes(const Located<std::string>& name, const std::string& title,
                 std::vector<Located<FaultClass>>& classes, ErrorList& errors)
{
    if (const auto known = inject::fault_class_named(name.value)) {
        classes.push_back({*known, name.at});
        return;
    }
    if (const auto group = inject::fault_group_named(name.value)) {
        for (const FaultClass each : inject::all_fault_classes()) {
            if (inject::group_of(each) == *group) {
                classes.push_back({each, name.at});
            }
        }
        return;
    }
    std::vector<std::string_view> names{"code", "data", "isolation", "time", "host"};
    for (const FaultClass each : inject::all_fault_classes()) {
        names.push_back(inject::name_of(each));
    }
    errors.add(name.at,
               title +
                   ": classes: expected a class of faults or a group of them (code, data, "
                   "isolation, time, host), found " +
                   in_quotes(name.value),
               did_you_mean(name.value, names));
}

std::optional<std::uint64_t> positive(const Optional<std::uint64_t>& value, const std::string& what,
                                      ErrorList& errors)
{
    if (value && value->value == 0) {
        errors.add(value->at, what + ": expected a number from 1 on, found 0");
    }
    return value ? std::optional(value->value) : std::nullopt;
}

bool is_yes(const Optional<std::string>& value, bool otherwise, const std::string& what,
            const char* yes, const char* no, ErrorList& errors)
{
    if (!value || value->value == yes || value->value == no) {
        return value ? value->value == yes : otherwise;
    }
    errors.add(value->at, what + ": expected \"" + yes + "\" or \"" + no + "\", found " +
                              in_quotes(value->value));
    return otherwise;
}

FaultEntry parse_entry(const toml::table& table, std::size_t index, ErrorList& errors)
{
    const std::string title = "fault " + std::to_string(index + 1);
    TableReader reader(table, title, errors);
    FaultEntry entry;
    entry.at = reader.position();
    std::vector<Located<std::string>> names = reader.strings("classes");
    if (const auto name = reader.string("class")) {
        names.push_back(*name);
    }
    for (const auto& name : names) {
        add_classes(name, title, entry.classes, errors);
    }
    const auto weight = reader.count("weight");
    entry.weight = positive(weight, title + ": weight", errors).value_or(1);
    if (entry.weight > most_weight) {
        errors.add(weight->at, title + ": weight: at most " + std::to_string(most_weight));
    }
    entry.domains = reader.strings("domains");
    entry.functions = reader.strings("functions");
    entry.is_anywhere =
        is_yes(reader.string("places"), false, title + ": places", "all", "executed", errors);
    entry.place = reader.string("at");
    if (const auto call = reader.string("call")) {
        const auto number = call_named(call->value);
        if (!number) {
            errors.add(call->at,
                       title +
                           ": call: expected the name of a hypercall such as "
                           "\"memory_alloc\", found " +
                           in_quotes(call->value),
                       did_you_mean(call->value, call_names()));
        }
        entry.call = Located<std::uint64_t>{number.value_or(0), call->at};
    }
    entry.after_ns = reader.duration("after");
    entry.nth = positive(reader.count("nth"), title + ": nth", errors);
    if (const auto times = reader.count("times")) {
        entry.times = times->value;
    }
    if (const auto amount = reader.size("amount")) {
        entry.amount = amount->value;
    }
    reader.finish();
    if (entry.classes.empty()) {
        errors.add(entry.at, title + ": class or classes: at least one is needed");
    }
    const int triggers = static_cast<int>(entry.place.has_value()) +
                         static_cast<int>(entry.call.has_value()) +
                         static_cast<int>(entry.after_ns.has_value());
    if (triggers > 1) {
        errors.add(entry.at, title + ": at, call and after exclude each other");
    }
    if (triggers != 0 && !entry.functions.empty()) {
        errors.add(entry.functions.front().at,
                   title + ": functions goes with none of at, call and after");
    }
    for (const auto& name : names) {
        const auto named_class = inject::fault_class_named(name.value);
        if (const auto key = named_class ? misfit(entry, *named_class) : std::nullopt) {
            errors.add(name.at, title + ": " + std::string(*key) + " does not go with " +
                                    in_quotes(name.value));
        }
    }
    return entry;
}

void parse_head(const toml::table& table, Campaign& campaign, ErrorList& errors)
{
    TableReader reader(table, "campaign", errors);
    if (const auto name = reader.string("name")) {
        check_name(*name, "campaign: name", errors);
        campaign.name = name->value;
    }
    const auto system = reader.string("system");
    if (system) {
        campaign.system_at = system->at;
        campaign.system = resolve_path(errors.file(), system->value);
    } else {
        errors.add(reader.position(), "campaign: system is missing: the path of a description");
    }
    for (const auto& argument : reader.strings("arguments")) {
        campaign.arguments.push_back(argument.value);
    }
    const auto runs = reader.count("runs");
    campaign.runs = positive(runs, "campaign: runs", errors).value_or(1000);
    if (campaign.runs > most_runs) {
        errors.add(runs->at, "campaign: runs: at most " + std::to_string(most_runs));
    }
    campaign.seed = value_or(reader.count("seed"), std::uint64_t{1});
    campaign.time_limit_ns = value_or(reader.duration("time_limit"), default_time_limit);
    const auto hang = reader.duration("hang");
    campaign.hang_ns = value_or(hang, default_hang);
    if (campaign.hang_ns < shortest_hang) {
        errors.add(hang->at, "campaign: hang: at least 10 ms");
    }
    campaign.has_baseline =
        is_yes(reader.string("baseline"), true, "campaign: baseline", "yes", "no", errors);
    reader.finish();
}

std::string stem(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    return name.substr(0, name.rfind('.'));
}

} // namespace

Result<Campaign, std::vector<DescriptionError>> load_campaign(const std::string& path)
{
    ErrorList errors(path);
    const auto bytes = read_file(path, max_description_size);
    if (!bytes) {
        errors.add({}, bytes.error().reason);
        return errors.take();
    }
    Campaign campaign;
    campaign.path = path;
    campaign.text = {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    const toml::parse_result parsed = toml::parse(campaign.text);
    if (!parsed) {
        errors.add(position_of(parsed.error().source()),
                   "not valid TOML: " + printable(parsed.error().description()));
        return errors.take();
    }
    TableReader reader(parsed.table(), {}, errors);
    if (const toml::table* head = reader.table("campaign")) {
        parse_head(*head, campaign, errors);
    } else {
        errors.add({}, "[campaign] is missing");
    }
    for (const toml::table* entry : reader.tables("fault")) {
        campaign.entries.push_back(parse_entry(*entry, campaign.entries.size(), errors));
    }
    reader.finish();
    if (campaign.entries.empty()) {
        errors.add({}, "[[fault]] is missing: at least one is needed");
    }
    if (campaign.name.empty()) {
        campaign.name = stem(path);
    }
    if (!errors.is_empty()) {
        return errors.take();
    }
    return campaign;
}

} // namespace glacis::campaign
