// What the injection of faults has to know of x86-64: instructions that it puts into code, and
// which register is what.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "fault/record.hpp"
#include "machine/guest_cpu.hpp"

namespace glacis::native {

/// hlt: ring 3 may not, so it traps with the program counter at it, on every host. One byte, so
/// that it fits into any instruction.
constexpr std::array<std::uint8_t, 1> trap_code{0xf4};
/// mov %sil,(%rdi)
constexpr std::array<std::uint8_t, 3> store_code{0x40, 0x88, 0x37};
/// jmp .
constexpr std::array<std::uint8_t, 2> hang_code{0xeb, 0xfe};

/// Places in ThreadContext::general.
constexpr std::size_t result = 0;
constexpr std::size_t first_argument = 5;
constexpr std::size_t second_argument = 4;
constexpr std::size_t third_argument = 3;
constexpr std::array<std::string_view, 15> register_names{"rax", "rbx", "rcx", "rdx", "rsi",
                                                          "rdi", "rbp", "r8",  "r9",  "r10",
                                                          "r11", "r12", "r13", "r14", "r15"};

/// RFLAGS.TF: a trap after the next instruction.
constexpr std::uint64_t step_flag = 0x100;

[[nodiscard]] inline bool is_step(const RawFault& fault)
{
    return fault.origin == FaultOrigin::exception && fault.vector == 1;
}

/// Where the return address lies when a function has just been entered.
[[nodiscard]] inline std::uint64_t return_slot(const ThreadContext& context)
{
    return context.stack_pointer;
}

/// What the stack pointer is when that address has been taken.
[[nodiscard]] inline std::uint64_t after_return(std::uint64_t stack_pointer)
{
    return stack_pointer + 8;
}

/// A stack pointer below everything that the code may be using, with room for a return address: as
/// a function finds it that has just been called.
[[nodiscard]] inline std::uint64_t below_frames(std::uint64_t stack_pointer)
{
    constexpr std::uint64_t red_zone = 128;
    return ((stack_pointer - red_zone) & ~std::uint64_t{15}) - 8;
}

} // namespace glacis::native
