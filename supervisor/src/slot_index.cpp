#include "slot_index.hpp"

#include <bit>
#include <cassert>

namespace glacis::supervisor {
namespace {

constexpr std::uint32_t word_bits = 64;

[[nodiscard]] constexpr std::uint64_t bit(std::uint32_t position)
{
    return std::uint64_t{1} << (position % word_bits);
}

} // namespace

SlotIndex::SlotIndex(std::uint32_t slots)
{
    std::uint32_t bits = slots;
    do {
        Words words((bits + word_bits - 1) / word_bits, ~std::uint64_t{0});
        if (bits % word_bits != 0) {
            words.back() = bit(bits) - 1;
        }
        if (words.empty()) {
            words.push_back(0);
        }
        bits = static_cast<std::uint32_t>(words.size());
        levels_.push_back(std::move(words));
    } while (bits > 1);
}

std::optional<std::uint32_t> SlotIndex::lowest_free() const
{
    std::uint32_t position = 0;
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
        const std::uint64_t word = (*level)[position];
        if (word == 0) {
            return std::nullopt;
        }
        position = position * word_bits + static_cast<std::uint32_t>(std::countr_zero(word));
    }
    return position;
}

bool SlotIndex::is_free(std::uint32_t slot) const
{
    return (levels_[0][slot / word_bits] & bit(slot)) != 0;
}

void SlotIndex::take(std::uint32_t slot)
{
    assert(is_free(slot));
    std::uint32_t position = slot;
    for (Words& words : levels_) {
        std::uint64_t& word = words[position / word_bits];
        word &= ~bit(position);
        if (word != 0) {
            return;
        }
        position /= word_bits;
    }
}

void SlotIndex::give_back(std::uint32_t slot)
{
    assert(!is_free(slot));
    std::uint32_t position = slot;
    for (Words& words : levels_) {
        std::uint64_t& word = words[position / word_bits];
        const bool was_empty = word == 0;
        word |= bit(position);
        if (!was_empty) {
            return;
        }
        position /= word_bits;
    }
}

} // namespace glacis::supervisor
