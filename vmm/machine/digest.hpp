// Digests that tell whether something is what it was. Not against people who want them to lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace glacis {

/// FNV-1a, 64 bits, continued from `start`.
constexpr std::uint64_t digest_start = 0xcbf29ce484222325;
[[nodiscard]] std::uint64_t digest(std::span<const std::byte> bytes,
                                   std::uint64_t start = digest_start);
[[nodiscard]] std::uint64_t digest(const std::string& text, std::uint64_t start = digest_start);
/// 16 hexadecimal digits.
[[nodiscard]] std::string digest_text(std::uint64_t value);

} // namespace glacis
