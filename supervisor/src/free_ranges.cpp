#include "free_ranges.hpp"

#include <cassert>
#include <iterator>

namespace glacis::supervisor {

FreeRanges::FreeRanges(const Range& all)
{
    if (all.begin < all.end) {
        insert(all);
    }
}

std::optional<Range> FreeRanges::take(std::uint64_t length)
{
    const auto found = by_size_.lower_bound({length, 0});
    if (length == 0 || found == by_size_.end()) {
        return std::nullopt;
    }
    const Range all{found->second, found->second + found->first};
    remove(all);
    const Range taken{all.begin, all.begin + length};
    if (taken.end < all.end) {
        insert({taken.end, all.end});
    }
    return taken;
}

void FreeRanges::give_back(Range range)
{
    const auto above = by_begin_.lower_bound(range.begin);
    assert(above == by_begin_.end() || above->first >= range.end);
    if (above != by_begin_.begin()) {
        const auto below = std::prev(above);
        assert(below->second <= range.begin);
        if (below->second == range.begin) {
            const Range left{below->first, below->second};
            range.begin = left.begin;
            remove(left);
        }
    }
    const auto right = by_begin_.find(range.end);
    if (right != by_begin_.end()) {
        const Range joined{right->first, right->second};
        range.end = joined.end;
        remove(joined);
    }
    insert(range);
}

void FreeRanges::insert(const Range& range)
{
    by_begin_.emplace(range.begin, range.end);
    by_size_.emplace(range.size(), range.begin);
}

void FreeRanges::remove(const Range& range)
{
    by_begin_.erase(range.begin);
    by_size_.erase({range.size(), range.begin});
}

} // namespace glacis::supervisor
