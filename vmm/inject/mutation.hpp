// Instruction mutations: where a program's code can be made wrong, and how.
//
// Pure: nothing is written anywhere. A mutation is a value that its user puts into a copy of the
// program, and that tells what it does.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fault/architecture.hpp"
#include "inject/fault_class.hpp"
#include "inject/random.hpp"

namespace glacis::inject {

/// A program's executable bytes, which need not all be instructions: whatever they are, looking at
/// them is safe.
struct Code {
    std::span<const std::uint8_t> bytes{};
    std::uint64_t address = 0; ///< where the first byte lies in the guest
    fault::Architecture architecture = fault::Architecture::x86_64;
};

/// One instruction that a mutation of some class is possible for.
struct Site {
    std::uint64_t address = 0;
    std::uint64_t length = 0; ///< bytes
    bool operator==(const Site&) const = default;
};

struct Mutation {
    FaultClass fault_class = FaultClass::text_bit_flip;
    std::uint64_t address = 0;
    std::vector<std::uint8_t> before; ///< what is there now: the whole instruction
    std::vector<std::uint8_t> after;  ///< as many bytes, not the same
    std::string text_before;          ///< disassembled: x86 in AT&T syntax
    std::string text_after; ///< all that `after` begins or holds, "nop; nop"; a bit flip's last one
                            ///< may reach beyond it
    bool operator==(const Mutation&) const = default;

    [[nodiscard]] std::uint64_t length() const { return before.size(); }
};

/// In ascending order, disjoint. The code is read from its start, one instruction after the other;
/// bytes that are none are stepped over. Empty for code of aarch64, which is not known yet.
[[nodiscard]] std::vector<Site> find_sites(const Code& code, FaultClass fault_class);

/// One of the mutations that are possible at a site of find_sites(code, fault_class), each as
/// likely as the others. Nothing where there is none, or no such instruction.
///
/// It has been decoded again: it is what its class says, does not mean the same as before, and
/// leaves what comes behind it alone, save that a bit flip may change an instruction's length.
[[nodiscard]] std::optional<Mutation> mutate(const Code& code, const Site& site,
                                             FaultClass fault_class, Random& random);

} // namespace glacis::inject
