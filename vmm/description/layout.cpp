#include "description/layout.hpp"

#include <algorithm>
#include <numeric>

#include <glacis/abi/boot.h>
#include <glacis/abi/layout.h>

namespace glacis {

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

std::uint64_t string_bytes(const std::vector<std::string>& strings)
{
    return std::accumulate(
        strings.begin(), strings.end(), std::uint64_t{0},
        [](std::uint64_t sum, const std::string& text) { return sum + text.size() + 1; });
}

} // namespace

ManagerRoom manager_room(const StackAreaDescription& area, std::uint32_t vcpus)
{
    constexpr std::uint64_t image_and_boot_information = 128 << 10;
    constexpr std::uint64_t bytes_a_thread = 32; // in its queues
    // No thread is without a stack.
    return {vcpus, image_and_boot_information +
                       supervisor::page_ceil(area.size / area.slot * bytes_a_thread)};
}

bool is_thread_manager(const SystemDescription& system, std::size_t domain)
{
    return std::any_of(
        system.domains.begin(), system.domains.end(),
        [domain](const DomainDescription& other) { return other.thread_manager == domain; });
}

bool needs_default_manager(const SystemDescription& system)
{
    for (std::size_t domain = 0; domain < system.domains.size(); ++domain) {
        if (!system.domains[domain].thread_manager && !is_thread_manager(system, domain)) {
            return true;
        }
    }
    return false;
}

std::uint64_t memory_base(const StackAreaDescription& area, const ManagerRoom& room)
{
    const std::uint64_t end = area.base + area.size + room.stacks * area.slot + area.guard;
    return std::max<std::uint64_t>(GLACIS_MEMORY_BASE_MIN, (end + gib - 1) / gib * gib);
}

supervisor::Layout layout_of(const SystemDescription& system)
{
    const StackAreaDescription& area = system.stack_area;
    const ManagerRoom room =
        needs_default_manager(system) ? manager_room(area, system.vcpus) : ManagerRoom{};
    const std::uint64_t base = memory_base(area, room);
    const std::uint64_t manager_stacks = room.stacks * area.slot;
    return {
        .stack_area = {area.base, area.base + area.size + manager_stacks},
        .stack_slot = area.slot,
        .stack_guard = area.guard,
        .memory = {base, base + system.memory + room.memory},
        .vcpus = system.vcpus,
        .manager_stacks = manager_stacks,
        .manager_memory = room.memory,
    };
}

std::uint64_t boot_info_size(const DomainDescription& domain, const std::vector<std::string>& extra)
{
    constexpr std::uint64_t alignment = 8; // of each of the parts
    const std::uint64_t bytes = sizeof(pd_boot_info) + domain.name.size() + 1 +
                                string_bytes(domain.arguments) + string_bytes(extra) + alignment +
                                domain.regions.size() * sizeof(pd_boot_region) +
                                domain.gates.size() * sizeof(pd_boot_gate) + alignment;
    return supervisor::page_ceil(bytes);
}

std::uint64_t memory_at_start(const SystemDescription& system)
{
    std::uint64_t sum = 0;
    for (const RegionDescription& region : system.regions) {
        sum += region.size;
    }
    for (const DomainDescription& domain : system.domains) {
        sum += domain.program.image_size() + boot_info_size(domain);
    }
    return sum;
}

} // namespace glacis
