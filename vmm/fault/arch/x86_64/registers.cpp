#include "fault/arch/x86_64/registers.hpp"

#include <array>

namespace glacis::fault::x86_64 {

namespace {

struct RegisterNames {
    std::string_view name;
    x86_reg full;
    x86_reg half;
    x86_reg word;
    x86_reg byte;
};

constexpr std::array<RegisterNames, 16> general_registers{{
    {"rax", X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL},
    {"rbx", X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL},
    {"rcx", X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL},
    {"rdx", X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL},
    {"rsi", X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL},
    {"rdi", X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL},
    {"rbp", X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL},
    {"rsp", X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL},
    {"r8", X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B},
    {"r9", X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B},
    {"r10", X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B},
    {"r11", X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B},
    {"r12", X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B},
    {"r13", X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B},
    {"r14", X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B},
    {"r15", X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B},
}};

} // namespace

AddressRegister address_register(x86_reg reg)
{
    for (const RegisterNames& entry : general_registers) {
        if (reg == entry.full || reg == entry.word || reg == entry.byte)
            return {entry.name, false};
        if (reg == entry.half)
            return {entry.name, true};
    }
    return {};
}

std::string_view segment_base(x86_reg reg)
{
    if (reg == X86_REG_FS)
        return "fs_base";
    if (reg == X86_REG_GS)
        return "gs_base";
    return {};
}

bool is_general_register(x86_reg reg)
{
    return !address_register(reg).name.empty();
}

} // namespace glacis::fault::x86_64
