// Words for places in guest memory.
#pragma once

#include <cstdint>
#include <string>

#include "fault/classify.hpp"

namespace glacis::fault {

/// A distance: "8 bytes", "1 byte", "2 MiB", "about 980 KiB".
[[nodiscard]] std::string count_text(std::uint64_t bytes);

/// "[0x400f1000, 0x40100000)"
[[nodiscard]] std::string range_text(const supervisor::Range& range);

/// "domain 'parser'"
[[nodiscard]] std::string domain_text(supervisor::DomainId domain, const FaultContext& context);

/// "the stack of thread 4 'worker' of domain 'store'"
[[nodiscard]] std::string stack_text(const supervisor::SlotFacts& slot,
                                     const FaultContext& context);

/// "in the stack of ...", or "in a stack of domain 'store' that no thread uses"
[[nodiscard]] std::string in_stack_text(const supervisor::SlotFacts& slot,
                                        const FaultContext& context);

/// About a slot whose stack is gone, on its way out or on its way in.
[[nodiscard]] std::string vacant_slot_text(const supervisor::SlotFacts& slot,
                                           const FaultContext& context);

/// "only read"; what follows "which it may ".
[[nodiscard]] const char* permission_text(supervisor::Perm perm);

} // namespace glacis::fault
