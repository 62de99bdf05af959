// The disassembler, opened when it is first needed.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <capstone/capstone.h>

namespace glacis::fault {

/// Owns a Capstone handle and the room for one instruction. Not thread-safe: one for each thread.
class CapstoneSession {
public:
    CapstoneSession(cs_arch architecture, cs_mode mode);
    ~CapstoneSession();
    CapstoneSession(const CapstoneSession&) = delete;
    CapstoneSession& operator=(const CapstoneSession&) = delete;

    /// The first instruction of `code` with its details; null when there is none. Valid until the
    /// next call.
    [[nodiscard]] const cs_insn* disassemble(std::span<const std::uint8_t> code,
                                             std::uint64_t address);
    /// Sets the syntax of mnemonic and operands for the calls that follow.
    void set_syntax(cs_opt_value syntax);

    /// Whether the instruction that disassemble() returned last changes the register, unsaid or
    /// not.
    [[nodiscard]] bool writes(unsigned reg) const;

private:
    csh handle_ = 0;
    cs_insn* instruction_ = nullptr;
};

/// "mnemonic operands" without stray blanks.
[[nodiscard]] std::string instruction_text(std::string_view mnemonic, std::string_view operands);

} // namespace glacis::fault
