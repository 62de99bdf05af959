// Every field of the encoding that can be meant is changed in every way, and what comes out is
// decoded: the decoder alone decides which changes are of the class that is asked for.

#include "inject/arch/x86_64/alternatives.hpp"

#include <algorithm>

#include "inject/arch/x86_64/change.hpp"

namespace glacis::inject::x86_64 {

namespace {

using CodeBytes = std::span<const std::uint8_t>;

struct Original {
    CodeBytes bytes;     ///< of the instruction
    CodeBytes with_rest; ///< and what comes behind it
    const Instruction* instruction;
    std::uint64_t address;
};

Change wanted_change(FaultClass fault_class)
{
    switch (fault_class) {
    case FaultClass::wrong_source:
        return Change::source;
    case FaultClass::wrong_destination:
        return Change::destination;
    case FaultClass::corrupted_pointer:
        return Change::pointer;
    case FaultClass::inverted_branch:
        return Change::condition;
    case FaultClass::loop_bound:
        return Change::immediate;
    default:
        return Change::other;
    }
}

bool means_the_same(const Original& original, const Instruction& other)
{
    const Instruction& before = *original.instruction;
    return change_between(before, other) == Change::none ||
           (does_nothing(before, original.address) && does_nothing(other, original.address) &&
            before.length == other.length);
}

/// Whether flipped bits are instructions again up to the end of what they were in, and not the same
/// one in another spelling.
bool is_usable_flip(const Original& original, const Bytes& flipped)
{
    Bytes code = flipped;
    const auto behind = original.with_rest.subspan(flipped.size());
    const auto seen = behind.first(std::min(behind.size(), longest_instruction));
    code.insert(code.end(), seen.begin(), seen.end());
    std::size_t at = 0;
    while (at < flipped.size()) {
        const auto next = decode(CodeBytes(code).subspan(at), original.address + at);
        if (!next) {
            return false;
        }
        if (at == 0 && means_the_same(original, *next)) {
            return false;
        }
        at += next->length;
    }
    return true;
}

bool is_of_class(const Original& original, const Bytes& edited, FaultClass fault_class)
{
    const auto after = decode(edited, original.address);
    return after && change_between(*original.instruction, *after) == wanted_change(fault_class);
}

void edit(const Original& original, FaultClass fault_class, const TakeEdit& take)
{
    const Instruction& instruction = *original.instruction;
    const TakeEdit take_if_of_class = [&](const Bytes& edited) {
        return !is_of_class(original, edited, fault_class) || take(edited);
    };
    switch (fault_class) {
    case FaultClass::text_bit_flip:
        edit_bits(original.bytes, [&](const Bytes& edited) {
            return !is_usable_flip(original, edited) || take(edited);
        });
        return;
    case FaultClass::wrong_source:
    case FaultClass::wrong_destination:
        edit_registers(original.bytes, instruction, take_if_of_class);
        return;
    case FaultClass::corrupted_pointer:
        edit_registers(original.bytes, instruction, take_if_of_class);
        edit_displacement(original.bytes, instruction, take_if_of_class);
        return;
    case FaultClass::inverted_branch:
        edit_condition(original.bytes, instruction, take_if_of_class);
        return;
    case FaultClass::loop_bound:
        if (instruction.id == X86_INS_CMP) {
            edit_immediate(original.bytes, instruction, take_if_of_class);
        }
        return;
    case FaultClass::deleted_branch:
        if (instruction.flow != Instruction::Flow::either &&
            instruction.flow != Instruction::Flow::jump) {
            return;
        }
        break;
    case FaultClass::deleted_instruction:
    case FaultClass::missing_initialisation:
    case FaultClass::missing_argument:
        break;
    default:
        return; // nothing that is done to instructions
    }
    edit_to_nops(original.bytes, take);
}

/// Whether changing it can make a difference at all.
bool is_worth_changing(const Instruction& instruction, std::uint64_t address,
                       FaultClass fault_class)
{
    return fault_class == FaultClass::text_bit_flip || !does_nothing(instruction, address);
}

} // namespace

std::vector<Bytes> alternatives(std::span<const std::uint8_t> code, const Site& site,
                                FaultClass fault_class)
{
    std::vector<Bytes> found;
    const auto instruction = decode(code, site.address);
    if (instruction && instruction->length == site.length &&
        is_worth_changing(*instruction, site.address, fault_class)) {
        const Original original{code.first(site.length), code, &*instruction, site.address};
        edit(original, fault_class, [&](const Bytes& edited) {
            found.push_back(edited);
            return true;
        });
    }
    return found;
}

bool has_alternative(std::span<const std::uint8_t> code, const Instruction& instruction,
                     std::uint64_t address, FaultClass fault_class)
{
    if (!is_worth_changing(instruction, address, fault_class)) {
        return false;
    }
    bool is_found = false;
    const Original original{code.first(instruction.length), code, &instruction, address};
    edit(original, fault_class, [&](const Bytes&) {
        is_found = true;
        return false;
    });
    return is_found;
}

} // namespace glacis::inject::x86_64
