#include "inject/arch/x86_64/edits.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace glacis::inject::x86_64 {

namespace {

/// Where the parts of an instruction lie:
///   prefixes, REX, opcode (0f, 38 or 3a), ModRM, SIB, displacement, immediate
struct Layout {
    std::optional<std::size_t> rex;
    std::size_t opcode = 0; ///< its last byte
    std::optional<std::size_t> modrm;
    std::optional<std::size_t> sib;
};

bool is_prefix(std::uint8_t byte)
{
    constexpr std::array<std::uint8_t, 11> prefixes{0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                                    0x66, 0x67, 0xf0, 0xf2, 0xf3};
    return std::find(prefixes.begin(), prefixes.end(), byte) != prefixes.end();
}

/// Length of the opcode that starts at `at`.
std::size_t opcode_length(std::span<const std::uint8_t> bytes, std::size_t at)
{
    if (bytes[at] != 0x0f || at + 1 == bytes.size()) {
        return 1;
    }
    return bytes[at + 1] == 0x38 || bytes[at + 1] == 0x3a ? 3 : 2;
}

std::optional<Layout> layout_of(std::span<const std::uint8_t> bytes, const Instruction& instruction)
{
    Layout layout;
    std::size_t at = 0;
    while (at < bytes.size() && is_prefix(bytes[at])) {
        ++at;
    }
    if (at < bytes.size() && (bytes[at] & 0xf0) == 0x40) {
        layout.rex = at++;
    }
    if (at == bytes.size() || bytes[at] == 0xc4 || bytes[at] == 0xc5 || bytes[at] == 0x62) {
        return std::nullopt; // VEX and EVEX: their register fields lie elsewhere
    }
    at += opcode_length(bytes, at);
    if (at > bytes.size()) {
        return std::nullopt;
    }
    layout.opcode = at - 1;
    if (instruction.encoding.modrm_offset != 0) {
        if (instruction.encoding.modrm_offset != at || at == bytes.size()) {
            return std::nullopt; // XOP, or read otherwise than here
        }
        layout.modrm = at;
        const bool has_sib = bytes[at] >> 6 != 3 && (bytes[at] & 7) == 4;
        if (has_sib && at + 1 < bytes.size()) {
            layout.sib = at + 1;
        }
    }
    return layout;
}

/// Three bits of a byte, with a fourth in REX where there is one.
struct Field {
    std::size_t at = 0;
    unsigned shift = 0;
    unsigned rex_bit = 0;
};

/// Whether more is wanted.
bool edit_field(const Bytes& original, const Layout& layout, const Field& field,
                const TakeEdit& take)
{
    const unsigned values = layout.rex ? 16 : 8;
    for (unsigned value = 0; value < values; ++value) {
        Bytes changed = original;
        const unsigned mask = 7U << field.shift;
        changed[field.at] =
            static_cast<std::uint8_t>((changed[field.at] & ~mask) | (value & 7) << field.shift);
        if (layout.rex) {
            const unsigned cleared = changed[*layout.rex] & ~(1U << field.rex_bit);
            changed[*layout.rex] = static_cast<std::uint8_t>(cleared | value >> 3 << field.rex_bit);
        }
        if (changed != original && !take(changed)) {
            return false;
        }
    }
    return true;
}

std::uint64_t little_endian(std::span<const std::uint8_t> bytes)
{
    std::uint64_t value = 0;
    for (std::size_t index = bytes.size(); index-- > 0;) {
        value = value << 8 | bytes[index];
    }
    return value;
}

} // namespace

void edit_registers(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                    const TakeEdit& take)
{
    constexpr unsigned rex_b = 0;
    constexpr unsigned rex_x = 1;
    constexpr unsigned rex_r = 2;
    const auto layout = layout_of(bytes, instruction);
    if (!layout) {
        return;
    }
    std::vector<Field> fields;
    if (layout->modrm) {
        fields.push_back({*layout->modrm, 3, rex_r});
    } else {
        fields.push_back({layout->opcode, 0, rex_b});
    }
    if (layout->sib) {
        fields.push_back({*layout->sib, 0, rex_b});
        fields.push_back({*layout->sib, 3, rex_x});
    } else if (layout->modrm) {
        fields.push_back({*layout->modrm, 0, rex_b});
    }
    const Bytes original(bytes.begin(), bytes.end());
    for (const Field& field : fields) {
        if (!edit_field(original, *layout, field, take)) {
            return;
        }
    }
}

void edit_displacement(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                       const TakeEdit& take)
{
    const std::size_t at = instruction.encoding.disp_offset;
    const std::size_t size = instruction.encoding.disp_size;
    if (at == 0 || at + size > bytes.size()) {
        return;
    }
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
        Bytes changed(bytes.begin(), bytes.end());
        changed[at + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        if (!take(changed)) {
            return;
        }
    }
}

void edit_immediate(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                    const TakeEdit& take)
{
    const std::size_t at = instruction.encoding.imm_offset;
    const std::size_t size = instruction.encoding.imm_size;
    if (at == 0 || size == 0 || at + size > bytes.size()) {
        return;
    }
    const std::uint64_t value = little_endian(bytes.subspan(at, size));
    for (const std::uint64_t other : {value + 1, value - 1}) {
        Bytes changed(bytes.begin(), bytes.end());
        for (std::size_t index = 0; index < size; ++index) {
            changed[at + index] = static_cast<std::uint8_t>(other >> index * 8);
        }
        if (!take(changed)) {
            return;
        }
    }
}

void edit_condition(std::span<const std::uint8_t> bytes, const Instruction& instruction,
                    const TakeEdit& take)
{
    const auto layout = layout_of(bytes, instruction);
    if (!layout) {
        return;
    }
    const bool is_long = layout->opcode > 0 && bytes[layout->opcode - 1] == 0x0f;
    const unsigned kind = bytes[layout->opcode] & 0xf0U;
    if (kind != (is_long ? 0x80U : 0x70U)) {
        return; // loop and jrcxz have no opposite
    }
    Bytes changed(bytes.begin(), bytes.end());
    changed[layout->opcode] ^= 1;
    take(changed);
}

void edit_bits(std::span<const std::uint8_t> bytes, const TakeEdit& take)
{
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        Bytes changed(bytes.begin(), bytes.end());
        changed[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        if (!take(changed)) {
            return;
        }
    }
}

void edit_to_nops(std::span<const std::uint8_t> bytes, const TakeEdit& take)
{
    constexpr std::uint8_t nop = 0x90;
    take(Bytes(bytes.size(), nop));
}

} // namespace glacis::inject::x86_64
