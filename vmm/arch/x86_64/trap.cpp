#include "arch/x86_64/trap.hpp"

#include <glacis/abi/arch/x86_64/shim.h>

namespace glacis::x86_64 {

namespace {

constexpr std::uint32_t vector_debug = 1;
constexpr std::uint32_t vector_undefined = 6;
constexpr std::uint32_t vector_double_fault = 8;
constexpr std::uint32_t vector_page_fault = 14;

// Page-fault error code (Intel SDM volume 3, 4.7).
constexpr std::uint64_t error_write = 1U << 1;
constexpr std::uint64_t error_fetch = 1U << 4;

constexpr std::uint64_t gate_instruction_size = 2; // SYSCALL and UD2 alike

Access access_of(std::uint64_t error_code)
{
    if ((error_code & error_fetch) != 0) {
        return Access::execute;
    }
    return (error_code & error_write) != 0 ? Access::write : Access::read;
}

} // namespace

namespace {

/// Vector 6 traps at the gate's instruction, SYSCALL leaves the address behind it.
[[nodiscard]] bool is_crossing_gate(std::uint64_t instruction)
{
    return instruction == GLACIS_GATE_CROSS || instruction == GLACIS_GATE_RETURN;
}

[[nodiscard]] bool is_in(std::uint64_t rip, std::uint64_t begin, std::uint64_t end)
{
    return begin <= rip && rip < end;
}

/// In one of the stubs of SYSCALL, or behind them where the trap frame is not whole yet.
[[nodiscard]] bool is_in_syscall_entry(std::uint64_t rip, const ShimLayout& shim)
{
    return is_in(rip, shim.syscall_stubs, shim.resume);
}

[[nodiscard]] ShimPlace crossing_place(std::uint64_t rip, const ShimLayout& shim)
{
    if (rip < shim.call_committed || is_in(rip, shim.cross_return, shim.return_committed)) {
        return ShimPlace::crossing;
    }
    if (rip < shim.cross_return) {
        return ShimPlace::called;
    }
    if (rip < shim.cross_missed) {
        return ShimPlace::returned;
    }
    return rip < shim.cross_left ? ShimPlace::entering : ShimPlace::leaving;
}

} // namespace

ShimPlace shim_place(std::uint64_t rip, std::uint64_t frame_rip, std::uint64_t rcx,
                     const ShimLayout& shim)
{
    if (is_in(rip, shim.load_context, shim.resume_end)) {
        return ShimPlace::loading;
    }
    if (is_in(rip, shim.resume, shim.load_context)) {
        return ShimPlace::leaving;
    }
    if (is_in(rip, shim.cross_call, shim.gdt)) {
        return crossing_place(rip, shim);
    }
    if (is_in_syscall_entry(rip, shim)) {
        return is_crossing_gate(rcx - gate_instruction_size) ? ShimPlace::crossing
                                                             : ShimPlace::entering;
    }
    const std::uint64_t undefined_stub =
        shim.vector_stubs + std::uint64_t{vector_undefined} * GLACIS_SHIM_STUB_SIZE;
    if (is_in(rip, undefined_stub, shim.undefined_left)) {
        return is_crossing_gate(frame_rip) ? ShimPlace::crossing : ShimPlace::entering;
    }
    // Another vector's stub begins with the port write; the next entry after it has completed that
    // write, whether or not anything else was executed.
    const std::uint64_t stubs_end =
        shim.vector_stubs + std::uint64_t{GLACIS_VECTORS} * GLACIS_SHIM_STUB_SIZE;
    const bool is_in_stub = is_in(rip, shim.vector_stubs, stubs_end);
    return is_in_stub && (rip - shim.vector_stubs) % GLACIS_SHIM_STUB_SIZE != 0
               ? ShimPlace::leaving
               : ShimPlace::entering;
}

TrapFrame crossing_frame(const TrapFrame& frame, const kvm_regs& registers, const ShimLayout& shim)
{
    TrapFrame result = frame;
    if (is_in_syscall_entry(registers.rip, shim)) {
        const bool is_at_stub = registers.rip < shim.syscall_entered &&
                                (registers.rip - shim.syscall_stubs) % GLACIS_SHIM_STUB_SIZE == 0;
        result.rsp = is_at_stub ? registers.rsp : frame.rsp;
        result.rip = registers.rcx;
        result.rflags = registers.r11;
    }
    if (!is_crossing_gate(result.rip)) {
        result.rip -= gate_instruction_size;
    }
    return result;
}

bool has_error_code(std::uint32_t vector)
{
    constexpr std::uint32_t with_code =
        1U << 8 | 0x1fU << 10 | 1U << 17 | 1U << 21 | 1U << 29 | 1U << 30;
    return vector < GLACIS_VECTORS && (with_code >> vector & 1) != 0;
}

Trap read_trap(std::uint32_t port, const TrapFrame& frame, const kvm_regs& registers,
               std::uint64_t stub)
{
    constexpr std::uint64_t after_gate = GLACIS_GATE_CALL + gate_instruction_size;
    constexpr std::uint64_t after_cross = GLACIS_GATE_CROSS + gate_instruction_size;
    constexpr std::uint64_t after_return = GLACIS_GATE_RETURN + gate_instruction_size;
    if (port == GLACIS_PORT_GATE) {
        const bool is_call = frame.rip == GLACIS_GATE_CROSS || frame.rip == after_cross;
        return {is_call ? TrapKind::cross_call : TrapKind::cross_return,
                is_call ? after_cross : after_return, frame.rflags};
    }
    if (port == GLACIS_PORT_SYSCALL) {
        // A SYSCALL instruction anywhere but in the gate page is not part of the contract.
        return frame.rip == after_gate ? Trap{TrapKind::hypercall, after_gate, frame.rflags}
                                       : Trap{};
    }
    const std::uint32_t vector = port - GLACIS_PORT_VECTOR;
    if (vector == vector_undefined && frame.rip == GLACIS_GATE_CALL) {
        return {TrapKind::hypercall, after_gate, frame.rflags};
    }
    if (vector == vector_undefined && frame.rip == GLACIS_GATE_BOUNCE) {
        return {TrapKind::bounced, 0, 0};
    }
    if (vector == vector_page_fault && frame.rip == stub && registers.rcx == after_gate) {
        return {TrapKind::hypercall_by_ring_3, after_gate, registers.r11};
    }
    if (vector == vector_page_fault && frame.rip == stub &&
        (registers.rcx == after_cross || registers.rcx == after_return)) {
        return {TrapKind::gate_by_ring_3, registers.rcx - gate_instruction_size, registers.r11};
    }
    return {};
}

RawFault trap_fault(std::uint32_t port, const TrapFrame& frame, std::uint64_t error_code,
                    std::uint64_t cr2, const kvm_regs& registers)
{
    RawFault fault;
    fault.program_counter = frame.rip;
    fault.stack_pointer = frame.rsp;
    fault.registers = name_registers(registers, frame.rip, frame.rsp, frame.rflags);
    if (port == GLACIS_PORT_SYSCALL) {
        fault.origin = FaultOrigin::hypercall;
        fault.detail = registers.rax;
        fault.program_counter = frame.rip - gate_instruction_size;
        return fault;
    }
    fault.vector = port - GLACIS_PORT_VECTOR;
    fault.error_code = error_code;
    if (fault.vector == vector_page_fault) {
        fault.origin = FaultOrigin::page_fault;
        fault.address = cr2;
        fault.access = access_of(error_code);
    } else {
        fault.origin = FaultOrigin::exception;
        fault.is_past_instruction = fault.vector == vector_debug;
    }
    fault.is_supervisor_mode = fault.vector == vector_double_fault;
    return fault;
}

NamedRegisters name_registers(const kvm_regs& registers, std::uint64_t rip, std::uint64_t rsp,
                              std::uint64_t rflags)
{
    return {{"rax", registers.rax}, {"rbx", registers.rbx}, {"rcx", registers.rcx},
            {"rdx", registers.rdx}, {"rsi", registers.rsi}, {"rdi", registers.rdi},
            {"rbp", registers.rbp}, {"rsp", rsp},           {"r8", registers.r8},
            {"r9", registers.r9},   {"r10", registers.r10}, {"r11", registers.r11},
            {"r12", registers.r12}, {"r13", registers.r13}, {"r14", registers.r14},
            {"r15", registers.r15}, {"rip", rip},           {"rflags", rflags}};
}

} // namespace glacis::x86_64
