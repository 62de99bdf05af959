#include "instruction_table.hpp"

#include "fault_world.hpp"

namespace glacis::fault::test {

namespace {

constexpr std::uint64_t program_counter = 0x100000000;

} // namespace

void expect_row(const InstructionRow& row, const NamedRegisters& registers,
                Architecture architecture)
{
    SCOPED_TRACE(row.code + " " + row.text);
    const auto code = bytes_of(row.code);
    const auto instruction = decode(code, program_counter, architecture);
    ASSERT_TRUE(instruction);
    EXPECT_EQ(instruction->text, row.text);
    EXPECT_EQ(instruction->length, code.size());

    const auto accesses = memory_accesses(*instruction, registers, architecture);
    ASSERT_FALSE(accesses.empty());
    EXPECT_EQ(accesses[0].access, Access::execute);
    EXPECT_EQ(accesses[0].address, program_counter);
    EXPECT_EQ(accesses[0].length, code.size());
    std::vector<ExpectedAccess> found;
    for (std::size_t i = 1; i < accesses.size(); ++i)
        found.push_back({accesses[i].address, accesses[i].length, accesses[i].access});
    EXPECT_EQ(found, row.accesses);
}

DecodedInstruction decoded(const std::string& code, Architecture architecture)
{
    return decode(bytes_of(code), program_counter, architecture).value_or(DecodedInstruction{});
}

} // namespace glacis::fault::test
