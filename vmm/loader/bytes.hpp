// Reading structures out of bytes that nobody has checked yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace glacis {

/// [offset, offset + size) of `bytes`; nothing when any of it lies outside. Never overflows.
[[nodiscard]] inline std::optional<std::span<const std::byte>>
slice(std::span<const std::byte> bytes, std::uint64_t offset, std::uint64_t size)
{
    if (offset > bytes.size() || size > bytes.size() - offset) {
        return std::nullopt;
    }
    return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

/// A copy of the T at `offset`, which need not be aligned.
template <class T>
[[nodiscard]] std::optional<T> read_at(std::span<const std::byte> bytes, std::uint64_t offset)
{
    static_assert(std::is_trivially_copyable_v<T>);
    const auto part = slice(bytes, offset, sizeof(T));
    if (!part) {
        return std::nullopt;
    }
    T value;
    std::memcpy(&value, part->data(), sizeof(T));
    return value;
}

} // namespace glacis
