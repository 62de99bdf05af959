#include "inject/arch/x86_64/listing.hpp"

#include <algorithm>

namespace glacis::inject::x86_64 {

namespace {

bool is_register(const Operand& operand, x86_reg reg)
{
    return operand.type == X86_OP_REG && operand.reg == reg;
}

/// push %rbp; mov %rsp,%rbp
bool sets_up_frame(const Instruction& first, const Instruction& second)
{
    return first.id == X86_INS_PUSH && is_register(first.operands[0], X86_REG_RBP) &&
           second.id == X86_INS_MOV && is_register(second.operands[0], X86_REG_RBP) &&
           is_register(second.operands[1], X86_REG_RSP);
}

} // namespace

Listing list(const Code& code)
{
    Listing listing;
    bool follows_gap = false;
    for (std::size_t at = 0; at < code.bytes.size();) {
        const std::uint64_t address = code.address + at;
        const auto instruction = decode(code.bytes.subspan(at), address);
        if (!instruction) {
            ++at;
            follows_gap = true;
            continue;
        }
        listing.push_back({address, *instruction, follows_gap});
        follows_gap = false;
        at += instruction->length;
    }
    return listing;
}

std::vector<std::size_t> function_starts(const Listing& listing)
{
    std::vector<std::uint64_t> called;
    for (const Line& line : listing) {
        if (line.instruction.flow == Instruction::Flow::call && line.instruction.target) {
            called.push_back(*line.instruction.target);
        }
    }
    std::sort(called.begin(), called.end());
    std::vector<std::size_t> starts;
    for (std::size_t place = 0; place < listing.size(); ++place) {
        const bool is_called =
            std::binary_search(called.begin(), called.end(), listing[place].address);
        const bool is_frame =
            place + 1 < listing.size() &&
            sets_up_frame(listing[place].instruction, listing[place + 1].instruction);
        if (is_called || is_frame) {
            starts.push_back(place);
        }
    }
    return starts;
}

} // namespace glacis::inject::x86_64
