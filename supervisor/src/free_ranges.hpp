// Free pages, found by size and joined with their neighbours in logarithmic time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

class FreeRanges {
public:
    explicit FreeRanges(const Range& all);

    /// Takes `length` bytes from the smallest free range that has them, the lowest of those.
    [[nodiscard]] std::optional<Range> take(std::uint64_t length);
    /// Precondition: no part of it is free.
    void give_back(Range range);

    /// First address to end of each free range.
    [[nodiscard]] const std::map<std::uint64_t, std::uint64_t>& ranges() const { return by_begin_; }

private:
    void insert(const Range& range);
    void remove(const Range& range);

    std::map<std::uint64_t, std::uint64_t> by_begin_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> by_size_; ///< (size, first address)
};

} // namespace glacis::supervisor
