#include "fault/arch/aarch64/loads_and_stores.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace glacis::fault::aarch64 {

namespace {

/// Bits high..low of an instruction.
constexpr std::uint32_t field(std::uint32_t word, unsigned high, unsigned low)
{
    return (word >> low) & ((std::uint32_t{2} << (high - low)) - 1);
}

constexpr bool bit(std::uint32_t word, unsigned index)
{
    return field(word, index, index) != 0;
}

/// The field as a signed number.
constexpr std::int64_t signed_field(std::uint32_t word, unsigned high, unsigned low)
{
    const auto sign = std::int64_t{1} << (high - low);
    return (std::int64_t{field(word, high, low)} ^ sign) - sign;
}

constexpr std::array<std::string_view, 31> general_registers{
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
    "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
    "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30"};

/// Number 31 is the stack pointer in a base, and zero in an index.
std::string_view base_register(std::uint32_t word)
{
    const auto number = field(word, 9, 5);
    return number == 31 ? std::string_view{"sp"} : general_registers[number];
}

Access access_of(bool is_load)
{
    return is_load ? Access::read : Access::write;
}

MemoryOperand operand(std::uint32_t word, std::uint64_t length, Access access)
{
    return {.base = base_register(word), .length = length, .access = access};
}

/// Exclusive, ordered, compare-and-swap. All insist on their natural alignment.
MemoryOperand exclusive_or_ordered(std::uint32_t word)
{
    const auto size = field(word, 31, 30);
    const bool is_ordered = bit(word, 23);
    const bool is_load = bit(word, 22);
    const bool is_pair_or_swap = bit(word, 21);
    auto length = std::uint64_t{1} << size;
    auto access = access_of(is_load);
    if (is_pair_or_swap && is_ordered) {
        access = Access::write; // cas
    } else if (is_pair_or_swap && size < 2) {
        access = Access::write; // casp, whose size has but one bit
        length = size == 0 ? 8 : 16;
    } else if (is_pair_or_swap) {
        length *= 2;
    }
    auto result = operand(word, length, access);
    result.alignment = length;
    return result;
}

/// ld1 to ld4 and st1 to st4 of whole registers.
std::optional<MemoryOperand> multiple_structures(std::uint32_t word)
{
    std::uint64_t registers = 0;
    switch (field(word, 15, 12)) {
    case 0b0000:
    case 0b0010:
        registers = 4;
        break;
    case 0b0100:
    case 0b0110:
        registers = 3;
        break;
    case 0b1000:
    case 0b1010:
        registers = 2;
        break;
    case 0b0111:
        registers = 1;
        break;
    default:
        return std::nullopt;
    }
    const std::uint64_t register_size = bit(word, 30) ? 16 : 8;
    return operand(word, registers * register_size, access_of(bit(word, 22)));
}

/// The same of one element of each register, or of one that is copied to all elements.
MemoryOperand single_structure(std::uint32_t word)
{
    const auto opcode = field(word, 15, 13);
    const auto size = field(word, 11, 10);
    const std::uint64_t registers = ((opcode & 1) << 1 | field(word, 21, 21)) + 1;
    std::uint64_t element = 0;
    switch (opcode >> 1) {
    case 0:
        element = 1;
        break;
    case 1:
        element = 2;
        break;
    case 2:
        element = (size & 1) != 0 ? 8 : 4;
        break;
    default:
        element = std::uint64_t{1} << size;
        break;
    }
    return operand(word, registers * element, access_of(bit(word, 22)));
}

std::optional<MemoryOperand> literal(std::uint32_t word, std::uint64_t program_counter)
{
    const auto opc = field(word, 31, 30);
    const bool is_vector = bit(word, 26);
    if (opc == 3)
        return std::nullopt; // prfm, or unallocated
    MemoryOperand result;
    result.displacement =
        static_cast<std::int64_t>(program_counter) + signed_field(word, 23, 5) * 4;
    if (is_vector)
        result.length = std::uint64_t{4} << opc;
    else
        result.length = opc == 1 ? 8 : 4; // 2: ldrsw
    return result;
}

MemoryOperand pair(std::uint32_t word)
{
    const auto opc = field(word, 31, 30);
    const bool is_vector = bit(word, 26);
    const bool is_post_indexed = field(word, 24, 23) == 1;
    std::uint64_t register_size = 0;
    if (is_vector)
        register_size = std::uint64_t{4} << opc;
    else
        register_size = opc == 2 ? 8 : 4; // 1: ldpsw
    auto result = operand(word, 2 * register_size, access_of(bit(word, 22)));
    if (!is_post_indexed)
        result.displacement = signed_field(word, 21, 15) * static_cast<std::int64_t>(register_size);
    return result;
}

/// What all loads and stores of one register share: how much, and which way. Nothing for
/// prefetches.
std::optional<MemoryOperand> single_register(std::uint32_t word)
{
    const auto size = field(word, 31, 30);
    const auto opc = field(word, 23, 22);
    if (bit(word, 26)) {
        const auto scale = (opc & 2) << 1 | size;
        if (scale > 4)
            return std::nullopt;
        return operand(word, std::uint64_t{1} << scale, access_of((opc & 1) != 0));
    }
    if (size == 3 && opc >= 2)
        return std::nullopt;
    return operand(word, std::uint64_t{1} << size, access_of(opc != 0));
}

/// ldadd, swp and kin: read and write at once. ldapr shares the encoding and only reads.
MemoryOperand atomic(std::uint32_t word)
{
    const auto length = std::uint64_t{1} << field(word, 31, 30);
    const bool is_ldapr = bit(word, 15) && field(word, 14, 12) == 0b100;
    auto result = operand(word, length, access_of(is_ldapr));
    result.alignment = length;
    return result;
}

std::optional<MemoryOperand> register_offset(std::uint32_t word)
{
    auto result = single_register(word);
    if (!result)
        return std::nullopt;
    using Extension = MemoryOperand::IndexExtension;
    switch (field(word, 15, 13)) {
    case 0b010:
        result->index_extension = Extension::unsigned_32;
        break;
    case 0b110:
        result->index_extension = Extension::signed_32;
        break;
    case 0b011:
    case 0b111:
        break;
    default:
        return std::nullopt;
    }
    if (const auto index = field(word, 20, 16); index != 31)
        result->index = general_registers[index];
    if (bit(word, 12)) {
        while ((std::uint64_t{1} << result->index_shift) < result->length)
            ++result->index_shift;
    }
    return result;
}

/// Load and store of one register, all addressing modes but the literal.
std::optional<MemoryOperand> one_register(std::uint32_t word)
{
    if (bit(word, 24)) {
        auto result = single_register(word);
        if (result)
            result->displacement =
                static_cast<std::int64_t>(std::uint64_t{field(word, 21, 10)} * result->length);
        return result;
    }
    const auto mode = field(word, 11, 10);
    if (bit(word, 21)) {
        if (mode == 0 && !bit(word, 26))
            return atomic(word);
        if (mode == 2)
            return register_offset(word);
        return std::nullopt; // ldraa, ldrab
    }
    auto result = single_register(word);
    const bool is_post_indexed = mode == 1;
    if (result && !is_post_indexed)
        result->displacement = signed_field(word, 20, 12);
    return result;
}

/// ldapur, stlur and kin.
std::optional<MemoryOperand> ordered_unscaled(std::uint32_t word)
{
    auto result = single_register(word);
    if (result)
        result->displacement = signed_field(word, 20, 12);
    return result;
}

/// Cache maintenance by address. `dc zva` writes a block whose size only the processor knows.
std::optional<MemoryOperand> cache_maintenance(std::uint32_t word)
{
    Access access = Access::read;
    switch (word & 0xffffffe0) {
    case 0xd50b7420: // dc zva
        access = Access::write;
        break;
    case 0xd50b7520: // ic ivau
    case 0xd50b7a20: // dc cvac
    case 0xd50b7b20: // dc cvau
    case 0xd50b7e20: // dc civac
        break;
    default:
        return std::nullopt;
    }
    const auto number = field(word, 4, 0);
    if (number == 31)
        return std::nullopt;
    return MemoryOperand{.base = general_registers[number], .length = 1, .access = access};
}

std::optional<MemoryOperand> memory_operand(std::uint32_t word, std::uint64_t program_counter)
{
    const bool is_load_or_store = bit(word, 27) && !bit(word, 25);
    if (!is_load_or_store)
        return cache_maintenance(word);
    switch (field(word, 29, 24)) {
    case 0b001000:
        return exclusive_or_ordered(word);
    case 0b001100:
        return bit(word, 31) ? std::nullopt : multiple_structures(word);
    case 0b001101:
        return bit(word, 31) ? std::nullopt : std::optional(single_structure(word));
    case 0b011000:
    case 0b011100:
        return literal(word, program_counter);
    case 0b011001:
        return ordered_unscaled(word);
    case 0b101000:
    case 0b101001:
    case 0b101100:
    case 0b101101:
        return field(word, 31, 30) == 3 ? std::nullopt : std::optional(pair(word));
    case 0b111000:
    case 0b111001:
    case 0b111100:
    case 0b111101:
        return one_register(word);
    default:
        return std::nullopt;
    }
}

} // namespace

std::vector<MemoryOperand> memory_operands(std::uint32_t instruction, std::uint64_t program_counter)
{
    std::vector<MemoryOperand> result;
    if (const auto found = memory_operand(instruction, program_counter))
        result.push_back(*found);
    return result;
}

} // namespace glacis::fault::aarch64
