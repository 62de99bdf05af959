// Which slots are free: a tree of bitmaps with 64 children to a node, so that the lowest free slot
// is found in as many steps as the tree has levels (three for 262,144 slots), however many are
// taken.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace glacis::supervisor {

class SlotIndex {
public:
    /// All `slots` are free.
    explicit SlotIndex(std::uint32_t slots);

    [[nodiscard]] std::optional<std::uint32_t> lowest_free() const;
    [[nodiscard]] bool is_free(std::uint32_t slot) const;
    /// Precondition: free.
    void take(std::uint32_t slot);
    /// Precondition: taken.
    void give_back(std::uint32_t slot);

    /// Words of bitmap that the next lowest_free() would read.
    [[nodiscard]] std::size_t depth() const { return levels_.size(); }

private:
    using Words = std::vector<std::uint64_t>;
    /// levels_[0] has one bit a slot, set when free; a bit of levels_[n + 1] says that its word of
    /// levels_[n] is not zero. The last level is one word.
    std::vector<Words> levels_;
};

} // namespace glacis::supervisor
