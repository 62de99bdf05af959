#include "fault/arch/x86_64/decode.hpp"

#include <algorithm>

#include "fault/arch/x86_64/operands.hpp"
#include "fault/capstone_session.hpp"

namespace glacis::fault::x86_64 {

namespace {

CapstoneSession& session()
{
    static thread_local CapstoneSession instance(CS_ARCH_X86, CS_MODE_64);
    return instance;
}

/// Bytes that a size suffix of the AT&T syntax stands for; 0 for none.
unsigned suffix_size(char suffix)
{
    switch (suffix) {
    case 'b':
        return 1;
    case 'w':
        return 2;
    case 'l':
        return 4;
    case 'q':
        return 8;
    default:
        return 0;
    }
}

bool has_general_register_of(const cs_x86& details, unsigned size)
{
    return std::any_of(details.operands, details.operands + details.op_count,
                       [size](const cs_x86_op& operand) {
                           return operand.type == X86_OP_REG && operand.size == size &&
                                  is_general_register(operand.reg);
                       });
}

/// Instructions on the stack and on the program counter, whose size in 64-bit mode needs no saying.
bool is_size_implied(unsigned id)
{
    switch (id) {
    case X86_INS_PUSH:
    case X86_INS_POP:
    case X86_INS_PUSHFQ:
    case X86_INS_POPFQ:
    case X86_INS_CALL:
    case X86_INS_JMP:
    case X86_INS_RET:
        return true;
    default:
        return false;
    }
}

/// Capstone writes the size suffix always ("pushq %rbp"); disassemblies people know leave it out
/// where an operand tells ("push %rbp").
std::string shortened_mnemonic(const cs_insn& plain, const std::string& att_mnemonic)
{
    std::string intel_mnemonic = plain.mnemonic;
    if (att_mnemonic.size() != intel_mnemonic.size() + 1 ||
        !att_mnemonic.starts_with(intel_mnemonic))
        return att_mnemonic;
    const unsigned size = suffix_size(att_mnemonic.back());
    if (size == 0)
        return att_mnemonic;
    if ((size == 8 && is_size_implied(plain.id)) ||
        has_general_register_of(plain.detail->x86, size))
        return intel_mnemonic;
    return att_mnemonic;
}

} // namespace

std::optional<DecodedInstruction> decode(std::span<const std::uint8_t> code,
                                         std::uint64_t program_counter)
{
    // Twice: operands are described most reliably in Intel's order, people read AT&T's.
    CapstoneSession& capstone = session();
    capstone.set_syntax(CS_OPT_SYNTAX_ATT);
    const cs_insn* instruction = capstone.disassemble(code, program_counter);
    if (instruction == nullptr)
        return std::nullopt;
    const std::string att_mnemonic = instruction->mnemonic;
    const std::string att_operands = instruction->op_str;

    capstone.set_syntax(CS_OPT_SYNTAX_INTEL);
    instruction = capstone.disassemble(code, program_counter);
    if (instruction == nullptr)
        return std::nullopt;

    DecodedInstruction decoded;
    decoded.address = program_counter;
    decoded.length = instruction->size;
    decoded.text = instruction_text(shortened_mnemonic(*instruction, att_mnemonic), att_operands);
    decoded.is_call = instruction->id == X86_INS_CALL || instruction->id == X86_INS_LCALL;
    decoded.is_privileged = is_privileged(*instruction);
    decoded.memory = memory_operands(*instruction);
    return decoded;
}

std::size_t length_if_frame_neutral(std::span<const std::uint8_t> code)
{
    CapstoneSession& capstone = session();
    capstone.set_syntax(CS_OPT_SYNTAX_INTEL);
    const cs_insn* instruction = capstone.disassemble(code, 0);
    if (instruction == nullptr)
        return 0;
    const cs_detail& detail = *instruction->detail;
    const bool goes_elsewhere =
        std::any_of(detail.groups, detail.groups + detail.groups_count, [](std::uint8_t group) {
            return group == CS_GRP_JUMP || group == CS_GRP_CALL || group == CS_GRP_RET ||
                   group == CS_GRP_INT || group == CS_GRP_IRET;
        });
    for (const x86_reg reg :
         {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_RBP, X86_REG_EBP, X86_REG_BP}) {
        if (capstone.writes(reg))
            return 0;
    }
    return goes_elsewhere ? 0 : instruction->size;
}

} // namespace glacis::fault::x86_64
