#include "fault/past_instruction.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace glacis::fault {

namespace {

constexpr std::size_t longest_instruction = 15;
constexpr std::uint64_t longest_function = std::uint64_t{64} * 1024;

std::optional<DecodedInstruction> last_of_function(std::uint64_t start, std::uint64_t end,
                                                   Architecture architecture,
                                                   const WordReader& read)
{
    if (end <= start || end - start > longest_function)
        return std::nullopt;
    std::vector<std::uint8_t> code(end - start);
    if (!read_code(start, code, read))
        return std::nullopt;
    std::span<const std::uint8_t> rest(code);
    while (!rest.empty()) {
        auto instruction = decode(rest, end - rest.size(), architecture);
        if (!instruction)
            return std::nullopt;
        if (instruction->length == rest.size())
            return instruction;
        rest = rest.subspan(instruction->length);
    }
    return std::nullopt;
}

/// With the registers as they are after it: what was pushed lies at the stack pointer now.
bool has_written(const DecodedInstruction& instruction, const RawFault& fault,
                 Architecture architecture)
{
    const auto accesses = memory_accesses(instruction, fault.registers, architecture);
    return std::any_of(accesses.begin(), accesses.end(), [&](const MemoryAccess& access) {
        if (access.access != Access::write)
            return false;
        return *fault.address - access.address < access.length ||
               (access.is_stack_pointer_based && *fault.address == fault.stack_pointer);
    });
}

std::optional<DecodedInstruction>
longest_that_fits(const RawFault& fault, Architecture architecture, const WordReader& read)
{
    for (std::size_t length = longest_instruction; length > 0; --length) {
        std::array<std::uint8_t, longest_instruction> code{};
        const std::span bytes(code.data(), length);
        const auto start = fault.program_counter - length;
        if (!read_code(start, bytes, read))
            continue;
        auto instruction = decode(bytes, start, architecture);
        if (instruction && instruction->length == length &&
            has_written(*instruction, fault, architecture))
            return instruction;
    }
    return std::nullopt;
}

} // namespace

bool read_code(std::uint64_t address, std::span<std::uint8_t> code, const WordReader& read)
{
    for (std::size_t done = 0; done < code.size();) {
        // Whole aligned words, so that no read touches a page that the code does not.
        const auto aligned = (address + done) & ~std::uint64_t{7};
        std::uint64_t word = 0;
        if (!read(aligned, word))
            return false;
        for (auto byte = address + done - aligned; byte < 8 && done < code.size(); ++byte, ++done)
            code[done] = static_cast<std::uint8_t>(word >> (8 * byte));
    }
    return true;
}

std::optional<DecodedInstruction> find_past_instruction(const RawFault& fault,
                                                        Architecture architecture,
                                                        const WordReader& read,
                                                        std::optional<std::uint64_t> function_start)
{
    if (!fault.address)
        return std::nullopt;
    if (!function_start)
        return longest_that_fits(fault, architecture, read);
    // The first instruction of a function was reached by a call, which is not to be found.
    auto found = last_of_function(*function_start, fault.program_counter, architecture, read);
    if (found && has_written(*found, fault, architecture))
        return found;
    return std::nullopt;
}

} // namespace glacis::fault
