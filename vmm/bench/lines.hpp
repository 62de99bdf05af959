// The lines that guest programs of benchmarks print: a word and numbers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace glacis::bench {

struct Line {
    std::string_view word;
    std::vector<std::uint64_t> numbers; ///< up to the first that is none
};

[[nodiscard]] Line parse_line(std::string_view text);

} // namespace glacis::bench
