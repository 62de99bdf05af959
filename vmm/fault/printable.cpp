#include "fault/printable.hpp"

#include <cstddef>
#include <cstdint>

namespace glacis::fault {

namespace {

bool is_continuation(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// Bytes of the UTF-8 sequence at the start of `text`; 0 where there is no valid and visible one.
std::size_t sequence_length(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    std::size_t length = 0;
    std::uint32_t code = 0;
    std::uint32_t lowest = 0;
    if ((first & 0xe0) == 0xc0) {
        length = 2;
        code = first & 0x1fu;
        lowest = 0x80;
    } else if ((first & 0xf0) == 0xe0) {
        length = 3;
        code = first & 0x0fu;
        lowest = 0x800;
    } else if ((first & 0xf8) == 0xf0) {
        length = 4;
        code = first & 0x07u;
        lowest = 0x10000;
    }
    if (length == 0 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i]))
            return 0;
        code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    }
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    const bool is_control = code < 0xa0; // C1
    const bool is_direction = (code >= 0x200b && code <= 0x200f) ||
                              (code >= 0x2028 && code <= 0x202e) ||
                              (code >= 0x2066 && code <= 0x2069);
    if (code < lowest || code > 0x10ffff || is_surrogate || is_control || is_direction)
        return 0;
    return length;
}

} // namespace

std::string printable(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = sequence_length(text);
        if (length != 0) {
            result += text.substr(0, length);
        } else {
            const auto byte = static_cast<unsigned char>(text.front());
            result += "\\x";
            result += digits[byte >> 4];
            result += digits[byte & 15];
            length = 1;
        }
        text.remove_prefix(length);
    }
    return result;
}

} // namespace glacis::fault
