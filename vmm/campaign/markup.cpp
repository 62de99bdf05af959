#include "campaign/markup.hpp"

#include "fault/printable.hpp"

namespace glacis::campaign {

std::string markup_escaped(const std::string& line)
{
    const std::string text = fault::printable(line);
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        switch (const char c = text[i]) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\xef':
            if (text.compare(i, 3, "\xef\xbf\xbe") == 0 ||
                text.compare(i, 3, "\xef\xbf\xbf") == 0) {
                result += '?';
                i += 2;
                break;
            }
            [[fallthrough]];
        default:
            result += c;
        }
    }
    return result;
}

} // namespace glacis::campaign
