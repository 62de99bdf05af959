// The shim as the VMM sees it: where its parts are.
#pragma once

#include <cstdint>

#include "machine/system_memory.hpp"

namespace glacis::x86_64 {

struct ShimLayout {
    std::uint64_t vector_stubs = 0;
    std::uint64_t syscall_stubs = 0;
    std::uint64_t resume = 0;
    std::uint64_t load_context = 0;
    std::uint64_t resume_end = 0;
    std::uint64_t gdt = 0;
    std::uint64_t gdt_size = 0;
    std::uint64_t idt = 0;
    std::uint64_t undefined_left = 0; ///< vector 6's stub, behind its port write
    std::uint64_t cross_call = 0;
    std::uint64_t call_committed = 0;
    std::uint64_t cross_return = 0;
    std::uint64_t return_committed = 0;
    std::uint64_t cross_missed = 0;
    std::uint64_t cross_left = 0;
    std::uint64_t syscall_entered = 0;
};

/// As the linked image's header says.
[[nodiscard]] const ShimLayout& shim_layout();

/// The entry for SYSCALL of one vCPU: its LSTAR.
[[nodiscard]] std::uint64_t syscall_stub(std::uint32_t vcpu);

/// Makes the gate page trap by UD2 instead of SYSCALL, for hosts on which SYSCALL stays in ring 3.
/// One byte of each instruction changes, so vCPUs that execute the gate meanwhile see either
/// instruction.
void make_gate_trap(const SystemMemory& memory);

} // namespace glacis::x86_64
