// Hypercalls by the names that programs know them by.
#pragma once

#include <cstdint>
#include <string>

namespace glacis::explore {

/// "stack_alloc"; "hypercall 0x99" where there is none of that number.
[[nodiscard]] std::string call_name(std::uint64_t number);

} // namespace glacis::explore
