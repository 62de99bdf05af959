#include <nlohmann/json.hpp>

#include <glacis/abi/version.h>

#include "cli/inspect.hpp"
#include "cli/names.hpp"
#include "description/builtin.hpp"
#include "description/layout.hpp"
#include "fault/text.hpp"

namespace glacis::cli {

namespace {

using fault::address_text;
using nlohmann::ordered_json;

ordered_json range_json(const supervisor::Range& range)
{
    return {{"base", address_text(range.begin)}, {"end", address_text(range.end)}};
}

ordered_json quota_json(std::uint64_t quota)
{
    return quota == UINT64_MAX ? ordered_json(nullptr) : ordered_json(quota);
}

ordered_json region_json(const RegionDescription& region)
{
    return {
        {"name", region.name},
        {"file", region.file ? ordered_json(*region.file) : ordered_json(nullptr)},
        {"pages", region.size / supervisor::page_size},
        {"content_size", region.content_size},
        {"output", region.output ? ordered_json(*region.output) : ordered_json(nullptr)},
    };
}

const char* scrub_name(Scrub scrub)
{
    switch (scrub) {
    case Scrub::on_return:
        return "return";
    case Scrub::both_ways:
        return "both";
    case Scrub::none:
        break;
    }
    return "none";
}

ordered_json export_names(const DomainDescription& domain)
{
    ordered_json names = ordered_json::array();
    for (const ExportDescription& exported : domain.exports) {
        names.push_back(exported.name);
    }
    return names;
}

ordered_json gates_json(const DomainDescription& domain)
{
    ordered_json gates = ordered_json::array();
    for (const GateDescription& gate : domain.gates) {
        gates.push_back({{"domain", gate.callee},
                         {"export", gate.name},
                         {"handle", gates.size() + 1},
                         {"time_limit_ns", gate.time_limit_ns ? ordered_json(*gate.time_limit_ns)
                                                              : ordered_json(nullptr)},
                         {"scrub", scrub_name(gate.scrub)}});
    }
    return gates;
}

ordered_json program_json(const DomainDescription& domain)
{
    ordered_json segments = ordered_json::array();
    for (const ProgramSegment& segment : domain.program.segments()) {
        segments.push_back({{"offset", address_text(segment.offset)},
                            {"pages", segment.size / supervisor::page_size},
                            {"perm", perm_name(segment.perm)}});
    }
    ordered_json exports = ordered_json::array();
    for (const ProgramExport& exported : domain.program.exports()) {
        exports.push_back({{"name", exported.name},
                           {"entry", address_text(exported.entry)},
                           {"min_stack", exported.min_stack},
                           {"arguments", exported.arguments}});
    }
    return {
        {"path", domain.program_path},
        {"entry", address_text(domain.program.entry())},
        {"pages", domain.program.image_size() / supervisor::page_size},
        {"segments", std::move(segments)},
        {"exports", std::move(exports)},
    };
}

ordered_json domain_json(const SystemDescription& system, const DomainDescription& domain)
{
    ordered_json regions = ordered_json::array();
    for (const RegionUse& use : domain.regions) {
        regions.push_back(
            {{"name", system.regions[use.region].name}, {"perm", perm_name(use.perm)}});
    }
    return {
        {"name", domain.name},
        {"program", program_json(domain)},
        {"arguments", domain.arguments},
        {"stack", domain.stack_commit},
        {"stack_limit", domain.stack_limit},
        {"on_fault", policy_name(domain.on_fault)},
        {"max_restarts", domain.max_restarts},
        {"thread_manager", domain.thread_manager
                               ? ordered_json(system.domains[*domain.thread_manager].name)
                               : ordered_json(nullptr)},
        {"fault_handler", domain.fault_handler
                              ? ordered_json(system.domains[*domain.fault_handler].name)
                              : ordered_json(nullptr)},
        {"fault_timeout_ns",
         domain.fault_handler ? ordered_json(domain.handler_timeout_ns) : ordered_json(nullptr)},
        {"fault_suspends", domain.fault_handler
                               ? ordered_json(domain.suspends_on_fault ? "domain" : "thread")
                               : ordered_json(nullptr)},
        {"time_limit_ns",
         domain.time_limit_ns ? ordered_json(*domain.time_limit_ns) : ordered_json(nullptr)},
        {"quota",
         {{"memory", quota_json(domain.quota_memory)},
          {"stacks", quota_json(domain.quota_stacks)},
          {"stack_bytes", quota_json(domain.quota_stack_bytes)},
          {"threads", quota_json(domain.quota_threads)},
          {"grants", quota_json(domain.quota_grants)},
          {"domains", quota_json(domain.quota_domains)}}},
        {"regions", std::move(regions)},
        {"exports", export_names(domain)},
        {"calls", gates_json(domain)},
    };
}

} // namespace

std::string inspect_json(const SystemDescription& system)
{
    const supervisor::Layout layout = layout_of(system);
    ordered_json regions = ordered_json::array();
    for (const RegionDescription& region : system.regions) {
        regions.push_back(region_json(region));
    }
    ordered_json domains = ordered_json::array();
    for (const DomainDescription& domain : system.domains) {
        domains.push_back(domain_json(system, domain));
    }
    ordered_json area = range_json(layout.described_stacks());
    area["slot"] = layout.stack_slot;
    area["guard"] = layout.stack_guard;
    area["slots"] = layout.described_stacks().size() / layout.stack_slot;
    ordered_json memory = range_json(layout.described_memory());
    memory["size"] = layout.described_memory().size();
    memory["used_at_start"] = memory_at_start(system);
    const ordered_json document{
        {"glacis", GLACIS_VERSION},
        {"abi", GLACIS_ABI_VERSION},
        {"system", system.name},
        {"vcpus", system.vcpus},
        {"time_slice_ns", system.time_slice_ns},
        {"default_thread_manager", needs_default_manager(system)
                                       ? ordered_json(default_manager_program)
                                       : ordered_json(nullptr)},
        {"stack_area", std::move(area)},
        {"memory", std::move(memory)},
        {"regions", std::move(regions)},
        {"domains", std::move(domains)},
    };
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace glacis::cli
