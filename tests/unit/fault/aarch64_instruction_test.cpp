// AArch64: which memory an instruction uses. The bytes come from an assembler.
#include <random>

#include "fault_world.hpp"
#include "instruction_table.hpp"

namespace glacis::fault::test {
namespace {

constexpr auto aarch64 = Architecture::aarch64;
constexpr auto read = Access::read;
constexpr auto write = Access::write;

/// xN holds 0x100000000 + N * 0x10000, but x2 a number whose low half is negative.
NamedRegisters table_registers()
{
    NamedRegisters registers;
    for (std::uint64_t i = 0; i <= 30; ++i)
        registers.emplace_back("x" + std::to_string(i), 0x100000000 + i * 0x10000);
    registers[2].second = 0xfffffff8;
    registers.emplace_back("sp", 0x400ff000);
    registers.emplace_back("pc", 0x100000000);
    return registers;
}

TEST(Aarch64Instruction, is_known_with_every_access_it_makes)
{
    const std::vector<InstructionRow> rows{
        // clang-format off
        {"fd7bbea9", "stp x29, x30, [sp, #-0x20]!", {{0x400fefe0, 16, write}}},
        {"fd7bc2a8", "ldp x29, x30, [sp], #0x20", {{0x400ff000, 16, read}}},
        {"200000f9", "str x0, [x1]", {{0x100010000, 8, write}}},
        {"200400b9", "str w0, [x1, #4]", {{0x100010004, 4, write}}},
        {"20100039", "strb w0, [x1, #4]", {{0x100010004, 1, write}}},
        {"20682278", "strh w0, [x1, x2]", {{0x20000fff8, 2, write}}},
        {"207822f8", "str x0, [x1, x2, lsl #3]", {{0x90000ffc0, 8, write}}},
        {"205822f8", "str x0, [x1, w2, uxtw #3]", {{0x90000ffc0, 8, write}}},
        {"20c822f8", "str x0, [x1, w2, sxtw]", {{0x10000fff8, 8, write}}},
        {"20f822f8", "str x0, [x1, x2, sxtx #3]", {{0x90000ffc0, 8, write}}},
        {"208440f8", "ldr x0, [x1], #8", {{0x100010000, 8, read}}},
        {"208c40f8", "ldr x0, [x1, #8]!", {{0x100010008, 8, read}}},
        {"00020058", "ldr x0, #0x100000040", {{0x100000040, 8, read}}},
        {"00020098", "ldrsw x0, #0x100000040", {{0x100000040, 4, read}}},
        {"0002009c", "ldr q0, #0x100000040", {{0x100000040, 16, read}}},
        {"200040bd", "ldr s0, [x1]", {{0x100010000, 4, read}}},
        {"2004c03d", "ldr q0, [x1, #0x10]", {{0x100010010, 16, read}}},
        {"200000fd", "str d0, [x1]", {{0x100010000, 8, write}}},
        {"2000007d", "str h0, [x1]", {{0x100010000, 2, write}}},
        {"2000003d", "str b0, [x1]", {{0x100010000, 1, write}}},
        {"e00701ad", "stp q0, q1, [sp, #0x20]", {{0x400ff020, 32, write}}},
        {"40044069", "ldpsw x0, x1, [x2]", {{0xfffffff8, 8, read}}},
        {"e0070129", "stp w0, w1, [sp, #8]", {{0x400ff008, 8, write}}},
        {"20008039", "ldrsb x0, [x1]", {{0x100010000, 1, read}}},
        {"2000c079", "ldrsh w0, [x1]", {{0x100010000, 2, read}}},
        {"200880b9", "ldrsw x0, [x1, #8]", {{0x100010008, 4, read}}},
        {"20805ff8", "ldur x0, [x1, #-8]", {{0x10000fff8, 8, read}}},
        {"a0c31fb8", "stur w0, [x29, #-4]", {{0x1001cfffc, 4, write}}},
        {"a0c31f38", "sturb w0, [x29, #-4]", {{0x1001cfffc, 1, write}}},
        {"207c5fc8", "ldxr x0, [x1]", {{0x100010000, 8, read}}},
        {"207c02c8", "stxr w2, x0, [x1]", {{0x100010000, 8, write}}},
        {"40847fc8", "ldaxp x0, x1, [x2]", {{0xfffffff8, 16, read}}},
        {"408423c8", "stlxp w3, x0, x1, [x2]", {{0xfffffff8, 16, write}}},
        {"20fcdfc8", "ldar x0, [x1]", {{0x100010000, 8, read}}},
        {"20fc9f88", "stlr w0, [x1]", {{0x100010000, 4, write}}},
        {"20fcdf08", "ldarb w0, [x1]", {{0x100010000, 1, read}}},
        {"400440a8", "ldnp x0, x1, [x2]", {{0xfffffff8, 16, read}}},
        {"e00700a8", "stnp x0, x1, [sp]", {{0x400ff000, 16, write}}},
        {"0070404c", "ld1 {v0.16b}, [x0]", {{0x100000000, 16, read}}},
        {"00a0df4c", "ld1 {v0.16b, v1.16b}, [x0], #0x20", {{0x100000000, 32, read}}},
        {"0060000c", "st1 {v0.8b, v1.8b, v2.8b}, [x0]", {{0x100000000, 24, write}}},
        {"0090400d", "ld1 {v0.s}[1], [x0]", {{0x100000000, 4, read}}},
        {"0084004d", "st1 {v0.d}[1], [x0]", {{0x100000000, 8, write}}},
        {"00c8404d", "ld1r {v0.4s}, [x0]", {{0x100000000, 4, read}}},
        {"0088004c", "st2 {v0.4s, v1.4s}, [x0]", {{0x100000000, 32, write}}},
        {"0000404c", "ld4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x0]", {{0x100000000, 64, read}}},
        {"002c000d", "st3 {v0.b, v1.b, v2.b}[3], [x0]", {{0x100000000, 3, write}}},
        {"00cc604d", "ld2r {v0.2d, v1.2d}, [x0]", {{0x100000000, 16, read}}},
        {"410020f8", ".inst 0xf8200041", {{0xfffffff8, 8, write}}},
        {"41002038", ".inst 0x38200041", {{0xfffffff8, 1, write}}},
        {"417ca0c8", ".inst 0xc8a07c41", {{0xfffffff8, 8, write}}},
        {"827c2048", ".inst 0x48207c82", {{0x100040000, 16, write}}},
        {"418020b8", ".inst 0xb8208041", {{0xfffffff8, 4, write}}},
        {"3f0020f8", ".inst 0xf820003f", {{0x100010000, 8, write}}},
        {"20740bd5", "dc zva, x0", {{0x100000000, 1, write}}},
        {"207b0bd5", "dc cvau, x0", {{0x100000000, 1, read}}},
        {"200840f8", "ldtr x0, [x1]", {{0x100010000, 8, read}}},
        {"208800f8", "sttr x0, [x1, #8]", {{0x100010008, 8, write}}},
        {"20c0bff8", ".inst 0xf8bfc020", {{0x100010000, 8, read}}},
        {"e827bf6d", "stp d8, d9, [sp, #-0x10]!", {{0x400feff0, 16, write}}},
        {"e00f40b9", "ldr w0, [sp, #0xc]", {{0x400ff00c, 4, read}}},
        {"e827bead", "stp q8, q9, [sp, #-0x40]!", {{0x400fefc0, 32, write}}},
        {"20f862f8", "ldr x0, [x1, x2, sxtx #3]", {{0x90000ffc0, 8, read}}},
        {"20d8e23c", "ldr q0, [x1, w2, sxtw #4]", {{0x10000ff80, 16, read}}},
        {"20805fd9", ".inst 0xd95f8020", {{0x10000fff8, 8, read}}},
        {"20500019", ".inst 0x19005020", {{0x100010005, 1, write}}},
        {"e1ffe0c8", ".inst 0xc8e0ffe1", {{0x400ff000, 8, write}}},
        {"417ca008", ".inst 0x08a07c41", {{0xfffffff8, 1, write}}},
        {"827c2008", ".inst 0x08207c82", {{0x100040000, 8, write}}},
        {"20244078", "ldrh w0, [x1], #2", {{0x100010000, 2, read}}},
        {"207c0208", "stxrb w2, w0, [x1]", {{0x100010000, 1, write}}},
        {"0004412d", "ldp s0, s1, [x0, #8]", {{0x100000008, 8, read}}},
        {"000441ac", "ldnp q0, q1, [x0, #0x20]", {{0x100000020, 32, read}}},
        {"4000005c", "ldr d0, #0x100000008", {{0x100000008, 8, read}}},
        {"e00f1ff8", "str x0, [sp, #-0x10]!", {{0x400feff0, 8, write}}},
        {"a0c39eb8", "ldursw x0, [x29, #-0x14]", {{0x1001cffec, 4, read}}},
        // clang-format on
    };
    for (const InstructionRow& row : rows)
        expect_row(row, table_registers(), aarch64);
}

TEST(Aarch64Instruction, that_uses_no_memory_has_no_access)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        // clang-format off
        {"000080f9", "prfm pldl1keep, [x0]"},
        {"010000d4", "svc #0"},
        {"000020d4", "brk #0"},
        {"40d03bd5", "mrs x0, tpidr_el0"},
        {"7f2003d5", "wfi"},
        {"5f2003d5", "wfe"},
        {"c0035fd6", "ret"},
        {"02000094", "bl #0x100000008"},
        {"00003fd6", "blr x0"},
        {"02000014", "b #0x100000008"},
        {"ff4300d1", "sub sp, sp, #0x10"},
        {"00000010", "adr x0, #0x100000000"},
        {"3f2303d5", "hint #0x19"},
        {"bf2303d5", "hint #0x1d"},
        {"5f2403d5", "hint #0x22"},
        {"1f2003d5", "nop"},
        {"df3f03d5", "isb"},
        {"bf3f03d5", "dmb sy"},
        {"5f3f03d5", "clrex"},
        {"2068a2f8", "prfm pldl1keep, [x1, x2]"},
        // clang-format on
    };
    for (const auto& [code, text] : rows)
        expect_row({code, text, {}}, table_registers(), aarch64);
}

