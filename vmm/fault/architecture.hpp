// The two architectures as fault analysis sees them: which registers are which, what a trap means.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fault/record.hpp"

namespace glacis::fault {

enum class Architecture { x86_64, aarch64 };

/// Names as they appear in NamedRegisters.
struct RegisterRoles {
    std::string_view program_counter;
    std::string_view stack_pointer;
    std::string_view frame_pointer;
    std::string_view link; ///< return address register; empty where returns are on the stack
};

[[nodiscard]] const RegisterRoles& register_roles(Architecture architecture);

/// What the processor said, in terms that both architectures share.
struct Trap {
    enum class Kind {
        memory,     ///< a translation or permission was missing
        undefined,  ///< no such instruction here
        protection, ///< refused for what it is, or for a broken address
        arithmetic,
        breakpoint,
        alignment,
        double_fault,
        unknown,
    };
    Kind kind = Kind::unknown;
    std::string_view name{};       ///< "divide error (#DE)"; empty for memory
    Access access = Access::none;  ///< of memory, where the processor told
    std::uint64_t length = 0;      ///< of memory, where the processor told
    bool is_from_syndrome = false; ///< access and length come from a valid data-abort syndrome
    bool is_privileged = false;    ///< of memory, made with the supervisor's rights
};

/// Reads vector and error code; for faults with origin page_fault or exception.
[[nodiscard]] Trap interpret(const RawFault& fault, Architecture architecture);

/// Whether the processor accepts the address at all.
[[nodiscard]] bool is_canonical(std::uint64_t address, Architecture architecture);

/// Value of the register of that name; nothing when the list has none.
[[nodiscard]] std::optional<std::uint64_t> register_value(const NamedRegisters& registers,
                                                          std::string_view name);

} // namespace glacis::fault
