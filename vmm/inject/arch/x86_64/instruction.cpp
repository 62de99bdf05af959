#include "inject/arch/x86_64/instruction.hpp"

#include <algorithm>

#include "fault/capstone_session.hpp"

namespace glacis::inject::x86_64 {

namespace {

fault::CapstoneSession& session()
{
    // Intel's order of operands, the destination first, is Capstone's own.
    thread_local fault::CapstoneSession each(CS_ARCH_X86, CS_MODE_64);
    return each;
}

constexpr std::array<std::array<x86_reg, 5>, 16> general_registers{{
    {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
    {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
    {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
    {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
    {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL, X86_REG_SPL},
    {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, X86_REG_BPL},
    {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, X86_REG_SIL},
    {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, X86_REG_DIL},
    {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, X86_REG_R8B},
    {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, X86_REG_R9B},
    {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, X86_REG_R10B},
    {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, X86_REG_R11B},
    {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, X86_REG_R12B},
    {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, X86_REG_R13B},
    {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, X86_REG_R14B},
    {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, X86_REG_R15B},
}};

bool is_in_group(const cs_detail& detail, unsigned group)
{
    const auto* end = detail.groups + detail.groups_count;
    return std::find(detail.groups, end, group) != end;
}

Instruction::Flow flow_of(const cs_insn& instruction)
{
    using Flow = Instruction::Flow;
    const cs_detail& detail = *instruction.detail;
    if (is_in_group(detail, CS_GRP_CALL)) {
        return Flow::call;
    }
    switch (instruction.id) {
    case X86_INS_JMP:
    case X86_INS_LJMP:
        return Flow::jump;
    case X86_INS_LOOP: // no jumps for Capstone
    case X86_INS_LOOPE:
    case X86_INS_LOOPNE:
        return Flow::either;
    case X86_INS_HLT:
    case X86_INS_UD2:
    case X86_INS_UD2B:
        return Flow::elsewhere;
    default:
        break;
    }
    if (is_in_group(detail, CS_GRP_JUMP)) {
        return Flow::either;
    }
    const bool leaves = is_in_group(detail, CS_GRP_RET) || is_in_group(detail, CS_GRP_INT) ||
                        is_in_group(detail, CS_GRP_IRET);
    return leaves ? Flow::elsewhere : Flow::next;
}

/// Capstone takes the first operand of some for written, and that of many vector instructions for
/// read only.
bool is_written(const cs_insn& instruction, std::size_t index)
{
    switch (instruction.id) {
    case X86_INS_CMP:
    case X86_INS_TEST:
    case X86_INS_BT:
    case X86_INS_PTEST:
    case X86_INS_COMISS:
    case X86_INS_COMISD:
    case X86_INS_UCOMISS:
    case X86_INS_UCOMISD:
    case X86_INS_OUT:
    case X86_INS_ENTER:
        return false;
    default:
        break;
    }
    const cs_x86& details = instruction.detail->x86;
    return (details.operands[index].access & CS_AC_WRITE) != 0 ||
           (index == 0 && details.op_count >= 2);
}

Operand operand_of(const cs_insn& instruction, std::size_t index)
{
    const cs_x86_op& source = instruction.detail->x86.operands[index];
    Operand operand;
    operand.type = source.type;
    operand.size = source.size;
    operand.is_written = is_written(instruction, index);
    switch (source.type) {
    case X86_OP_REG:
        operand.reg = source.reg;
        break;
    case X86_OP_IMM:
        operand.immediate = source.imm;
        break;
    case X86_OP_MEM:
        operand.memory = source.mem;
        break;
    case X86_OP_INVALID:
        break;
    }
    return operand;
}

void note_written(Instruction& instruction, x86_reg reg)
{
    if (const auto number = number_of(reg)) {
        instruction.written |= std::uint32_t{1} << *number;
    }
    instruction.writes_flags = instruction.writes_flags || reg == X86_REG_EFLAGS;
}

bool is_same_register_twice(const Instruction& instruction)
{
    const auto operands = instruction.used_operands();
    return operands.size() == 2 && operands[0].type == X86_OP_REG &&
           operands[1].type == X86_OP_REG && operands[0].reg == operands[1].reg;
}

} // namespace

std::optional<RegisterNumber> number_of(x86_reg reg)
{
    constexpr unsigned first_vector = 16;
    if (reg >= X86_REG_XMM0 && reg <= X86_REG_XMM15) {
        return first_vector + static_cast<unsigned>(reg - X86_REG_XMM0);
    }
    for (unsigned number = 0; number < general_registers.size(); ++number) {
        const auto& names = general_registers[number];
        if (std::find(names.begin(), names.end(), reg) != names.end()) {
            return number;
        }
    }
    return std::nullopt;
}

std::optional<Instruction> decode(std::span<const std::uint8_t> code, std::uint64_t address)
{
    const cs_insn* decoded =
        session().disassemble(code.first(std::min(code.size(), longest_instruction)), address);
    if (decoded == nullptr) {
        return std::nullopt;
    }
    const cs_detail& detail = *decoded->detail;
    Instruction instruction;
    instruction.id = decoded->id;
    instruction.length = decoded->size;
    instruction.encoding = detail.x86.encoding;
    instruction.flow = flow_of(*decoded);
    instruction.operand_count =
        std::min<std::size_t>(detail.x86.op_count, instruction.operands.size());
    for (std::size_t index = 0; index < instruction.operand_count; ++index) {
        const Operand operand = operand_of(*decoded, index);
        instruction.operands[index] = operand;
        if (operand.type == X86_OP_REG && operand.is_written) {
            note_written(instruction, operand.reg);
        }
    }
    for (std::size_t index = 0; index < detail.regs_write_count; ++index) {
        note_written(instruction, static_cast<x86_reg>(detail.regs_write[index]));
    }
    if (instruction.flow != Instruction::Flow::next && instruction.operand_count == 1 &&
        instruction.operands[0].type == X86_OP_IMM) {
        instruction.target = static_cast<std::uint64_t>(instruction.operands[0].immediate);
    }
    return instruction;
}

bool does_nothing(const Instruction& instruction, std::uint64_t address)
{
    if (instruction.flow == Instruction::Flow::jump ||
        instruction.flow == Instruction::Flow::either) {
        return instruction.target == address + instruction.length;
    }
    switch (instruction.id) {
    case X86_INS_NOP:
    case X86_INS_PAUSE:
    case X86_INS_ENDBR64:
    case X86_INS_ENDBR32:
        return true;
    case X86_INS_MOV:
    case X86_INS_XCHG:
        // The upper half of a register is cleared where the lower one is written.
        return is_same_register_twice(instruction) && instruction.operands[0].size != 4;
    case X86_INS_LEA: {
        const Operand& from = instruction.operands[1];
        return from.memory.base == instruction.operands[0].reg &&
               from.memory.index == X86_REG_INVALID && from.memory.disp == 0 &&
               instruction.operands[0].size == 8;
    }
    default:
        return false;
    }
}

} // namespace glacis::inject::x86_64
