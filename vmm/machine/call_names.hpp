// Hypercalls by the names that programs know them by, without what is before them: "stack_alloc".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glacis {

/// "stack_alloc"; "hypercall 0x99" where there is none of that number.
[[nodiscard]] std::string call_name(std::uint64_t number);
[[nodiscard]] std::optional<std::uint64_t> call_named(std::string_view name);
[[nodiscard]] std::vector<std::string_view> call_names();

} // namespace glacis
