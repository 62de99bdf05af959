// A set of addresses, as ranges that neither touch nor overlap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

class RangeSet {
public:
    void add(Range range)
    {
        auto next = ranges_.upper_bound(range.begin);
        if (next != ranges_.begin() && std::prev(next)->second >= range.begin) {
            --next;
            range.begin = next->first;
        }
        while (next != ranges_.end() && next->first <= range.end) {
            range.end = std::max(range.end, next->second);
            next = ranges_.erase(next);
        }
        ranges_.emplace_hint(next, range.begin, range.end);
    }

    void remove(const Range& range)
    {
        auto next = ranges_.upper_bound(range.begin);
        if (next != ranges_.begin() && std::prev(next)->second > range.begin) {
            --next;
        }
        while (next != ranges_.end() && next->first < range.end) {
            const Range old{next->first, next->second};
            next = ranges_.erase(next);
            if (old.begin < range.begin) {
                ranges_.emplace(old.begin, range.begin);
            }
            if (range.end < old.end) {
                next = ranges_.emplace(range.end, old.end).first;
                break;
            }
        }
    }

    /// End by begin.
    [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& ranges() const { return ranges_; }

private:
    std::map<std::uint64_t, std::uint64_t> ranges_;
};

} // namespace glacis::supervisor
