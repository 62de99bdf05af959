// Reading a trap: from what the shim left to what the domain did. Pure; tested with made-up traps.
#pragma once

#include <cstdint>
#include <linux/kvm.h>

#include "arch/x86_64/shim_layout.hpp"
#include "fault/record.hpp"
#include "machine/guest_cpu.hpp"

namespace glacis::x86_64 {

/// What the processor pushed when ring 3 trapped; the shim makes the same for SYSCALL.
struct TrapFrame {
    std::uint64_t rip = 0;
    std::uint64_t cs = 0;
    std::uint64_t rflags = 0;
    std::uint64_t rsp = 0;
    std::uint64_t ss = 0;
};

enum class TrapKind {
    hypercall,           ///< through the gate; the call returns to `resume_at`
    hypercall_by_ring_3, ///< the same, and SYSCALL does not enter ring 0 on this host
    cross_call,          ///< a call across domains that was not prepared; its frame is at the gate
    cross_return,        ///< likewise, a return
    gate_by_ring_3,      ///< one of them by SYSCALL, on a host where that does not enter ring 0
    bounced,             ///< the VMM's own way of bringing an interrupted domain into the shim
    fault,
};

struct Trap {
    TrapKind kind = TrapKind::fault;
    std::uint64_t resume_at = 0;    ///< behind the gate's instruction; gate_by_ring_3: at it
    std::uint64_t resume_flags = 0; ///< of all that go through the gate page
};

/// `port` is the shim's: GLACIS_PORT_VECTOR + vector or GLACIS_PORT_SYSCALL. `stub` is this vCPU's
/// SYSCALL entry.
[[nodiscard]] Trap read_trap(std::uint32_t port, const TrapFrame& frame, const kvm_regs& registers,
                             std::uint64_t stub);

/// What is known of a trap that is no hypercall. `cr2` counts for page faults.
[[nodiscard]] RawFault trap_fault(std::uint32_t port, const TrapFrame& frame,
                                  std::uint64_t error_code, std::uint64_t cr2,
                                  const kvm_regs& registers);

/// Where in the shim an interrupted vCPU in ring 0 is.
enum class ShimPlace {
    entering, ///< before its port write: it will leave to the VMM by itself
    leaving,  ///< behind it, all registers but RSP and RIP are the domain's
    loading,  ///< behind it, RAX, RCX and RDX for the domain are those in the mailbox
    crossing, ///< about to call or return across domains, nothing has happened yet
    called,   ///< has called, the rest of the way into the callee is left to do
    returned, ///< has returned, the rest of the way into the caller is left to do
};
/// What it has trapped from is at `frame_rip`, or by SYSCALL just before `rcx`.
[[nodiscard]] ShimPlace shim_place(std::uint64_t rip, std::uint64_t frame_rip, std::uint64_t rcx,
                                   const ShimLayout& shim);
/// Completes the trap frame of a vCPU that is `crossing`, as if it had just trapped at the gate.
[[nodiscard]] TrapFrame crossing_frame(const TrapFrame& frame, const kvm_regs& registers,
                                       const ShimLayout& shim);

[[nodiscard]] bool has_error_code(std::uint32_t vector);

/// The general registers by name, with the program counter, stack pointer and flags given.
[[nodiscard]] NamedRegisters name_registers(const kvm_regs& registers, std::uint64_t rip,
                                            std::uint64_t rsp, std::uint64_t rflags);

} // namespace glacis::x86_64
