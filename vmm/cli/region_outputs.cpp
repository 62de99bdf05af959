#include "cli/region_outputs.hpp"

#include <algorithm>
#include <utility>

#include <glacis/abi/boot.h>
#include <glacis/abi/hypercall.h>

#include "description/error.hpp"

namespace glacis::cli {

namespace {

bool may_write(const DomainDescription& domain, std::size_t region)
{
    return std::any_of(domain.regions.begin(), domain.regions.end(), [&](const RegionUse& use) {
        return use.region == region && (use.perm & PD_PERM_WRITE) != 0;
    });
}

std::optional<std::string> ended_badly(const DomainReport& domain)
{
    const std::string title = "domain '" + domain.name + "' ";
    switch (domain.end) {
    case DomainEnd::faulted:
        return title + "faulted";
    case DomainEnd::cut_short:
        return title + "was cut short";
    case DomainEnd::destroyed:
        return title + "was destroyed";
    case DomainEnd::abandoned:
        return title + "was stopped as its thread manager had ended";
    case DomainEnd::exited:
        break;
    }
    if (domain.status != 0) {
        return title + "ended with status " + std::to_string(domain.status);
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> withheld(const SystemDescription& system, const RunReport& report,
                                    const RegionOutput& output)
{
    if (report.end != SystemEnd::completed) {
        return "the system did not come to its end";
    }
    for (std::size_t index = 0; index < system.domains.size(); ++index) {
        if (may_write(system.domains[index], output.region)) {
            if (auto reason = ended_badly(report.domains[index])) {
                return reason;
            }
        }
    }
    if (!output.content) {
        return "it says that it holds " + std::to_string(output.length) +
               " bytes, and has room for " +
               std::to_string(system.regions[output.region].size - sizeof(pd_output));
    }
    return std::nullopt;
}

std::string withheld_text(const SystemDescription& system, const RunReport& report)
{
    std::string text;
    for (const RegionOutput& output : report.outputs) {
        if (const auto reason = withheld(system, report, output)) {
            const RegionDescription& region = system.regions[output.region];
            text += "glacis: region '" + region.name + "' not written to " + named(*region.output) +
                    ": " + *reason + "\n";
        }
    }
    return text;
}

Result<RegionOutputs> RegionOutputs::open(const SystemDescription& system)
{
    RegionOutputs outputs;
    for (std::size_t index = 0; index < system.regions.size(); ++index) {
        const RegionDescription& region = system.regions[index];
        if (!region.output) {
            continue;
        }
        auto file = OutputFile::open(*region.output, "region '" + region.name + "'");
        if (!file) {
            return file.error();
        }
        outputs.places_.push_back({index, std::move(file).value()});
    }
    return outputs;
}

Status RegionOutputs::commit(const SystemDescription& system, const RunReport& report)
{
    for (const RegionOutput& output : report.outputs) {
        const auto place = std::find_if(places_.begin(), places_.end(), [&](const Place& one) {
            return one.region == output.region;
        });
        if (place == places_.end() || withheld(system, report, output)) {
            continue;
        }
        const std::string_view content(reinterpret_cast<const char*>(output.content->data()),
                                       output.content->size());
        if (auto written = place->file.commit(content); !written) {
            return written;
        }
    }
    return Done{};
}

} // namespace glacis::cli
