#include <algorithm>
#include <array>

#include "fault/arch/x86_64/operands.hpp"

namespace glacis::fault::x86_64 {

namespace {

/// What the processor answers with #GP in ring 3, port access and interrupt gates of the guest
/// included.
constexpr std::array privileged_instructions{
    X86_INS_HLT,      X86_INS_CLI,    X86_INS_STI,     X86_INS_CLTS,     X86_INS_INVD,
    X86_INS_WBINVD,   X86_INS_INVLPG, X86_INS_INVLPGA, X86_INS_INVPCID,  X86_INS_LGDT,
    X86_INS_LIDT,     X86_INS_LLDT,   X86_INS_LTR,     X86_INS_LMSW,     X86_INS_SGDT,
    X86_INS_SIDT,     X86_INS_SLDT,   X86_INS_STR,     X86_INS_SMSW,     X86_INS_RDMSR,
    X86_INS_WRMSR,    X86_INS_RDPMC,  X86_INS_SWAPGS,  X86_INS_SYSRET,   X86_INS_SYSEXIT,
    X86_INS_XSETBV,   X86_INS_XSAVES, X86_INS_XRSTORS, X86_INS_XSAVES64, X86_INS_XRSTORS64,
    X86_INS_MONITOR,  X86_INS_MWAIT,  X86_INS_STAC,    X86_INS_CLAC,     X86_INS_IN,
    X86_INS_OUT,      X86_INS_INSB,   X86_INS_INSW,    X86_INS_INSD,     X86_INS_OUTSB,
    X86_INS_OUTSW,    X86_INS_OUTSD,  X86_INS_INT,     X86_INS_RSM,      X86_INS_VMLAUNCH,
    X86_INS_VMRESUME, X86_INS_VMXON,  X86_INS_VMXOFF,  X86_INS_VMCLEAR,  X86_INS_VMPTRLD,
    X86_INS_VMPTRST,  X86_INS_VMREAD, X86_INS_VMWRITE, X86_INS_VMRUN,    X86_INS_VMLOAD,
    X86_INS_VMSAVE,   X86_INS_STGI,   X86_INS_CLGI,    X86_INS_SKINIT,   X86_INS_RDTSC,
    X86_INS_RDTSCP,   X86_INS_CPUID,
};

bool is_control_register(x86_reg reg)
{
    return (reg >= X86_REG_CR0 && reg <= X86_REG_CR15) ||
           (reg >= X86_REG_DR0 && reg <= X86_REG_DR15);
}

} // namespace

bool is_privileged(const cs_insn& instruction)
{
    if (std::find(privileged_instructions.begin(), privileged_instructions.end(), instruction.id) !=
        privileged_instructions.end())
        return true;
    const cs_x86& details = instruction.detail->x86;
    return instruction.id == X86_INS_MOV &&
           std::any_of(details.operands, details.operands + details.op_count,
                       [](const cs_x86_op& operand) {
                           return operand.type == X86_OP_REG && is_control_register(operand.reg);
                       });
}

} // namespace glacis::fault::x86_64
