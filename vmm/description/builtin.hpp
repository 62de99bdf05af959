// Domain programs that come with the tool: `program = "builtin:NAME"`.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace glacis {

constexpr std::string_view builtin_prefix = "builtin:";
constexpr std::array<std::string_view, 1> builtin_names{"round_robin"};

/// The one that manages the threads of domains that name no thread manager. Reports know it by
/// this name, which is no described domain's.
constexpr std::string_view default_manager_program = "builtin:round_robin";

/// The ELF file, for as long as the tool runs; nothing for a name that none has.
[[nodiscard]] std::optional<std::span<const std::byte>> builtin_program(std::string_view name);

} // namespace glacis
