#include "fault/arch/x86_64/prologue.hpp"

#include <algorithm>
#include <initializer_list>

#include "fault/arch/x86_64/decode.hpp"

namespace glacis::fault::x86_64 {

namespace {

using Code = std::span<const std::uint8_t>;

bool starts_with(Code code, std::initializer_list<std::uint8_t> bytes)
{
    return code.size() >= bytes.size() && std::equal(bytes.begin(), bytes.end(), code.begin());
}

/// What one instruction of a prologue does.
struct Step {
    std::size_t length = 0;   ///< 0: nobody can say where the return address is behind it
    std::uint64_t lowers = 0; ///< bytes by which it lowers the stack pointer
    bool sets_frame = false;
};

std::uint64_t little_endian_32(Code code)
{
    return std::uint64_t{code[0]} | std::uint64_t{code[1]} << 8 | std::uint64_t{code[2]} << 16 |
           std::uint64_t{code[3]} << 24;
}

Step step(Code code)
{
    if (starts_with(code, {0x48, 0x89, 0xe5}) || starts_with(code, {0x48, 0x8b, 0xec}))
        return {.length = 3, .sets_frame = true}; // mov %rsp,%rbp
    if (!code.empty() && code[0] >= 0x50 && code[0] <= 0x57)
        return {.length = 1, .lowers = 8}; // push
    if (code.size() >= 2 && code[0] == 0x41 && code[1] >= 0x50 && code[1] <= 0x57)
        return {.length = 2, .lowers = 8}; // push of r8 to r15
    if (starts_with(code, {0x48, 0x83, 0xec}) && code.size() >= 4 && code[3] < 0x80)
        return {.length = 4, .lowers = code[3]}; // sub $byte,%rsp
    if (starts_with(code, {0x48, 0x81, 0xec}) && code.size() >= 7 && code[6] < 0x80)
        return {.length = 7, .lowers = little_endian_32(code.subspan(3))}; // sub $long,%rsp
    // Compilers mix other work in: probes of large frames, constants, arguments that move.
    return {.length = length_if_frame_neutral(code)};
}

} // namespace

std::optional<ReturnPlace> pending_return(Code code)
{
    ReturnPlace place;
    while (!code.empty()) {
        const Step next = step(code);
        if (next.length == 0 || next.sets_frame)
            return std::nullopt;
        place.stack_offset += next.lowers;
        code = code.subspan(next.length);
    }
    return place;
}

} // namespace glacis::fault::x86_64
