// A program's code as a list of instructions, and questions about neighbours in it.
#pragma once

#include <vector>

#include "inject/arch/x86_64/instruction.hpp"
#include "inject/mutation.hpp"

namespace glacis::inject::x86_64 {

struct Line {
    std::uint64_t address = 0;
    Instruction instruction;
    bool follows_gap = false; ///< the bytes before it were no instruction
};

using Listing = std::vector<Line>;

/// One instruction after the other from the start; bytes that begin none are stepped over.
[[nodiscard]] Listing list(const Code& code);

/// Where functions seem to start, as places in the listing: targets of calls, and where a frame
/// pointer is set up. In ascending order.
[[nodiscard]] std::vector<std::size_t> function_starts(const Listing& listing);

} // namespace glacis::inject::x86_64
