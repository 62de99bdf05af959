#include "description/parse.hpp"

#include "description/table_reader.hpp"
#include "description/toml.hpp"

namespace glacis {

namespace {

void parse_system(const toml::table& table, RawDescription& description, ErrorList& errors)
{
    TableReader reader(table, "system", errors);
    description.name = reader.string("name");
    description.vcpus = reader.count("vcpus");
    description.memory = reader.size("memory");
    description.time_slice = reader.duration("time_slice");
    reader.finish();
}

RawStackArea parse_stack_area(const toml::table& table, ErrorList& errors)
{
    TableReader reader(table, "stack_area", errors);
    RawStackArea area;
    area.at = reader.position();
    area.base = reader.address("base");
    area.size = reader.size("size");
    area.slot = reader.size("slot");
    area.guard = reader.size("guard");
    reader.finish();
    return area;
}

RawExplore parse_explore(const toml::table& table, ErrorList& errors)
{
    TableReader reader(table, "explore", errors);
    RawExplore explore;
    explore.functions = reader.strings("functions");
    explore.arguments = reader.strings("arguments");
    reader.finish();
    return explore;
}

/// "region 'input'" by its name, "region 2" when it has none.
std::string title_of(const toml::table& table, std::string_view kind, std::size_t index)
{
    const toml::node* name = table.get("name");
    const bool has_name = name != nullptr && name->is_string();
    return std::string(kind) + " " +
           (has_name ? named(name->as_string()->get()) : std::to_string(index + 1));
}

RawRegion parse_region(const toml::table& table, std::size_t index, ErrorList& errors)
{
    TableReader reader(table, title_of(table, "region", index), errors);
    RawRegion region;
    region.at = reader.position();
    region.name = reader.string("name");
    region.file = reader.string("file");
    region.size = reader.size("size");
    region.output = reader.string("output");
    reader.finish();
    return region;
}

RawQuota parse_quota(const toml::table& table, const std::string& title, ErrorList& errors)
{
    TableReader reader(table, title + ": quota", errors);
    RawQuota quota;
    quota.memory = reader.size("memory");
    quota.stacks = reader.count("stacks");
    quota.stack_bytes = reader.size("stack_bytes");
    quota.threads = reader.count("threads");
    quota.grants = reader.count("grants");
    quota.domains = reader.count("domains");
    reader.finish();
    return quota;
}

RawRegionUse parse_region_use(const toml::table& table, const std::string& title, ErrorList& errors)
{
    TableReader reader(table, title + ": regions", errors);
    RawRegionUse use;
    use.at = reader.position();
    use.name = reader.string("name");
    use.perm = reader.string("perm");
    reader.finish();
    return use;
}

/// An export or a call: a string that is its name, or a table with `name` and what `read` takes.
template <class Raw, class Read>
void parse_named(const StringOrTable& entry, const std::string& what, std::vector<Raw>& list,
                 ErrorList& errors, Read read)
{
    Raw raw;
    if (entry.text) {
        raw.name = *entry.text;
        list.push_back(std::move(raw));
        return;
    }
    TableReader reader(*entry.table, what, errors);
    const auto name = reader.string("name");
    read(reader, raw);
    if (!name) {
        errors.add(reader.position(), what + ": name is missing");
    }
    reader.finish();
    if (name) {
        raw.name = *name;
        list.push_back(std::move(raw));
    }
}

RawDomain parse_domain(const toml::table& table, std::size_t index, ErrorList& errors)
{
    const std::string title = title_of(table, "domain", index);
    TableReader reader(table, title, errors);
    RawDomain domain;
    domain.at = reader.position();
    domain.name = reader.string("name");
    domain.program = reader.string("program");
    domain.arguments = reader.strings("arguments");
    domain.stack = reader.size("stack");
    domain.stack_limit = reader.size("stack_limit");
    domain.on_fault = reader.string("on_fault");
    domain.max_restarts = reader.count("max_restarts");
    domain.thread_manager = reader.string("thread_manager");
    domain.fault_handler = reader.string("fault_handler");
    domain.fault_timeout = reader.duration("fault_timeout");
    domain.fault_suspends = reader.string("fault_suspends");
    domain.time_limit = reader.duration("time_limit");
    if (const toml::table* quota = reader.table("quota")) {
        domain.quota = parse_quota(*quota, title, errors);
    }
    for (const toml::table* use : reader.tables("regions")) {
        domain.regions.push_back(parse_region_use(*use, title, errors));
    }
    for (const auto& entry : reader.strings_or_tables("exports")) {
        parse_named(entry, title + ": exports", domain.exports, errors,
                    [](TableReader& table_of_export, RawExport& exported) {
                        exported.scrub = table_of_export.string("scrub");
                    });
    }
    for (const auto& entry : reader.strings_or_tables("calls")) {
        parse_named(entry, title + ": calls", domain.calls, errors,
                    [](TableReader& table_of_call, RawCall& call) {
                        call.time_limit = table_of_call.duration("time_limit");
                    });
    }
    reader.finish();
    return domain;
}

} // namespace

std::string RawDomain::title(std::size_t index) const
{
    return "domain " + (name ? named(name->value) : std::to_string(index + 1));
}

std::optional<RawDescription> parse_description(std::string_view text, ErrorList& errors)
{
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        errors.add(position_of(error.source()),
                   "not valid TOML: " + printable(error.description()));
        return std::nullopt;
    }
    RawDescription description;
    TableReader reader(parsed.table(), {}, errors);
    if (const toml::table* system = reader.table("system")) {
        parse_system(*system, description, errors);
    }
    if (const toml::table* area = reader.table("stack_area")) {
        description.stack_area = parse_stack_area(*area, errors);
    }
    if (const toml::table* explore = reader.table("explore")) {
        description.explore = parse_explore(*explore, errors);
    }
    for (const toml::table* region : reader.tables("region")) {
        description.regions.push_back(parse_region(*region, description.regions.size(), errors));
    }
    for (const toml::table* domain : reader.tables("domain")) {
        description.domains.push_back(parse_domain(*domain, description.domains.size(), errors));
    }
    reader.finish();
    return description;
}

} // namespace glacis
