#include "fault/arch/aarch64/traps.hpp"

namespace glacis::fault::aarch64 {

namespace {

// Exception classes: ESR_ELx.EC.
constexpr std::uint32_t instruction_abort_lower = 0x20;
constexpr std::uint32_t instruction_abort_same = 0x21;
constexpr std::uint32_t data_abort_lower = 0x24;
constexpr std::uint32_t data_abort_same = 0x25;

// Fields of a data abort's syndrome.
constexpr std::uint64_t status_mask = 0x3f;
constexpr std::uint64_t status_alignment = 0x21;
constexpr std::uint64_t is_write = 1 << 6;
constexpr unsigned size_shift = 22;
constexpr std::uint64_t is_syndrome_valid = 1 << 24;
constexpr unsigned class_shift = 26;

Trap data_abort(std::uint64_t syndrome)
{
    Trap trap{.kind = Trap::Kind::memory};
    if ((syndrome & status_mask) == status_alignment)
        trap = {Trap::Kind::alignment, "misaligned data access"};
    trap.access = (syndrome & is_write) != 0 ? Access::write : Access::read;
    if ((syndrome & is_syndrome_valid) != 0) {
        trap.is_from_syndrome = true;
        trap.length = std::uint64_t{1} << ((syndrome >> size_shift) & 3);
    }
    return trap;
}

Trap instruction_abort()
{
    return {Trap::Kind::memory, "", Access::execute, 4};
}

} // namespace

Trap interpret(const RawFault& fault)
{
    auto exception_class = fault.vector;
    if (fault.origin == FaultOrigin::page_fault && exception_class == 0)
        exception_class = static_cast<std::uint32_t>((fault.error_code >> class_shift) & 0x3f);
    switch (exception_class) {
    case instruction_abort_lower:
    case instruction_abort_same:
        return instruction_abort();
    case data_abort_lower:
    case data_abort_same:
        return data_abort(fault.error_code);
    case 0x00:
        return {Trap::Kind::undefined, "undefined instruction"};
    case 0x01:
        return {Trap::Kind::protection, "trapped wfi or wfe"};
    case 0x07:
        return {Trap::Kind::undefined, "SIMD and floating point are off"};
    case 0x0d:
        return {Trap::Kind::protection, "branch target exception"};
    case 0x0e:
        return {Trap::Kind::undefined, "illegal execution state"};
    case 0x18:
        return {Trap::Kind::protection, "trapped system instruction"};
    case 0x19:
        return {Trap::Kind::undefined, "SVE is off"};
    case 0x1c:
        return {Trap::Kind::protection, "pointer authentication failure"};
    case 0x22:
        return {Trap::Kind::alignment, "misaligned program counter"};
    case 0x26:
        return {Trap::Kind::alignment, "misaligned stack pointer"};
    case 0x2c:
        return {Trap::Kind::arithmetic, "floating-point exception"};
    case 0x30:
    case 0x31:
    case 0x32:
    case 0x33:
    case 0x34:
    case 0x35:
        return {Trap::Kind::breakpoint, "debug exception"};
    case 0x3c:
        return {Trap::Kind::breakpoint, "brk instruction"};
    default:
        // A page fault stays one, whatever else the syndrome says.
        if (fault.origin == FaultOrigin::page_fault)
            return {Trap::Kind::memory, ""};
        return {Trap::Kind::unknown, ""};
    }
}

bool is_canonical(std::uint64_t address)
{
    // Both table bases translate at most 48 bits; the top byte is ignored when tagged addresses are
    // on, which they are not.
    const auto upper = address >> 48;
    return upper == 0 || upper == 0xffff;
}

} // namespace glacis::fault::aarch64
