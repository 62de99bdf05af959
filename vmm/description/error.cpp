#include "description/error.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
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
    std::string result;
    for (const char c : text.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\x%02x", byte);
            result += escaped.data();
        } else {
            result += c;
        }
    }
    return text.size() > longest ? result + "..." : result;
}

std::string quoted(std::string_view text)
{
    return '"' + printable(text) + '"';
}

std::string named(std::string_view text)
{
    return '\'' + printable(text) + '\'';
}

} // namespace glacis
