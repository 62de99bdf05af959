// Values by ranges of addresses: ordered and disjoint. Neighbours with equal values stay apart
// until they are joined.
#pragma once

#include <cassert>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

template <class Value> class RangeMap {
public:
    struct Entry {
        std::uint64_t end = 0;
        Value value;
    };
    using Entries = std::map<std::uint64_t, Entry>; ///< by first address
    using Iterator = typename Entries::iterator;
    using ConstIterator = typename Entries::const_iterator;

    [[nodiscard]] bool empty() const { return entries_.empty(); }
    [[nodiscard]] const Entries& entries() const { return entries_; }
    [[nodiscard]] Entries& entries() { return entries_; }

    /// The entry that holds `address`, or the next one above it, or the end.
    [[nodiscard]] ConstIterator at_or_above(std::uint64_t address) const
    {
        return at_or_above(entries_, address);
    }
    [[nodiscard]] Iterator at_or_above(std::uint64_t address)
    {
        return at_or_above(entries_, address);
    }

    /// The value at `address`; null where there is none.
    [[nodiscard]] const Value* find(std::uint64_t address) const
    {
        const auto found = at_or_above(address);
        return found != entries_.end() && found->first <= address ? &found->second.value : nullptr;
    }

    /// Whether every address of `range` has a value.
    [[nodiscard]] bool covers(const Range& range) const
    {
        std::uint64_t address = range.begin;
        for (auto entry = at_or_above(address); address < range.end; ++entry) {
            if (entry == entries_.end() || entry->first > address) {
                return false;
            }
            address = entry->second.end;
        }
        return true;
    }

    /// Makes `address` a boundary of entries.
    void split(std::uint64_t address)
    {
        const auto entry = at_or_above(address);
        if (entry == entries_.end() || entry->first >= address) {
            return;
        }
        entries_.emplace_hint(std::next(entry), address, entry->second);
        entry->second.end = address;
    }

    /// Precondition: no address of `range` has a value.
    void insert(const Range& range, Value value)
    {
        assert(range.begin < range.end);
        entries_.emplace(range.begin, Entry{range.end, std::move(value)});
    }

    void erase(const Range& range)
    {
        split(range.begin);
        split(range.end);
        entries_.erase(entries_.lower_bound(range.begin), entries_.lower_bound(range.end));
    }

    void assign(const Range& range, Value value)
    {
        erase(range);
        insert(range, std::move(value));
    }

    /// Calls `change(value)` for each entry of `range`, split so that no other address is touched.
    template <class Change> void update(const Range& range, Change change)
    {
        split(range.begin);
        split(range.end);
        const auto end = entries_.lower_bound(range.end);
        for (auto entry = entries_.lower_bound(range.begin); entry != end; ++entry) {
            change(entry->second.value);
        }
    }

    /// Joins adjacent entries inside and on both sides of `range` where `may_join(left, right)`.
    template <class MayJoin> void join(const Range& range, MayJoin may_join)
    {
        auto entry = at_or_above(range.begin);
        if (entry != entries_.begin()) {
            --entry;
        }
        while (entry != entries_.end() && entry->first <= range.end) {
            const auto next = std::next(entry);
            if (next != entries_.end() && next->first == entry->second.end &&
                may_join(entry->second.value, next->second.value)) {
                entry->second.end = next->second.end;
                entries_.erase(next);
            } else {
                entry = next;
            }
        }
    }

private:
    template <class Map> static auto at_or_above(Map& entries, std::uint64_t address)
    {
        auto entry = entries.upper_bound(address);
        if (entry != entries.begin()) {
            const auto below = std::prev(entry);
            if (below->second.end > address) {
                return below;
            }
        }
        return entry;
    }

    Entries entries_;
};

} // namespace glacis::supervisor
