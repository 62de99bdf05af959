// Where a described system lies in guest memory.
#pragma once

#include <cstdint>

#include <glacis/supervisor/types.hpp>

#include "description/system.hpp"

namespace glacis {

/// Domain memory begins on the first GiB border behind the stack area and the guard that follows
/// its last slot, and not below 4 GiB. Precondition: the area was checked.
[[nodiscard]] std::uint64_t memory_base(const StackAreaDescription& area);

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
