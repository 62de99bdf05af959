// Reading traps and interruptions of the x86-64 shim, with made-up registers.

#include <glacis/abi/arch/x86_64/shim.h>
#include <gtest/gtest.h>

#include "arch/x86_64/trap.hpp"

namespace glacis::x86_64 {
namespace {

constexpr std::uint64_t stub = 0x101000;
constexpr std::uint32_t port_undefined = GLACIS_PORT_VECTOR + 6;
constexpr std::uint32_t port_page_fault = GLACIS_PORT_VECTOR + 14;

TrapFrame frame_at(std::uint64_t rip)
{
    return {rip, GLACIS_SELECTOR_USER_CODE, 0x202, 0x40001000, GLACIS_SELECTOR_USER_DATA};
}

constexpr std::uint64_t undefined_vector = 6;

/// Of a vCPU that has not come through the gate for calls.
ShimPlace place(std::uint64_t rip)
{
    return shim_place(rip, 0, 0, shim_layout());
}

TEST(ReadTrap, ud2_and_syscall_at_the_gate_are_hypercalls)
{
    const kvm_regs registers{};
    EXPECT_EQ(read_trap(port_undefined, frame_at(GLACIS_GATE_CALL), registers, stub).kind,
              TrapKind::hypercall);
    const Trap call =
        read_trap(GLACIS_PORT_SYSCALL, frame_at(GLACIS_GATE_CALL + 2), registers, stub);
    EXPECT_EQ(call.kind, TrapKind::hypercall);
    EXPECT_EQ(call.resume_at, GLACIS_GATE_CALL + 2U);
}

TEST(ReadTrap, the_same_instructions_elsewhere_are_faults)
{
    const kvm_regs registers{};
    EXPECT_EQ(read_trap(port_undefined, frame_at(0x100000000), registers, stub).kind,
              TrapKind::fault);
    EXPECT_EQ(read_trap(GLACIS_PORT_SYSCALL, frame_at(0x100000002), registers, stub).kind,
              TrapKind::fault);
    EXPECT_EQ(read_trap(port_page_fault, frame_at(GLACIS_GATE_CALL), registers, stub).kind,
              TrapKind::fault);
}

TEST(ReadTrap, a_fetch_fault_at_the_stub_is_a_syscall_that_stayed_in_ring_3)
{
    kvm_regs registers{};
    registers.rcx = GLACIS_GATE_CALL + 2;
    registers.r11 = 0x246;
    const Trap trap = read_trap(port_page_fault, frame_at(stub), registers, stub);
    EXPECT_EQ(trap.kind, TrapKind::hypercall_by_ring_3);
    EXPECT_EQ(trap.resume_at, GLACIS_GATE_CALL + 2U);
    EXPECT_EQ(trap.resume_flags, 0x246U);
    registers.rcx = 0x100000002; // from anywhere but the gate
    EXPECT_EQ(read_trap(port_page_fault, frame_at(stub), registers, stub).kind, TrapKind::fault);
    registers.rcx = GLACIS_GATE_CALL + 2;
    EXPECT_EQ(
        read_trap(port_page_fault, frame_at(stub + GLACIS_SHIM_STUB_SIZE), registers, stub).kind,
        TrapKind::fault);
}

TEST(ReadTrap, the_bounce_is_recognised)
{
    EXPECT_EQ(read_trap(port_undefined, frame_at(GLACIS_GATE_BOUNCE), {}, stub).kind,
              TrapKind::bounced);
}

TEST(TrapFault, page_faults_carry_address_and_access)
{
    const auto fault = [](std::uint64_t code) {
        return trap_fault(port_page_fault, frame_at(0x100000123), code, 0x400f0ff8, {});
    };
    EXPECT_EQ(fault(4).access, Access::read);
    EXPECT_EQ(fault(6).access, Access::write);
    EXPECT_EQ(fault(0x14).access, Access::execute);
    EXPECT_EQ(fault(6).origin, FaultOrigin::page_fault);
    EXPECT_EQ(fault(6).address, 0x400f0ff8U);
    EXPECT_EQ(fault(6).program_counter, 0x100000123U);
    EXPECT_EQ(fault(6).stack_pointer, 0x40001000U);
}

TEST(TrapFault, exceptions_with_an_error_code_are_those_of_the_manual)
{
    for (std::uint32_t vector = 0; vector < GLACIS_VECTORS; ++vector) {
        const bool expected = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 ||
                              vector == 21 || vector == 29 || vector == 30;
        EXPECT_EQ(has_error_code(vector), expected) << vector;
    }
}

// ---- G13: where a kicked vCPU stands in the shim
// ----------------------------------------------------

TEST(G13AKickIsNeverLost, behind_the_port_write_of_any_vector_a_vcpu_is_leaving_the_shim)
{
    const ShimLayout& shim = shim_layout();
    for (std::uint64_t vector = 0; vector < GLACIS_VECTORS; ++vector) {
        const std::uint64_t begin = shim.vector_stubs + vector * GLACIS_SHIM_STUB_SIZE;
        const std::uint64_t left = vector == undefined_vector ? shim.undefined_left : begin + 2;
        for (std::uint64_t rip = begin; rip < left; ++rip) {
            if (rip == begin || vector == undefined_vector) {
                EXPECT_EQ(place(rip), ShimPlace::entering) << vector;
            }
        }
        for (std::uint64_t rip = left; rip < begin + GLACIS_SHIM_STUB_SIZE; ++rip) {
            EXPECT_EQ(place(rip), ShimPlace::leaving) << vector;
        }
    }
}

TEST(G13AKickIsNeverLost, in_the_syscall_stubs_a_vcpu_is_entering_and_behind_them_leaving)
{
    const ShimLayout& shim = shim_layout();
    for (std::uint64_t rip = shim.syscall_stubs; rip < shim.resume; ++rip) {
        EXPECT_EQ(place(rip), ShimPlace::entering) << std::hex << rip;
    }
    for (std::uint64_t rip = shim.resume; rip < shim.load_context; ++rip) {
        EXPECT_EQ(place(rip), ShimPlace::leaving) << std::hex << rip;
    }
    for (std::uint64_t rip = shim.load_context; rip < shim.resume_end; ++rip) {
        EXPECT_EQ(place(rip), ShimPlace::loading) << std::hex << rip;
    }
}

// ---- calls across domains
// ------------------------------------------------------------------------

TEST(G13AKickIsNeverLost, on_its_way_to_a_call_a_vcpu_is_crossing_until_the_call_has_happened)
{
    const ShimLayout& shim = shim_layout();
    const auto expect_all = [](std::uint64_t begin, std::uint64_t end, ShimPlace expected) {
        for (std::uint64_t rip = begin; rip < end; ++rip) {
            EXPECT_EQ(place(rip), expected) << std::hex << rip;
        }
    };
    expect_all(shim.cross_call, shim.call_committed, ShimPlace::crossing);
    expect_all(shim.call_committed, shim.cross_return, ShimPlace::called);
    expect_all(shim.cross_return, shim.return_committed, ShimPlace::crossing);
    expect_all(shim.return_committed, shim.cross_missed, ShimPlace::returned);
    expect_all(shim.cross_missed, shim.cross_left, ShimPlace::entering);
    EXPECT_EQ(place(shim.cross_left), ShimPlace::leaving);
}

TEST(G13AKickIsNeverLost, a_trap_at_the_gate_for_calls_is_crossing_from_its_first_instruction)
{
    const ShimLayout& shim = shim_layout();
    const std::uint64_t undefined_stub =
        shim.vector_stubs + undefined_vector * GLACIS_SHIM_STUB_SIZE;
    for (const std::uint64_t gate : {GLACIS_GATE_CROSS, GLACIS_GATE_RETURN}) {
        for (std::uint64_t rip = undefined_stub; rip < shim.undefined_left; ++rip) {
            EXPECT_EQ(shim_place(rip, gate, 0, shim), ShimPlace::crossing) << std::hex << rip;
        }
        for (std::uint64_t rip = shim.syscall_stubs; rip < shim.resume; ++rip) {
            EXPECT_EQ(shim_place(rip, 0, gate + 2, shim), ShimPlace::crossing) << std::hex << rip;
        }
    }
    EXPECT_EQ(shim_place(undefined_stub, GLACIS_GATE_CALL, 0, shim), ShimPlace::entering);
}

TEST(CrossingFrame, is_that_of_a_trap_at_the_gate_wherever_the_vcpu_is)
{
    const ShimLayout& shim = shim_layout();
    const TrapFrame stale{0x1234, 0x2b, 0x202, 0x5000, 0x23};
    kvm_regs registers{};
    registers.rcx = GLACIS_GATE_CROSS + 2;
    registers.r11 = 0x246;
    registers.rsp = 0x7000;
    registers.rip = syscall_stub(3);
    TrapFrame frame = crossing_frame(stale, registers, shim);
    EXPECT_EQ(frame.rip, std::uint64_t{GLACIS_GATE_CROSS});
    EXPECT_EQ(frame.rsp, 0x7000U) << "not stored yet";
    EXPECT_EQ(frame.rflags, 0x246U);

    registers.rip = shim.syscall_entered;
    frame = crossing_frame(stale, registers, shim);
    EXPECT_EQ(frame.rip, std::uint64_t{GLACIS_GATE_CROSS});
    EXPECT_EQ(frame.rsp, 0x5000U) << "stored by the stub";

    registers.rip = shim.cross_call;
    frame = crossing_frame({GLACIS_GATE_RETURN + 2, 0x2b, 0x202, 0x5000, 0x23}, registers, shim);
    EXPECT_EQ(frame.rip, std::uint64_t{GLACIS_GATE_RETURN});
    frame = crossing_frame({GLACIS_GATE_RETURN, 0x2b, 0x202, 0x5000, 0x23}, registers, shim);
    EXPECT_EQ(frame.rip, std::uint64_t{GLACIS_GATE_RETURN});
    EXPECT_EQ(frame.rsp, 0x5000U);
}

TEST(TrapReading, crossings_are_told_by_their_port_and_place)
{
    kvm_regs registers{};
    TrapFrame frame{};
    frame.rip = GLACIS_GATE_CROSS;
    EXPECT_EQ(read_trap(GLACIS_PORT_GATE, frame, registers, 0).kind, TrapKind::cross_call);
    frame.rip = GLACIS_GATE_CROSS + 2;
    EXPECT_EQ(read_trap(GLACIS_PORT_GATE, frame, registers, 0).kind, TrapKind::cross_call);
    frame.rip = GLACIS_GATE_RETURN;
    EXPECT_EQ(read_trap(GLACIS_PORT_GATE, frame, registers, 0).kind, TrapKind::cross_return);
    frame.rip = syscall_stub(0);
    registers.rcx = GLACIS_GATE_RETURN + 2;
    const Trap trap = read_trap(GLACIS_PORT_VECTOR + 14, frame, registers, syscall_stub(0));
    EXPECT_EQ(trap.kind, TrapKind::gate_by_ring_3);
    EXPECT_EQ(trap.resume_at, std::uint64_t{GLACIS_GATE_RETURN});
}

TEST(ShimLayout, is_in_order_and_inside_its_place)
{
    const ShimLayout& shim = shim_layout();
    EXPECT_GE(shim.vector_stubs, std::uint64_t{GLACIS_SHIM_BASE});
    EXPECT_LT(shim.vector_stubs, shim.syscall_stubs);
    EXPECT_LT(shim.syscall_stubs, shim.resume);
    EXPECT_LT(shim.resume, shim.load_context);
    EXPECT_LT(shim.load_context, shim.resume_end);
    EXPECT_LT(shim.idt, std::uint64_t{GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE});
    for (std::uint32_t vcpu = 0; vcpu < GLACIS_VCPU_MAX; ++vcpu) {
        EXPECT_LT(syscall_stub(vcpu), shim.resume);
    }
}

} // namespace
} // namespace glacis::x86_64
