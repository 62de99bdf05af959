#include "machine/digest.hpp"

#include <array>
#include <cstdio>

namespace glacis {

std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t start)
{
    constexpr std::uint64_t prime = 0x100000001b3;
    for (const std::byte byte : bytes) {
        start = (start ^ static_cast<std::uint64_t>(byte)) * prime;
    }
    return start;
}

std::uint64_t digest(const std::string& text, std::uint64_t start)
{
    return digest(std::as_bytes(std::span(text)), start);
}

std::string digest_text(std::uint64_t value)
{
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
    return text.data();
}

} // namespace glacis
