#include "cli/report.hpp"

#include <nlohmann/json.hpp>

#include <glacis/abi/version.h>

#include "cli/region_outputs.hpp"
#include "description/units.hpp"
#include "fault/json.hpp"
#include "fault/printable.hpp"

namespace glacis::cli {

namespace {

// Members stay in the order in which they are written here.
using nlohmann::ordered_json;

const char* end_name(SystemEnd end)
{
    switch (end) {
    case SystemEnd::completed:
        return "completed";
    case SystemEnd::stopped:
        return "stopped";
    case SystemEnd::time_limit:
        return "time limit";
    case SystemEnd::stuck:
        return "stuck";
    case SystemEnd::interrupted:
        return "interrupted";
    }
    return "unknown";
}

const char* end_name(DomainEnd end)
{
    switch (end) {
    case DomainEnd::exited:
        return "exited";
    case DomainEnd::faulted:
        return "faulted";
    case DomainEnd::cut_short:
        return "cut short";
    case DomainEnd::destroyed:
        return "destroyed";
    case DomainEnd::abandoned:
        return "abandoned";
    }
    return "unknown";
}

ordered_json to_json(const DomainReport& domain)
{
    const bool has_status = domain.end == DomainEnd::exited;
    const bool has_parent = !domain.parent.empty();
    return {
        {"name", domain.name},
        {"end", end_name(domain.end)},
        {"status", has_status ? ordered_json(domain.status) : ordered_json(nullptr)},
        {"restarts", domain.restarts},
        {"peak_stacks", domain.peak_stacks},
        {"peak_memory", domain.peak_memory},
        {"faults", domain.faults},
        {"parent", has_parent ? ordered_json(domain.parent) : ordered_json(nullptr)},
        {"collected", has_parent ? ordered_json(domain.is_collected) : ordered_json(nullptr)},
    };
}

ordered_json to_json(const RunCounts& counts)
{
    return {
        {"exits", counts.exits},
        {"hypercalls", counts.hypercalls},
        {"faults", counts.faults},
        {"kicks", counts.kicks},
        {"switches", counts.switches},
        {"table_pages", counts.table_pages},
        {"resumed_faults", counts.resumed_faults},
    };
}

ordered_json to_json(const SystemDescription& system, const RunReport& report,
                     const RegionOutput& output)
{
    const RegionDescription& region = system.regions[output.region];
    const auto reason = withheld(system, report, output);
    return {
        {"region", region.name},
        {"file", *region.output},
        {"length", output.length},
        {"withheld", reason ? ordered_json(*reason) : ordered_json(nullptr)},
    };
}

} // namespace

std::string report_text(const SystemDescription& system, const RunCommand& command,
                        const RunReport& report)
{
    ordered_json domains = ordered_json::array();
    for (const DomainReport& domain : report.domains) {
        domains.push_back(to_json(domain));
    }
    ordered_json faults = ordered_json::array();
    for (const FaultRecord& fault : report.faults) {
        faults.emplace_back(fault::to_json(fault));
    }
    ordered_json outputs = ordered_json::array();
    for (const RegionOutput& output : report.outputs) {
        outputs.push_back(to_json(system, report, output));
    }
    const ordered_json document{
        {"glacis", GLACIS_VERSION},
        {"abi", GLACIS_ABI_VERSION},
        {"system", system.name},
        {"vcpus", system.vcpus},
        {"protection", command.protection == Protection::none ? "none" : "domains"},
        {"end", end_name(report.end)},
        {"explanation", report.end_explanation.empty()
                            ? ordered_json(nullptr)
                            : ordered_json(fault::printable(report.end_explanation))},
        {"exit_status", report.exit_status()},
        {"domains", std::move(domains)},
        {"domains_left_out", report.domains_left_out},
        {"faults", std::move(faults)},
        {"outputs", std::move(outputs)},
        {"counts", to_json(report.counts)},
    };
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string end_text(const RunCommand& command, const RunReport& report)
{
    std::string text;
    for (const DomainReport& domain : report.domains) {
        const bool is_known = !domain.parent.empty() && domain.is_collected;
        if (domain.end == DomainEnd::exited && domain.status != 0 && !is_known) {
            text += "glacis: domain '" + domain.name + "' ended with status " +
                    std::to_string(domain.status) + "\n";
        } else if (domain.end == DomainEnd::abandoned && !is_known) {
            text +=
                "glacis: domain '" + domain.name + "' was stopped: its thread manager has ended\n";
        }
    }
    switch (report.end) {
    case SystemEnd::time_limit:
        text += "glacis: the system was ended after its time limit" +
                (command.timeout_ns ? " of " + duration_text(*command.timeout_ns) : std::string{}) +
                "\n";
        break;
    case SystemEnd::stuck:
        text += "glacis: the system is stuck: every thread waits and nothing can wake one\n";
        break;
    case SystemEnd::interrupted:
        text += "glacis: interrupted\n";
        break;
    case SystemEnd::completed:
    case SystemEnd::stopped:
        break;
    }
    if (!report.end_explanation.empty()) {
        text += "  " + report.end_explanation + "\n";
    }
    return text;
}

} // namespace glacis::cli
