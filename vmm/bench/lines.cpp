#include "bench/lines.hpp"

#include <charconv>

namespace glacis::bench {

Line parse_line(std::string_view text)
{
    Line line;
    const std::size_t end_of_word = text.find(' ');
    line.word = text.substr(0, end_of_word);
    while (!text.empty() && text.find(' ') != std::string_view::npos) {
        text.remove_prefix(text.find(' ') + 1);
        std::uint64_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc{}) {
            break;
        }
        line.numbers.push_back(number);
    }
    return line;
}

} // namespace glacis::bench
