#include "description/error.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace glacis {

std::string DescriptionError::text() const
{
    std::string text = printable(file);
    if (position.line != 0) {
        text += ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
    }
    text += ": " + message;
    if (!hint.empty()) {
        text += "; " + hint;
    }
    return text;
}

void ErrorList::add(Position position, std::string message, std::string hint)
{
    if (errors_.size() < most) {
        errors_.push_back({file_, position, std::move(message), std::move(hint)});
    }
}

std::vector<DescriptionError> ErrorList::take()
{
    std::stable_sort(errors_.begin(), errors_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.position.line, a.position.column) <
               std::tie(b.position.line, b.position.column);
    });
    return std::exchange(errors_, {});
}

std::string printable(std::string_view text)
{
    constexpr std::size_t longest = 200;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    bool is_c1 = false; // the byte before began a control character of two bytes
    for (std::size_t i = 0; i < std::min(text.size(), longest); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
        const bool begins_c1 = byte == 0xc2 && next >= 0x80 && next < 0xa0;
        if (byte < 0x20 || byte == 0x7f || begins_c1 || is_c1) {
            result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        } else {
            result += text[i];
        }
        is_c1 = begins_c1;
    }
    return text.size() > longest ? result + "..." : result;
}

std::string in_quotes(std::string_view text)
{
    return '"' + printable(text) + '"';
}

std::string named(std::string_view text)
{
    return '\'' + printable(text) + '\'';
}

} // namespace glacis
