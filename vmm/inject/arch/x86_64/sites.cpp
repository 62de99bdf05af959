#include "inject/arch/x86_64/sites.hpp"

#include <algorithm>

#include "inject/arch/x86_64/alternatives.hpp"
#include "inject/arch/x86_64/listing.hpp"

namespace glacis::inject::x86_64 {

namespace {

using Flow = Instruction::Flow;
using Places = std::vector<std::size_t>;

/// How far from a function's start something still counts as initialisation, and from a call as
/// loading its arguments. In instructions.
constexpr std::size_t reach_of_start = 24;
constexpr std::size_t reach_of_call = 16;
/// From a comparison to the branch that it decides.
constexpr std::size_t reach_of_flags = 8;

Places every_place(const Listing& listing)
{
    Places places(listing.size());
    for (std::size_t place = 0; place < places.size(); ++place) {
        places[place] = place;
    }
    return places;
}

/// Whether a conditional jump counts in rcx and looks at no flags.
bool is_decided_by_count(const Instruction& instruction)
{
    switch (instruction.id) {
    case X86_INS_LOOP:
    case X86_INS_JCXZ:
    case X86_INS_JECXZ:
    case X86_INS_JRCXZ:
        return true;
    default:
        return false;
    }
}

/// Whether the flags that are set at `place` decide a jump back to there or before.
bool feeds_backward_branch(const Listing& listing, std::size_t place)
{
    const std::size_t end = std::min(listing.size(), place + 1 + reach_of_flags);
    for (std::size_t next = place + 1; next < end && !listing[next].follows_gap; ++next) {
        const Instruction& instruction = listing[next].instruction;
        if (instruction.flow == Flow::either) {
            return !is_decided_by_count(instruction) && instruction.target &&
                   *instruction.target <= listing[place].address;
        }
        if (instruction.flow != Flow::next || instruction.writes_flags) {
            return false;
        }
    }
    return false;
}

Places loop_bounds(const Listing& listing)
{
    Places places;
    for (std::size_t place = 0; place < listing.size(); ++place) {
        if (listing[place].instruction.id == X86_INS_CMP && feeds_backward_branch(listing, place)) {
            places.push_back(place);
        }
    }
    return places;
}

std::optional<RegisterNumber> register_of(const Operand& operand)
{
    return operand.type == X86_OP_REG ? number_of(operand.reg) : std::nullopt;
}

bool is_stack_slot(const Operand& operand)
{
    return operand.type == X86_OP_MEM && operand.memory.segment == X86_REG_INVALID &&
           (operand.memory.base == X86_REG_RSP || operand.memory.base == X86_REG_RBP);
}

/// xor %eax,%eax and its kin
bool is_zeroing(const Instruction& instruction)
{
    switch (instruction.id) {
    case X86_INS_XOR:
    case X86_INS_PXOR:
    case X86_INS_XORPS:
    case X86_INS_XORPD:
        break;
    default:
        return false;
    }
    return instruction.operands[0].type == X86_OP_REG &&
           instruction.operands[1].type == X86_OP_REG &&
           instruction.operands[0].reg == instruction.operands[1].reg;
}

bool is_move(const Instruction& instruction)
{
    switch (instruction.id) {
    case X86_INS_MOV:
    case X86_INS_MOVABS:
    case X86_INS_MOVAPS:
    case X86_INS_MOVUPS:
    case X86_INS_MOVAPD:
    case X86_INS_MOVUPD:
    case X86_INS_MOVDQA:
    case X86_INS_MOVDQU:
        return true;
    default:
        return false;
    }
}

/// A constant that goes into a register or a stack slot. `zeroed`: bits of the registers that are
/// known to be zero.
bool is_initialisation(const Instruction& instruction, std::uint32_t zeroed)
{
    if (is_zeroing(instruction)) {
        return true;
    }
    if (!is_move(instruction) || instruction.operand_count != 2) {
        return false;
    }
    const Operand& to = instruction.operands[0];
    const Operand& from = instruction.operands[1];
    if (from.type == X86_OP_IMM) {
        return to.type == X86_OP_REG || is_stack_slot(to);
    }
    const auto source = register_of(from);
    return source && (zeroed >> *source & 1) != 0 && is_stack_slot(to);
}

/// The straight piece of code at a function's start.
void add_initialisations(const Listing& listing, std::size_t start, Places& places)
{
    std::uint32_t zeroed = 0;
    const std::size_t end = std::min(listing.size(), start + reach_of_start);
    for (std::size_t place = start; place < end; ++place) {
        const Instruction& instruction = listing[place].instruction;
        if (instruction.flow != Flow::next || (place != start && listing[place].follows_gap)) {
            return;
        }
        if (is_initialisation(instruction, zeroed)) {
            places.push_back(place);
        }
        zeroed &= ~instruction.written;
        if (is_zeroing(instruction)) {
            zeroed |= instruction.written;
        }
    }
}

Places initialisations(const Listing& listing)
{
    Places places;
    for (const std::size_t start : function_starts(listing)) {
        add_initialisations(listing, start, places);
    }
    return places;
}

bool is_load_of_register(const Instruction& instruction)
{
    switch (instruction.id) {
    case X86_INS_MOV:
    case X86_INS_MOVABS:
    case X86_INS_MOVZX:
    case X86_INS_MOVSX:
    case X86_INS_MOVSXD:
    case X86_INS_LEA:
        return true;
    default:
        return false;
    }
}

/// The last instruction that writes each register of an argument before the call, where it loads
/// it.
void add_arguments(const Listing& listing, std::size_t call, Places& places)
{
    // rdi, rsi, rdx, rcx, r8, r9
    std::uint32_t open = 1U << 7 | 1U << 6 | 1U << 2 | 1U << 1 | 1U << 8 | 1U << 9;
    const std::size_t last = call > reach_of_call ? call - reach_of_call : 0;
    for (std::size_t place = call; place-- > last && !listing[place + 1].follows_gap;) {
        const Instruction& instruction = listing[place].instruction;
        if (instruction.flow != Flow::next) {
            return;
        }
        if ((instruction.written & open) != 0 && is_load_of_register(instruction)) {
            places.push_back(place);
        }
        open &= ~instruction.written;
    }
}

Places arguments(const Listing& listing)
{
    Places places;
    for (std::size_t place = 0; place < listing.size(); ++place) {
        if (listing[place].instruction.flow == Flow::call) {
            add_arguments(listing, place, places);
        }
    }
    return places;
}

/// Where the neighbourhood allows the class; in any order, some perhaps twice.
Places candidates(const Listing& listing, FaultClass fault_class)
{
    switch (fault_class) {
    case FaultClass::loop_bound:
        return loop_bounds(listing);
    case FaultClass::missing_initialisation:
        return initialisations(listing);
    case FaultClass::missing_argument:
        return arguments(listing);
    default:
        return every_place(listing);
    }
}

} // namespace

std::vector<Site> find_sites(const Code& code, FaultClass fault_class)
{
    const Listing listing = list(code);
    Places places = candidates(listing, fault_class);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    std::vector<Site> sites;
    for (const std::size_t place : places) {
        const Line& line = listing[place];
        const auto rest = code.bytes.subspan(line.address - code.address);
        if (has_alternative(rest, line.instruction, line.address, fault_class)) {
            sites.push_back({line.address, line.instruction.length});
        }
    }
    return sites;
}

} // namespace glacis::inject::x86_64
