#include "fault/arch/x86_64/traps.hpp"

namespace glacis::fault::x86_64 {

namespace {

// Bits of a page fault's error code.
constexpr std::uint64_t page_fault_write = 1 << 1;
constexpr std::uint64_t page_fault_user = 1 << 2;
constexpr std::uint64_t page_fault_fetch = 1 << 4;

constexpr std::uint32_t page_fault_vector = 14;

Trap page_fault(std::uint64_t error_code)
{
    Trap trap{.kind = Trap::Kind::memory};
    if ((error_code & page_fault_fetch) != 0)
        trap.access = Access::execute;
    else
        trap.access = (error_code & page_fault_write) != 0 ? Access::write : Access::read;
    trap.is_privileged = (error_code & page_fault_user) == 0;
    return trap;
}

} // namespace

Trap interpret(const RawFault& fault)
{
    if (fault.origin == FaultOrigin::page_fault)
        return page_fault(fault.error_code);
    switch (fault.vector) {
    case 0:
        return {Trap::Kind::arithmetic, "divide error (#DE)"};
    case 1:
        return {Trap::Kind::breakpoint, "debug exception (#DB)"};
    case 3:
        return {Trap::Kind::breakpoint, "breakpoint (#BP)"};
    case 4:
        return {Trap::Kind::arithmetic, "overflow (#OF)"};
    case 5:
        return {Trap::Kind::arithmetic, "bound range exceeded (#BR)"};
    case 6:
        return {Trap::Kind::undefined, "invalid opcode (#UD)"};
    case 7:
        return {Trap::Kind::undefined, "device not available (#NM)"};
    case 8:
        return {Trap::Kind::double_fault, "double fault (#DF)"};
    case 10:
        return {Trap::Kind::protection, "invalid TSS (#TS)"};
    case 11:
        return {Trap::Kind::protection, "segment not present (#NP)"};
    case 12:
        return {Trap::Kind::protection, "stack segment fault (#SS)"};
    case 13:
        return {Trap::Kind::protection, "general protection (#GP)"};
    case page_fault_vector:
        return page_fault(fault.error_code);
    case 16:
        return {Trap::Kind::arithmetic, "x87 floating-point error (#MF)"};
    case 17:
        return {Trap::Kind::alignment, "alignment check (#AC)"};
    case 18:
        return {Trap::Kind::unknown, "machine check (#MC)"};
    case 19:
        return {Trap::Kind::arithmetic, "SIMD floating-point error (#XM)"};
    case 21:
        return {Trap::Kind::protection, "control protection (#CP)"};
    default:
        return {Trap::Kind::unknown, ""};
    }
}

bool is_canonical(std::uint64_t address)
{
    // 48 bits, sign-extended: the guest runs without 5-level paging.
    const auto upper = address >> 47;
    return upper == 0 || upper == 0x1ffff;
}

} // namespace glacis::fault::x86_64
