// Who called whom: a bounded walk along the chain of frame pointers in a stack nobody vouches for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <glacis/supervisor/types.hpp>

namespace glacis::fault {

/// Reads the 8 bytes at a guest address; false when they cannot be read.
using WordReader = std::function<bool(std::uint64_t address, std::uint64_t& word)>;

/// Where a walk begins.
struct WalkStart {
    std::uint64_t program_counter = 0;
    std::uint64_t stack_pointer = 0;
    std::uint64_t frame_pointer = 0;
    /// Where the caller of the innermost function is to be found when that function has no frame
    /// record of its own yet (it faulted in its first instructions): already read from the stack or
    /// the link register.
    std::optional<std::uint64_t> return_address;
};

struct WalkedFrame {
    std::uint64_t address = 0; ///< the program counter, or a return address
    std::uint64_t repeats = 1; ///< equal addresses in a row
};

struct Walk {
    std::vector<WalkedFrame> frames; ///< innermost first
    bool is_cut = false;             ///< a bound was reached before the end of the chain
};

constexpr std::size_t max_distinct_frames = 64;
constexpr std::uint64_t max_walked_frames = 100'000;

/// Both architectures' frame records are {caller's frame pointer, return address}, growing upwards.
/// Never reads outside `stack`, visits strictly rising records only, ends at a record whose return
/// address or successor is 0.
[[nodiscard]] Walk walk(const WalkStart& start, const supervisor::Range& stack,
                        const WordReader& read);

} // namespace glacis::fault
