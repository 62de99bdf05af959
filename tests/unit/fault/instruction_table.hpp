// Tables of machine code with what it means.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fault/instruction.hpp"

namespace glacis::fault::test {

struct ExpectedAccess {
    std::uint64_t address;
    std::uint64_t length;
    Access access;
    bool operator==(const ExpectedAccess&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const ExpectedAccess& access)
{
    const char* kind = access.access == Access::write ? "write" : "read";
    return out << kind << " of " << access.length << " at " << std::hex << access.address
               << std::dec;
}

struct InstructionRow {
    std::string code; ///< in hexadecimal
    std::string text;
    std::vector<ExpectedAccess> accesses; ///< the fetch apart
};

/// Decodes at 0x100000000 and compares everything.
void expect_row(const InstructionRow& row, const NamedRegisters& registers,
                Architecture architecture);

[[nodiscard]] DecodedInstruction decoded(const std::string& code, Architecture architecture);

} // namespace glacis::fault::test
