// Memory for page tables that keeps a history of every entry.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <glacis/supervisor/paging.hpp>

namespace glacis::supervisor::test {

/// Everybody who is about to write an entry asks for its page first: at that moment the write
/// before must be complete, so that comparing with the last look finds each write by itself.
class RecordingTableMemory : public TableMemory {
public:
    static constexpr std::uint64_t base = GLACIS_TABLES_BASE;

    explicit RecordingTableMemory(std::size_t pages = SIZE_MAX) : left_(pages) {}

    [[nodiscard]] std::uint64_t* page(std::uint64_t address) override
    {
        look();
        last_page_ = index_of(address);
        return pages_[last_page_].now.data();
    }
    [[nodiscard]] std::optional<std::uint64_t> allocate() override
    {
        look();
        if (left_ == 0) {
            return std::nullopt;
        }
        --left_;
        pages_.emplace_back();
        return base + (pages_.size() - 1) * page_size;
    }
    /// How many more pages there are.
    void limit(std::size_t pages) { left_ = pages; }
    [[nodiscard]] std::size_t allocated() const { return pages_.size(); }

    struct Write {
        std::uint64_t page = 0;
        std::uint64_t index = 0;
        std::uint64_t before = 0;
        std::uint64_t after = 0;
    };
    /// What was written since the last call, in order.
    [[nodiscard]] std::vector<Write> take_history()
    {
        look();
        return std::exchange(history_, {});
    }
    [[nodiscard]] std::uint64_t entry(std::uint64_t page, std::uint64_t index) const
    {
        return pages_[index_of(page)].now[index];
    }
    /// As hardware does, between two steps of the code under test.
    void set_bits(std::uint64_t page, std::uint64_t index, std::uint64_t bits)
    {
        look();
        Page& it = pages_[index_of(page)];
        it.now[index] |= bits;
        it.seen[index] = it.now[index];
    }

private:
    struct Page {
        std::array<std::uint64_t, 512> now{};
        std::array<std::uint64_t, 512> seen{};
    };
    [[nodiscard]] static std::size_t index_of(std::uint64_t address)
    {
        return (address - base) / page_size;
    }
    /// Only the page handed out last can have changed.
    void look()
    {
        if (last_page_ == SIZE_MAX) {
            return;
        }
        Page& it = pages_[last_page_];
        for (std::uint64_t index = 0; index < it.now.size(); ++index) {
            if (it.now[index] != it.seen[index]) {
                history_.push_back(
                    {base + last_page_ * page_size, index, it.seen[index], it.now[index]});
                it.seen[index] = it.now[index];
            }
        }
    }

    std::deque<Page> pages_;
    std::size_t left_;
    std::size_t last_page_ = SIZE_MAX;
    std::vector<Write> history_;
};

} // namespace glacis::supervisor::test
