// Words of guests' memory, and addresses for people.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>

namespace glacis::campaign {

constexpr std::uint64_t word_size = 8;

inline std::string hex(std::uint64_t value)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

inline std::uint64_t word_in(std::span<const std::uint8_t> bytes)
{
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    return word;
}

inline std::array<std::uint8_t, word_size> bytes_of(std::uint64_t word)
{
    std::array<std::uint8_t, word_size> bytes{};
    std::memcpy(bytes.data(), &word, sizeof word);
    return bytes;
}

} // namespace glacis::campaign
