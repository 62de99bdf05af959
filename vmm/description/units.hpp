// Sizes and durations as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glacis {

/// "32 KiB", "1GiB", "512 B": a whole number and a unit. Nothing for anything else, and for what
/// does not fit into 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
/// Nanoseconds of "5 ms", "2s", "1 min".
[[nodiscard]] std::optional<std::uint64_t> parse_duration(std::string_view text);

/// What the writer of a refused size or duration may have meant: "32 KB" gives "32 KiB". May be
/// empty.
[[nodiscard]] std::string likely_size(std::string_view text);
[[nodiscard]] std::string likely_duration(std::string_view text);

/// "60 KiB", "1 MiB", "100 B": the largest unit that divides it.
[[nodiscard]] std::string size_text(std::uint64_t bytes);
/// "10 ms", "2 s", "1500 us"
[[nodiscard]] std::string duration_text(std::uint64_t nanoseconds);

} // namespace glacis