TEST(Aarch64Instruction, that_el0_is_refused_is_privileged)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        // clang-format off
        {"020000d4", "hvc #0"},
        {"030000d4", "smc #0"},
        {"e0039fd6", "eret"},
        {"df4203d5", "msr daifset, #2"},
        {"002018d5", "msr ttbr0_el1, x0"},
        {"002038d5", "mrs x0, ttbr0_el1"},
        {"1f8708d5", "tlbi vmalle1"},
        // clang-format on
    };
    for (const auto& [code, text] : rows) {
        const DecodedInstruction instruction = decoded(code, aarch64);
        EXPECT_EQ(instruction.text, text);
        EXPECT_TRUE(instruction.is_privileged) << text;
    }
}

TEST(Aarch64Instruction, of_every_day_is_not_privileged)
{
    // svc, brk, mrs of TPIDR_EL0, stp, nop, isb, dc cvau
    for (const char* code :
         {"010000d4", "000020d4", "40d03bd5", "fd7bbea9", "1f2003d5", "df3f03d5", "207b0bd5"})
        EXPECT_FALSE(decoded(code, aarch64).is_privileged) << code;
}

TEST(Aarch64Instruction, says_what_its_address_is_based_on)
{
    const auto first_operand = [](const char* code) {
        return memory_accesses(decoded(code, aarch64), table_registers(), aarch64).at(1);
    };
    EXPECT_TRUE(first_operand("fd7bbea9").is_stack_pointer_based); // stp x29, x30, [sp, #-32]!
    EXPECT_TRUE(first_operand("a0c31fb8").is_frame_pointer_based); // stur w0, [x29, #-4]
    EXPECT_FALSE(first_operand("200000f9").is_stack_pointer_based);
}

TEST(Aarch64Instruction, that_is_cut_short_is_none)
{
    EXPECT_FALSE(decode(bytes_of("fd7bbe"), 0x1000, aarch64));
    EXPECT_FALSE(decode(bytes_of("00000000"), 0x1000, aarch64)); // udf
}

TEST(Aarch64Instruction, of_random_bytes_has_sane_accesses)
{
    std::mt19937 random(1);
    std::size_t access_count = 0;
    for (int i = 0; i < 20000; ++i) {
        std::vector<std::uint8_t> code(4);
        for (auto& byte : code)
            byte = static_cast<std::uint8_t>(random());
        const auto instruction = decode(code, 0x1000, aarch64);
        if (!instruction)
            continue;
        ASSERT_FALSE(instruction->text.empty());
        for (const MemoryAccess& access :
             memory_accesses(*instruction, table_registers(), aarch64)) {
            ASSERT_GT(access.length, 0u) << instruction->text;
            ASSERT_LE(access.length, 64u) << instruction->text;
            ++access_count;
        }
    }
    EXPECT_GT(access_count, 2000u);
}

} // namespace
} // namespace glacis::fault::test
