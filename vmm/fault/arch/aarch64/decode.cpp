#include "fault/arch/aarch64/decode.hpp"

#include <array>
#include <cstdio>

#include "fault/arch/aarch64/loads_and_stores.hpp"
#include "fault/capstone_session.hpp"

namespace glacis::fault::aarch64 {

namespace {

constexpr std::size_t instruction_size = 4;

CapstoneSession& session()
{
    static thread_local CapstoneSession instance(CS_ARCH_ARM64, CS_MODE_ARM);
    return instance;
}

/// Little-endian whatever the host.
std::uint32_t word_of(std::span<const std::uint8_t> code)
{
    return std::uint32_t{code[0]} | std::uint32_t{code[1]} << 8 | std::uint32_t{code[2]} << 16 |
           std::uint32_t{code[3]} << 24;
}

bool is_privileged(std::uint32_t word)
{
    if ((word & 0xffe0001f) == 0xd4000002 || (word & 0xffe0001f) == 0xd4000003)
        return true; // hvc, smc
    if ((word & 0xfffff3ff) == 0xd69f03e0)
        return true; // eret, eretaa, eretab
    if ((word & 0xfff8f01f) == 0xd500401f) {
        // msr (immediate): what EL0 may write (daifset, daifclr) it may write only if EL1 lets it.
        // Flag manipulation shares the encoding with op1 = 0 and CRm = 0.
        const bool is_flag_manipulation = (word & 0xffffff1f) == 0xd500401f;
        return !is_flag_manipulation;
    }
    // msr, mrs, sys, sysl: registers and operations of EL0 have op1 = 3.
    const bool is_system = (word & 0xffc00000) == 0xd5000000 && ((word >> 19) & 3) != 0;
    return is_system && ((word >> 16) & 7) != 3;
}

bool is_call(std::uint32_t word)
{
    return (word & 0xfc000000) == 0x94000000 || // bl
           (word & 0xfffffc1f) == 0xd63f0000;   // blr
}

/// For what the disassembler is too old to name.
std::string raw_text(std::uint32_t word)
{
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), ".inst 0x%08x", word);
    return text.data();
}

} // namespace

std::optional<DecodedInstruction> decode(std::span<const std::uint8_t> code,
                                         std::uint64_t program_counter)
{
    if (code.size() < instruction_size)
        return std::nullopt;
    code = code.first(instruction_size);
    const std::uint32_t word = word_of(code);

    DecodedInstruction decoded;
    decoded.address = program_counter;
    decoded.length = instruction_size;
    decoded.memory = memory_operands(word, program_counter);
    if (const cs_insn* instruction = session().disassemble(code, program_counter))
        decoded.text = instruction_text(instruction->mnemonic, instruction->op_str);
    else if (!decoded.memory.empty())
        decoded.text = raw_text(word);
    else
        return std::nullopt;
    decoded.is_privileged = is_privileged(word);
    decoded.is_call = is_call(word);
    return decoded;
}

} // namespace glacis::fault::aarch64
