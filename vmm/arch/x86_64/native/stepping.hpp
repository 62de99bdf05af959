// Stopping a program at chosen instructions, and making it execute one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <glacis/abi/arch/x86_64/shim.h>

#include "fault/backtrace.hpp"
#include "machine/guest_cpu.hpp"

namespace glacis::stepping {

/// HLT: in ring 3 a general protection fault at its own address, on every host; programs have no
/// use for it.
constexpr std::array<std::uint8_t, 1> trap_code{0xf4};

/// Whether a fault may come from trap_code at its program counter.
[[nodiscard]] inline bool is_trap(const RawFault& fault)
{
    constexpr std::uint32_t general_protection = 13;
    return fault.origin == FaultOrigin::exception && fault.vector == general_protection;
}

/// Whether a fault is what comes after one instruction of a thread that is_stepping.
[[nodiscard]] inline bool is_step(const RawFault& fault)
{
    constexpr std::uint32_t debug = 1;
    return fault.origin == FaultOrigin::exception && fault.vector == debug;
}

inline void set_stepping(ThreadContext& context, bool is_stepping)
{
    constexpr std::uint64_t trap_flag = 1U << 8;
    context.flags = is_stepping ? context.flags | trap_flag : context.flags & ~trap_flag;
}

/// Of a thread that has just made a hypercall: makes it make the same again.
inline void retry_hypercall(ThreadContext& context)
{
    context.program_counter = GLACIS_GATE_CALL;
}

/// What a hypercall that has been answered returned.
[[nodiscard]] inline std::uint64_t status_of(const ThreadContext& context)
{
    return context.general[0]; // RAX
}

/// Where to begin with a thread that is in the gate.
[[nodiscard]] inline fault::WalkStart walk_from_gate(const ThreadContext& context,
                                                     const fault::WordReader& read)
{
    constexpr std::size_t rbp = 6;
    fault::WalkStart start{context.program_counter, context.stack_pointer, context.general[rbp],
                           std::nullopt};
    std::uint64_t caller = 0;
    if (read(context.stack_pointer, caller)) {
        start.return_address = caller;
    }
    return start;
}

} // namespace glacis::stepping
