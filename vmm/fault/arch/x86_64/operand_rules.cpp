#include "fault/arch/x86_64/operand_rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace glacis::fault::x86_64 {

namespace {

bool is_one_of(unsigned id, std::initializer_list<unsigned> ids)
{
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool has_prefix_of_vector_extension(const cs_insn& instruction)
{
    // VEX and EVEX instructions begin with v; among the others only the verify and virtualisation
    // ones do, which have no vector operand.
    return instruction.mnemonic[0] == 'v';
}

bool has_vector_group(const cs_insn& instruction)
{
    const cs_detail& detail = *instruction.detail;
    return std::any_of(detail.groups, detail.groups + detail.groups_count, [](std::uint8_t group) {
        switch (group) {
        case X86_GRP_SSE1:
        case X86_GRP_SSE2:
        case X86_GRP_SSE3:
        case X86_GRP_SSSE3:
        case X86_GRP_SSE41:
        case X86_GRP_SSE42:
        case X86_GRP_AES:
        case X86_GRP_PCLMUL:
        case X86_GRP_SHA:
            return true;
        default:
            return false;
        }
    });
}

/// With one operand, or with a memory operand first that is only looked at.
bool only_reads(unsigned id)
{
    return is_one_of(id,
                     {X86_INS_CMP, X86_INS_TEST, X86_INS_BT, X86_INS_CMPSB, X86_INS_CMPSW,
                      X86_INS_CMPSD, X86_INS_CMPSQ, X86_INS_OUTSB, X86_INS_OUTSW, X86_INS_OUTSD});
}

/// Instructions with one operand that Capstone does not know to write it.
bool writes_its_only_operand(unsigned id)
{
    return is_one_of(id, {X86_INS_FST,       X86_INS_FSTP,       X86_INS_FIST,    X86_INS_FISTP,
                          X86_INS_FISTTP,    X86_INS_FBSTP,      X86_INS_FNSTCW,  X86_INS_FNSTSW,
                          X86_INS_FNSTENV,   X86_INS_FNSAVE,     X86_INS_STMXCSR, X86_INS_VSTMXCSR,
                          X86_INS_CMPXCHG8B, X86_INS_CMPXCHG16B, X86_INS_FXSAVE,  X86_INS_FXSAVE64,
                          X86_INS_XSAVE,     X86_INS_XSAVE64,    X86_INS_XSAVEC,  X86_INS_XSAVEC64,
                          X86_INS_XSAVEOPT,  X86_INS_XSAVEOPT64, X86_INS_XSAVES,  X86_INS_XSAVES64,
                          X86_INS_SGDT,      X86_INS_SIDT});
}

bool needs_alignment_with_vex(unsigned id)
{
    return is_one_of(id, {X86_INS_VMOVAPS, X86_INS_VMOVAPD, X86_INS_VMOVDQA, X86_INS_VMOVDQA32,
                          X86_INS_VMOVDQA64, X86_INS_VMOVNTPS, X86_INS_VMOVNTPD, X86_INS_VMOVNTDQ,
                          X86_INS_VMOVNTDQA});
}

bool may_be_misaligned(unsigned id)
{
    return is_one_of(id,
                     {X86_INS_MOVUPS, X86_INS_MOVUPD, X86_INS_MOVDQU, X86_INS_LDDQU,
                      X86_INS_PCMPESTRI, X86_INS_PCMPESTRM, X86_INS_PCMPISTRI, X86_INS_PCMPISTRM});
}

/// Components of the extended state in the standard layout, as processors place them.
struct StateComponent {
    unsigned bit;
    std::int64_t offset;
    std::uint64_t length;
};
constexpr std::uint64_t legacy_area_and_header = 512 + 64;
constexpr std::array<StateComponent, 7> state_components{{
    {2, 576, 256},   // upper halves of YMM0 to YMM15
    {3, 960, 64},    // MPX bounds
    {4, 1024, 64},   // MPX configuration
    {5, 1088, 64},   // mask registers
    {6, 1152, 512},  // upper halves of ZMM0 to ZMM15
    {7, 1664, 1024}, // ZMM16 to ZMM31
    {9, 2688, 8},    // protection keys
}};

} // namespace

bool uses_its_memory_operand(const cs_insn& instruction)
{
    // Each element has an address of its own; and Capstone takes the vector of indices for a
    // register.
    const std::string_view mnemonic = instruction.mnemonic;
    if (mnemonic.find("gather") != std::string_view::npos ||
        mnemonic.find("scatter") != std::string_view::npos)
        return false;
    return !is_one_of(instruction.id,
                      {X86_INS_LEA, X86_INS_NOP, X86_INS_PREFETCH, X86_INS_PREFETCHNTA,
                       X86_INS_PREFETCHT0, X86_INS_PREFETCHT1, X86_INS_PREFETCHT2,
                       X86_INS_PREFETCHW, X86_INS_INVLPG, X86_INS_INVLPGA, X86_INS_UD2B});
}

bool is_bit_test(unsigned id)
{
    return is_one_of(id, {X86_INS_BT, X86_INS_BTS, X86_INS_BTR, X86_INS_BTC});
}

bool is_string_instruction(unsigned id)
{
    return is_one_of(id, {X86_INS_MOVSB, X86_INS_MOVSW, X86_INS_MOVSD, X86_INS_MOVSQ, X86_INS_STOSB,
                          X86_INS_STOSW, X86_INS_STOSD, X86_INS_STOSQ, X86_INS_LODSB, X86_INS_LODSW,
                          X86_INS_LODSD, X86_INS_LODSQ, X86_INS_SCASB, X86_INS_SCASW, X86_INS_SCASD,
                          X86_INS_SCASQ, X86_INS_CMPSB, X86_INS_CMPSW, X86_INS_CMPSD, X86_INS_CMPSQ,
                          X86_INS_INSB,  X86_INS_INSW,  X86_INS_INSD,  X86_INS_OUTSB, X86_INS_OUTSW,
                          X86_INS_OUTSD});
}

bool is_extended_state(unsigned id)
{
    return is_one_of(id, {X86_INS_XSAVE, X86_INS_XSAVE64, X86_INS_XSAVEC, X86_INS_XSAVEC64,
                          X86_INS_XSAVEOPT, X86_INS_XSAVEOPT64, X86_INS_XSAVES, X86_INS_XSAVES64,
                          X86_INS_XRSTOR, X86_INS_XRSTOR64, X86_INS_XRSTORS, X86_INS_XRSTORS64});
}

std::uint64_t operand_length(const cs_insn& instruction, const cs_x86_op& operand)
{
    switch (instruction.id) {
    case X86_INS_FXSAVE:
    case X86_INS_FXSAVE64:
    case X86_INS_FXRSTOR:
    case X86_INS_FXRSTOR64:
        return 512;
    case X86_INS_FNSAVE:
    case X86_INS_FRSTOR:
        return 108;
    case X86_INS_FNSTENV:
    case X86_INS_FLDENV:
        return 28;
    case X86_INS_FNSTSW:
        return 2;
    default:
        break;
    }
    if (is_extended_state(instruction.id))
        return legacy_area_and_header;
    return operand.size != 0 ? operand.size : 1;
}

Access operand_access(const cs_insn& instruction, std::size_t index)
{
    const cs_x86& details = instruction.detail->x86;
    if (only_reads(instruction.id))
        return Access::read;
    if ((details.operands[index].access & CS_AC_WRITE) != 0 ||
        is_one_of(instruction.id, {X86_INS_INSB, X86_INS_INSW, X86_INS_INSD}))
        return Access::write;
    // Destinations come first; Capstone marks those of many vector instructions as read.
    if (index == 0 && (details.op_count >= 2 || writes_its_only_operand(instruction.id)))
        return Access::write;
    return Access::read;
}

std::uint64_t operand_alignment(const cs_insn& instruction, std::uint64_t length)
{
    if (is_extended_state(instruction.id))
        return 64;
    if (length == 512 || instruction.id == X86_INS_CMPXCHG16B)
        return 16; // fxsave, fxrstor
    if (has_prefix_of_vector_extension(instruction))
        return needs_alignment_with_vex(instruction.id) ? length : 1;
    const bool is_aligned_vector =
        length == 16 && has_vector_group(instruction) && !may_be_misaligned(instruction.id);
    return is_aligned_vector ? length : 1;
}

void add_extended_state(std::vector<MemoryOperand>& result, const cs_insn& instruction,
                        const MemoryOperand& first)
{
    if (!is_extended_state(instruction.id))
        return;
    for (const StateComponent& component : state_components) {
        MemoryOperand operand = first;
        operand.displacement += component.offset;
        operand.length = component.length;
        operand.alignment = 1;
        operand.condition_register = "rax";
        operand.condition_bits = std::uint64_t{1} << component.bit;
        result.push_back(operand);
    }
}

} // namespace glacis::fault::x86_64
