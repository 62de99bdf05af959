#include "description/resolve.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <glacis/abi/layout.h>

#include "description/domain.hpp"
#include "description/layout.hpp"
#include "description/stack_area.hpp"
#include "description/units.hpp"
#include "description/value_check.hpp"

namespace glacis {

namespace {

constexpr std::uint64_t default_memory = std::uint64_t{64} << 20;
constexpr std::uint64_t default_time_slice = 10'000'000;
constexpr std::uint64_t shortest_time_slice = 10'000;
constexpr std::uint64_t longest_time_slice = 60'000'000'000;
constexpr std::size_t most_regions = 1024;
constexpr std::size_t most_domains = 1024;

std::uint32_t resolve_vcpus(const RawDescription& raw, ErrorList& errors)
{
    const std::uint64_t vcpus = value_or<std::uint64_t>(raw.vcpus, 1);
    if (vcpus < 1 || vcpus > GLACIS_VCPU_MAX) {
        errors.add(raw.vcpus->at, "system: vcpus: expected 1 to " +
                                      std::to_string(GLACIS_VCPU_MAX) + ", found " +
                                      std::to_string(vcpus));
        return 1;
    }
    return static_cast<std::uint32_t>(vcpus);
}

std::uint64_t resolve_time_slice(const RawDescription& raw, ErrorList& errors)
{
    const std::uint64_t slice = value_or(raw.time_slice, default_time_slice);
    if (slice < shortest_time_slice || slice > longest_time_slice) {
        errors.add(raw.time_slice->at,
                   "system: time_slice: expected " + duration_text(shortest_time_slice) + " to " +
                       duration_text(longest_time_slice) + ", found " + duration_text(slice));
    }
    return slice;
}

/// `area` is absent when it is wrong; then how much fits behind it is not judged.
std::uint64_t resolve_memory(const RawDescription& raw,
                             const std::optional<StackAreaDescription>& area,
                             const HostLimits& host, ErrorList& errors)
{
    constexpr std::uint64_t mib = std::uint64_t{1} << 20;
    const Located<std::uint64_t> memory =
        raw.memory.value_or(Located<std::uint64_t>{default_memory, Position{}});
    if (!check_pages(memory, "system: memory", errors)) {
        return memory.value;
    }
    if (memory.value > host.memory) {
        errors.add(memory.at, "system: memory: " + size_text(memory.value) +
                                  " is more than this host has (" +
                                  size_text(host.memory / mib * mib) + ")");
    } else if (area) {
        // With a default manager for as many vCPUs as there can be.
        const ManagerRoom room = manager_room(*area, GLACIS_VCPU_MAX);
        const std::uint64_t base = memory_base(*area, room);
        if (base >= GLACIS_ADDRESS_LIMIT || memory.value > GLACIS_ADDRESS_LIMIT - base ||
            room.memory > GLACIS_ADDRESS_LIMIT - base - memory.value) {
            errors.add(memory.at,
                       "system: memory: " + size_text(memory.value) +
                           " do not fit between the stack area and the last guest address");
        }
    }
    return memory.value;
}

/// Reports a second use of a name. `seen` maps names to the lines of their first use.
void check_unique(const Optional<std::string>& name, const std::string& title,
                  std::unordered_map<std::string_view, std::uint32_t>& seen, ErrorList& errors)
{
    if (!name) {
        return;
    }
    const auto [first, is_new] = seen.emplace(name->value, name->at.line);
    if (!is_new) {
        errors.add(name->at,
                   title + " is defined twice, first in line " + std::to_string(first->second));
    }
}

/// The file that the command line or the description names; a path as it was written there.
std::optional<std::string> named_file(const std::optional<std::string>& given,
                                      const Optional<std::string>& described)
{
    return given || !described ? given : described->value;
}

/// Where the command line or the description says it.
Position place_of(const std::optional<std::string>& given, const Optional<std::string>& described)
{
    return given || !described ? Position{} : described->at;
}

void resolve_output(const RawRegion& raw, const std::string& title, RegionDescription& region,
                    ErrorList& errors)
{
    region.output = named_file(raw.given_output, raw.output);
    const Position at = place_of(raw.given_output, raw.output);
    if (region.output && region.file) {
        errors.add(at, title + ": output: its content comes from a file; only a region with a size "
                               "can be written to one");
    } else if (region.output && region.output->empty()) {
        errors.add(at, title + ": output: expected a path, found \"\"");
    }
}

RegionDescription resolve_region(const RawRegion& raw, std::size_t index, std::uint64_t memory,
                                 ErrorList& errors)
{
    const std::string title =
        "region " + (raw.name ? named(raw.name->value) : std::to_string(index + 1));
    RegionDescription region;
    if (!raw.name) {
        errors.add(raw.at, title + ": name is missing");
    } else if (check_name(*raw.name, title + ": name", errors)) {
        region.name = raw.name->value;
    }
    region.file = named_file(raw.given_file, raw.file);
    resolve_output(raw, title, region, errors);
    if (raw.size && raw.file) {
        errors.add(raw.size->at, title + ": has both a file and a size; the file says the size");
    } else if (raw.size && raw.given_file) {
        errors.add({}, "--input: " + title + " is zeroed memory, which takes no file");
    } else if (!region.file && !raw.size) {
        errors.add(raw.at, title + ": needs a file, here or by --input, or a size for zeroed "
                                   "memory");
    } else if (!raw.size) {
        return region;
    } else if (check_pages(*raw.size, title + ": size", errors)) {
        if (raw.size->value > memory) {
            errors.add(raw.size->at, title + ": size: " + size_text(raw.size->value) +
                                         " is more than the memory of the system, " +
                                         size_text(memory));
        } else {
            region.size = region.content_size = raw.size->value;
        }
    }
    return region;
}

void resolve_regions(const RawDescription& raw, SystemDescription& system, ErrorList& errors)
{
    std::unordered_map<std::string_view, std::uint32_t> seen;
    for (const RawRegion& region : raw.regions) {
        if (system.regions.size() == most_regions) {
            errors.add(region.at, "more than " + std::to_string(most_regions) + " regions");
            return;
        }
        system.regions.push_back(
            resolve_region(region, system.regions.size(), system.memory, errors));
        check_unique(region.name, "region " + named(value_or(region.name, std::string{})), seen,
                     errors);
    }
}

void resolve_domains(const RawDescription& raw, const std::optional<StackAreaDescription>& area,
                     SystemDescription& system, ErrorList& errors)
{
    if (raw.domains.empty()) {
        errors.add({}, "has no [[domain]]: a system needs at least one");
    }
    std::unordered_map<std::string_view, std::uint32_t> seen;
    const DomainContext context{raw, area};
    for (const RawDomain& domain : raw.domains) {
        const std::size_t index = system.domains.size();
        if (index == most_domains) {
            errors.add(domain.at, "more than " + std::to_string(most_domains) + " domains");
            return;
        }
        if (area && index >= area->size / area->slot) {
            errors.add(domain.at, domain.title(index) + ": the stack area has no slot left for its "
                                                        "first stack");
        }
        system.domains.push_back(resolve_domain(context, index, errors));
        check_unique(domain.name, domain.title(index), seen, errors);
    }
}

} // namespace

namespace {

std::vector<std::string> values(const std::vector<Located<std::string>>& located)
{
    std::vector<std::string> all;
    for (const auto& each : located) {
        all.push_back(each.value);
    }
    return all;
}

} // namespace

SystemDescription resolve(const RawDescription& raw, const HostLimits& host, ErrorList& errors)
{
    SystemDescription system;
    if (raw.name && check_name(*raw.name, "system: name", errors)) {
        system.name = raw.name->value;
    }
    const auto area = resolve_stack_area(raw.stack_area, errors);
    system.stack_area = area.value_or(StackAreaDescription{});
    system.vcpus = resolve_vcpus(raw, errors);
    system.time_slice_ns = resolve_time_slice(raw, errors);
    system.memory = resolve_memory(raw, area, host, errors);
    resolve_regions(raw, system, errors);
    resolve_domains(raw, area, system, errors);
    system.explore = {values(raw.explore.functions), values(raw.explore.arguments)};
    return system;
}

} // namespace glacis
