// Where a described system lies in guest memory.
#pragma once

#include <cstdint>

#include <glacis/supervisor/types.hpp>

#include "description/system.hpp"

namespace glacis {

/// What the default thread manager needs, on top of what is described.
struct ManagerRoom {
    std::uint64_t stacks = 0; ///< slots behind the stack area: one a vCPU
    std::uint64_t memory = 0; ///< bytes behind domain memory, whole pages
};
/// Of a system with so many vCPUs. Precondition: the area was checked.
[[nodiscard]] ManagerRoom manager_room(const StackAreaDescription& area, std::uint32_t vcpus);

/// Whether a domain neither names a thread manager nor is one.
[[nodiscard]] bool needs_default_manager(const SystemDescription& system);
/// Whether others name it as their thread manager.
[[nodiscard]] bool is_thread_manager(const SystemDescription& system, std::size_t domain);

/// Domain memory begins on the first GiB border behind the stack area, the default manager's stacks
/// and the guard that follows the last slot, and not below 4 GiB. Precondition: the area was
/// checked.
[[nodiscard]] std::uint64_t memory_base(const StackAreaDescription& area, const ManagerRoom& room);

/// Precondition: `system` was checked.
[[nodiscard]] supervisor::Layout layout_of(const SystemDescription& system);

/// Bytes of the boot information of one domain, whole pages: its structure, its name and arguments,
/// its regions. `extra` are arguments appended to the described ones.
[[nodiscard]] std::uint64_t boot_info_size(const DomainDescription& domain,
                                           const std::vector<std::string>& extra = {});

/// Bytes of domain memory that are in use before the first instruction: images, boot information,
/// regions. Precondition: no part is larger than the address space.
[[nodiscard]] std::uint64_t memory_at_start(const SystemDescription& system);

} // namespace glacis
