#include "fault/arch/x86_64/operands.hpp"

#include <algorithm>
#include <span>

#include "fault/arch/x86_64/operand_rules.hpp"

namespace glacis::fault::x86_64 {

namespace {

constexpr std::uint64_t word = 8;

std::span<const cs_x86_op> operands_of(const cs_insn& instruction)
{
    const cs_x86& details = instruction.detail->x86;
    return {details.operands, details.op_count};
}

bool has_operand_size_prefix(const cs_insn& instruction)
{
    return instruction.detail->x86.prefix[2] == X86_PREFIX_OPSIZE;
}

MemoryOperand stack_operand(std::int64_t displacement, std::uint64_t length, Access access)
{
    return {.base = "rsp", .displacement = displacement, .length = length, .access = access};
}

MemoryOperand push_operand(std::uint64_t length)
{
    return stack_operand(-static_cast<std::int64_t>(length), length, Access::write);
}

/// False when the operand names a register whose value nobody has (a vector of indices).
bool set_address(MemoryOperand& result, const cs_insn& instruction, const x86_op_mem& memory)
{
    result.displacement = memory.disp;
    result.segment_base = segment_base(memory.segment);
    if (memory.base == X86_REG_RIP || memory.base == X86_REG_EIP) {
        // Relative to the end of the instruction, which is known here.
        result.displacement += static_cast<std::int64_t>(instruction.address + instruction.size);
        result.is_address_32bit = memory.base == X86_REG_EIP;
    } else if (memory.base != X86_REG_INVALID) {
        const AddressRegister base = address_register(memory.base);
        if (base.name.empty())
            return false;
        result.base = base.name;
        result.is_address_32bit = base.is_32bit;
    }
    if (memory.index != X86_REG_INVALID && memory.index != X86_REG_RIZ &&
        memory.index != X86_REG_EIZ) {
        const AddressRegister index = address_register(memory.index);
        if (index.name.empty())
            return false;
        result.index = index.name;
        result.is_address_32bit = result.is_address_32bit || index.is_32bit;
        while ((1 << result.index_shift) < memory.scale)
            ++result.index_shift;
    }
    return true;
}

/// bt and kin with a register for the bit: the operand is the first of a whole string of bits.
void apply_bit_offset(MemoryOperand& result, const cs_insn& instruction)
{
    const auto operands = operands_of(instruction);
    if (!is_bit_test(instruction.id) || operands.size() != 2 || operands[1].type != X86_OP_REG)
        return;
    // One index a MemoryOperand: with another one in use, the first operand of the string stands
    // for all.
    if (!result.index.empty())
        return;
    result.index = address_register(operands[1].reg).name;
    result.index_extension = MemoryOperand::IndexExtension::bit_offset;
}

/// A repeated string instruction does nothing once its count is zero. The registers point at the
/// element that is next, whatever the direction.
void apply_repeat(MemoryOperand& result, const cs_insn& instruction)
{
    const cs_x86& details = instruction.detail->x86;
    if (!is_string_instruction(instruction.id) ||
        (details.prefix[0] != X86_PREFIX_REP && details.prefix[0] != X86_PREFIX_REPNE))
        return;
    result.condition_register = "rcx";
    result.condition_bits = details.addr_size == 4 ? UINT32_MAX : UINT64_MAX;
}

void add_explicit(std::vector<MemoryOperand>& result, const cs_insn& instruction)
{
    if (!uses_its_memory_operand(instruction))
        return;
    const auto operands = operands_of(instruction);
    for (std::size_t i = 0; i < operands.size(); ++i) {
        if (operands[i].type != X86_OP_MEM)
            continue;
        MemoryOperand memory;
        if (!set_address(memory, instruction, operands[i].mem))
            continue;
        memory.length = operand_length(instruction, operands[i]);
        memory.access = operand_access(instruction, i);
        memory.alignment = operand_alignment(instruction, memory.length);
        apply_bit_offset(memory, instruction);
        apply_repeat(memory, instruction);
        result.push_back(memory);
        if (is_extended_state(instruction.id))
            add_extended_state(result, instruction, memory);
    }
}

/// Level 0 pushes RBP; a higher level copies frame pointers of outer levels too. At the end the
/// processor tries the lowest address of the new frame.
void add_enter(std::vector<MemoryOperand>& result, const cs_insn& instruction)
{
    const auto operands = operands_of(instruction);
    if (operands.size() != 2)
        return;
    const auto frame_size = operands[0].imm & 0xffff;
    const auto level = operands[1].imm & 31;
    result.push_back(push_operand(word));
    for (std::int64_t i = 1; i < level; ++i) {
        const auto offset = -static_cast<std::int64_t>(word) * i;
        result.push_back(
            {.base = "rbp", .displacement = offset, .length = word, .access = Access::read});
        result.push_back(
            stack_operand(offset - static_cast<std::int64_t>(word), word, Access::write));
    }
    const auto pushed = static_cast<std::int64_t>(word) * (level + 1);
    if (level > 0)
        result.push_back(stack_operand(-pushed, word, Access::write));
    result.push_back(stack_operand(-pushed - frame_size, word, Access::write));
}

/// pop raises RSP before it computes the address that it writes to.
void add_pop(std::vector<MemoryOperand>& result, std::uint64_t length)
{
    for (MemoryOperand& operand : result) {
        if (operand.base == "rsp")
            operand.displacement += static_cast<std::int64_t>(length);
    }
    result.push_back(stack_operand(0, length, Access::read));
}

void add_implicit(std::vector<MemoryOperand>& result, const cs_insn& instruction)
{
    const auto operands = operands_of(instruction);
    const std::uint64_t pushed = has_operand_size_prefix(instruction) ? 2 : word;
    switch (instruction.id) {
    case X86_INS_PUSH:
    case X86_INS_PUSHF:
    case X86_INS_PUSHFQ:
        result.push_back(push_operand(pushed));
        break;
    case X86_INS_CALL:
        result.push_back(push_operand(word));
        break;
    case X86_INS_POP:
    case X86_INS_POPF:
    case X86_INS_POPFQ:
        add_pop(result, pushed);
        break;
    case X86_INS_RET:
    case X86_INS_RETF: // two halves
        result.push_back(stack_operand(0, word, Access::read));
        break;
    case X86_INS_RETFQ:
        result.push_back(stack_operand(0, 2 * word, Access::read));
        break;
    case X86_INS_IRETQ:
        result.push_back(stack_operand(0, 5 * word, Access::read));
        break;
    case X86_INS_LEAVE:
        result.push_back({.base = "rbp", .length = word, .access = Access::read});
        break;
    case X86_INS_ENTER:
        add_enter(result, instruction);
        break;
    case X86_INS_XLATB:
        result.push_back({.base = "rbx",
                          .index = "rax",
                          .index_extension = MemoryOperand::IndexExtension::unsigned_8,
                          .length = 1,
                          .access = Access::read});
        break;
    case X86_INS_MASKMOVQ:
    case X86_INS_MASKMOVDQU:
    case X86_INS_VMASKMOVDQU:
        result.push_back({.base = "rdi",
                          .length = operands.empty() ? word : std::uint64_t{operands[0].size},
                          .access = Access::write});
        break;
    default:
        break;
    }
}

} // namespace

std::vector<MemoryOperand> memory_operands(const cs_insn& instruction)
{
    std::vector<MemoryOperand> result;
    add_explicit(result, instruction);
    add_implicit(result, instruction);
    if (instruction.id != X86_INS_ENTER) {
        std::stable_partition(result.begin(), result.end(), [](const MemoryOperand& operand) {
            return operand.access == Access::read;
        });
    }
    return result;
}

} // namespace glacis::fault::x86_64
