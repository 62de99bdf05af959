// An x86-64 instruction as mutations need it: its operands, where it goes, what it changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <capstone/capstone.h>

namespace glacis::inject::x86_64 {

inline constexpr std::size_t longest_instruction = 15;

/// Registers that share their bits are one: 0 to 15 rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to
/// r15, as the processor numbers them; 16 to 31 xmm0 to xmm15.
using RegisterNumber = unsigned;
/// Nothing for all others.
[[nodiscard]] std::optional<RegisterNumber> number_of(x86_reg reg);

struct Operand {
    x86_op_type type = X86_OP_INVALID;
    x86_reg reg = X86_REG_INVALID;
    std::int64_t immediate = 0;
    x86_op_mem memory{};
    std::uint8_t size = 0;
    bool is_written = false;
};

struct Instruction {
    /// What comes behind it.
    enum class Flow {
        next,     ///< the next instruction
        either,   ///< the next or the target
        jump,     ///< another one
        call,     ///< another one, and the next after that
        elsewhere ///< a return, a trap
    };

    unsigned id = 0;
    std::size_t length = 0;
    std::array<Operand, 8> operands{};
    std::size_t operand_count = 0;
    cs_x86_encoding encoding{};
    Flow flow = Flow::next;
    std::optional<std::uint64_t> target; ///< of a jump or call to a fixed address
    std::uint32_t written = 0;           ///< bit for each RegisterNumber
    bool writes_flags = false;

    [[nodiscard]] std::span<const Operand> used_operands() const
    {
        return std::span(operands).first(operand_count);
    }
    [[nodiscard]] bool writes(RegisterNumber number) const { return (written >> number & 1) != 0; }
};

/// The instruction at the start of `code`; nothing when the bytes are no whole one.
[[nodiscard]] std::optional<Instruction> decode(std::span<const std::uint8_t> code,
                                                std::uint64_t address);

/// Whether the program cannot tell it from one that is not there.
[[nodiscard]] bool does_nothing(const Instruction& instruction, std::uint64_t address);

} // namespace glacis::inject::x86_64
