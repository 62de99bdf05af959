// Lists of ranges, ascending and apart: neither touching nor overlapping.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// Any ranges as such a list.
[[nodiscard]] inline std::vector<Range> joined(std::vector<Range> ranges)
{
    std::sort(ranges.begin(), ranges.end());
    std::vector<Range> result;
    for (const Range& range : ranges) {
        if (!result.empty() && range.begin <= result.back().end) {
            result.back().end = std::max(result.back().end, range.end);
        } else {
            result.push_back(range);
        }
    }
    return result;
}

/// What is in both lists.
[[nodiscard]] inline std::vector<Range> overlap(const std::vector<Range>& one,
                                                const std::vector<Range>& other)
{
    std::vector<Range> result;
    for (std::size_t i = 0, j = 0; i < one.size() && j < other.size();) {
        const Range both{std::max(one[i].begin, other[j].begin),
                         std::min(one[i].end, other[j].end)};
        if (both.begin < both.end) {
            result.push_back(both);
        }
        one[i].end < other[j].end ? ++i : ++j;
    }
    return result;
}

/// What is in `one` and not in `other`.
[[nodiscard]] inline std::vector<Range> without(const std::vector<Range>& one,
                                                const std::vector<Range>& other)
{
    std::vector<Range> result;
    auto next = other.begin();
    for (Range rest : one) {
        while (next != other.end() && next->end <= rest.begin) {
            ++next;
        }
        for (auto hole = next; hole != other.end() && hole->begin < rest.end; ++hole) {
            if (rest.begin < hole->begin) {
                result.push_back({rest.begin, hole->begin});
            }
            rest.begin = std::min(rest.end, hole->end);
        }
        if (rest.begin < rest.end) {
            result.push_back(rest);
        }
    }
    return result;
}

} // namespace glacis::supervisor
