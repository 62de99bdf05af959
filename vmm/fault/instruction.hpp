// One machine instruction, decoded: its text and the memory it uses.
//
// Capstone is opened at the first decode on each thread, never at start-up.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fault/architecture.hpp"
#include "fault/record.hpp"

namespace glacis::fault {

/// Memory that an instruction reads or writes:
///   address = base + (extend(index) << shift) + displacement (+ segment base)
/// Register names are those of NamedRegisters and live for ever; an empty name contributes nothing.
struct MemoryOperand {
    enum class IndexExtension {
        none,
        unsigned_8,
        unsigned_32,
        signed_32,
        bit_offset, ///< x86 bt and kin: signed bit number, of which whole operands count
    };

    std::string_view base{};
    std::string_view index{};
    std::string_view segment_base{}; ///< "fs_base", "gs_base"
    unsigned index_shift = 0;
    IndexExtension index_extension = IndexExtension::none;
    bool is_address_32bit = false; ///< the sum, segment base aside, is cut to 32 bits
    std::int64_t displacement = 0;
    std::uint64_t length = 0;    ///< bytes, at least 1
    std::uint64_t alignment = 1; ///< bytes, a power of two: what the instruction insists on
    Access access = Access::read;
    /// Where not empty: the operand is used only if this register has one of these bits set (the
    /// count of a repeated string instruction, a component that xsave was asked for).
    std::string_view condition_register{};
    std::uint64_t condition_bits = 0;
};

struct DecodedInstruction {
    std::uint64_t address = 0;
    std::uint64_t length = 0;          ///< bytes
    std::string text;                  ///< x86: AT&T syntax, "push %rbp"
    std::vector<MemoryOperand> memory; ///< in the order in which the processor uses it
    bool is_privileged = false;        ///< refused in ring 3 / EL0
    bool is_call = false;
};

/// The instruction at the start of `code`, which lies at guest address `program_counter`; nothing
/// when the bytes are no whole instruction.
[[nodiscard]] std::optional<DecodedInstruction> decode(std::span<const std::uint8_t> code,
                                                       std::uint64_t program_counter,
                                                       Architecture architecture);

/// An access that an instruction makes, in numbers. Its end may wrap around.
struct MemoryAccess {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    std::uint64_t alignment = 1;
    Access access = Access::none;
    bool is_stack_pointer_based = false;
    bool is_frame_pointer_based = false;
};

/// All accesses in the order in which the processor makes them, its own fetch first. Operands whose
/// registers are not in the list (vector indices, say) are left out.
[[nodiscard]] std::vector<MemoryAccess> memory_accesses(const DecodedInstruction& instruction,
                                                        const NamedRegisters& registers,
                                                        Architecture architecture);

} // namespace glacis::fault
