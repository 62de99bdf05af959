// x86-64: which memory an instruction uses. The bytes come from an assembler.
#include <random>

#include "fault_world.hpp"
#include "instruction_table.hpp"

namespace glacis::fault::test {
namespace {

constexpr auto x86_64 = Architecture::x86_64;
constexpr auto read = Access::read;
constexpr auto write = Access::write;

NamedRegisters table_registers()
{
    return {{"rax", 0x100010000},
            {"rbx", 0x100020000},
            {"rcx", 3},
            {"rdx", 0x100030000},
            {"rsi", 0x100040000},
            {"rdi", 0x100050000},
            {"rbp", 0x400ff100},
            {"rsp", 0x400ff000},
            {"r8", 0x100060000},
            {"r12", 0x40},
            {"r13", static_cast<std::uint64_t>(-9)},
            {"rip", 0x100000000},
            {"fs_base", 0x100070000},
            {"gs_base", 0x100080000}};
}

TEST(X86Instruction, is_known_with_every_access_it_makes_in_order)
{
    const std::vector<InstructionRow> rows{
        // clang-format off
        {"55", "push %rbp", {{0x400feff8, 8, write}}},
        {"6a05", "push $5", {{0x400feff8, 8, write}}},
        {"ff30", "push (%rax)", {{0x100010000, 8, read}, {0x400feff8, 8, write}}},
        {"ff742408", "push 8(%rsp)", {{0x400ff008, 8, read}, {0x400feff8, 8, write}}},
        {"5d", "pop %rbp", {{0x400ff000, 8, read}}},
        {"8f00", "pop (%rax)", {{0x400ff000, 8, read}, {0x100010000, 8, write}}},
        {"8f442408", "pop 8(%rsp)", {{0x400ff000, 8, read}, {0x400ff010, 8, write}}},
        {"9c", "pushfq", {{0x400feff8, 8, write}}},
        {"9d", "popfq", {{0x400ff000, 8, read}}},
        {"e85f000000", "call 0x100000064", {{0x400feff8, 8, write}}},
        {"ff10", "call *(%rax)", {{0x100010000, 8, read}, {0x400feff8, 8, write}}},
        {"ffd0", "call *%rax", {{0x400feff8, 8, write}}},
        {"ff20", "jmp *(%rax)", {{0x100010000, 8, read}}},
        {"c3", "ret", {{0x400ff000, 8, read}}},
        {"c21000", "ret $0x10", {{0x400ff000, 8, read}}},
        {"c9", "leave", {{0x400ff100, 8, read}}},
        {"c8200000", "enter $0x20, $0", {{0x400feff8, 8, write}, {0x400fefd8, 8, write}}},
        {"c8200002", "enter $0x20, $2", {{0x400feff8, 8, write}, {0x400ff0f8, 8, read}, {0x400feff0, 8, write}, {0x400fefe8, 8, write}, {0x400fefc8, 8, write}}},
        {"488903", "mov %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"488b03", "mov (%rbx), %rax", {{0x100020000, 8, read}}},
        {"48c70301000000", "movq $1, (%rbx)", {{0x100020000, 8, write}}},
        {"c60301", "movb $1, (%rbx)", {{0x100020000, 1, write}}},
        {"668945f8", "mov %ax, -8(%rbp)", {{0x400ff0f8, 2, write}}},
        {"488b0500100000", "mov 0x1000(%rip), %rax", {{0x100001007, 8, read}}},
        {"644889042528000000", "mov %rax, %fs:0x28", {{0x100070028, 8, write}}},
        {"64488b042500000000", "mov %fs:0, %rax", {{0x100070000, 8, read}}},
        {"658b0c98", "mov %gs:(%rax, %rbx, 4), %ecx", {{0x600110000, 4, read}}},
        {"6789044b", "mov %eax, (%ebx, %ecx, 2)", {{0x20006, 4, write}}},
        {"a28877665544332211", "movabs %al, 0x1122334455667788", {{0x1122334455667788, 1, write}}},
        {"48a18877665544332211", "movabs 0x1122334455667788, %rax", {{0x1122334455667788, 8, read}}},
        {"480103", "add %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"480303", "add (%rbx), %rax", {{0x100020000, 8, read}}},
        {"483903", "cmp %rax, (%rbx)", {{0x100020000, 8, read}}},
        {"483b03", "cmp (%rbx), %rax", {{0x100020000, 8, read}}},
        {"488503", "test %rax, (%rbx)", {{0x100020000, 8, read}}},
        {"48830c2400", "orq $0, (%rsp)", {{0x400ff000, 8, write}}},
        {"48ff00", "incq (%rax)", {{0x100010000, 8, write}}},
        {"48f710", "notq (%rax)", {{0x100010000, 8, write}}},
        {"488703", "xchg %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"f0480fc103", "lock xadd %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"f0480fb103", "lock cmpxchg %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"0fc70b", "cmpxchg8b (%rbx)", {{0x100020000, 8, write}}},
        {"480fc70b", "cmpxchg16b (%rbx)", {{0x100020000, 16, write}}},
        {"480fa303", "bt %rax, (%rbx)", {{0x120022000, 8, read}}},
        {"480fab03", "bts %rax, (%rbx)", {{0x120022000, 8, write}}},
        {"0fba2303", "btl $3, (%rbx)", {{0x100020000, 4, read}}},
        {"0fb608", "movzbl (%rax), %ecx", {{0x100010000, 1, read}}},
        {"486308", "movslq (%rax), %rcx", {{0x100010000, 4, read}}},
        {"480f4508", "cmovne (%rax), %rcx", {{0x100010000, 8, read}}},
        {"0f9400", "sete (%rax)", {{0x100010000, 1, write}}},
        {"0fae38", "clflush (%rax)", {{0x100010000, 1, read}}},
        {"480faf08", "imul (%rax), %rcx", {{0x100010000, 8, read}}},
        {"48f720", "mulq (%rax)", {{0x100010000, 8, read}}},
        {"48f730", "divq (%rax)", {{0x100010000, 8, read}}},
        {"0f2900", "movaps %xmm0, (%rax)", {{0x100010000, 16, write}}},
        {"0f2800", "movaps (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"0f1100", "movups %xmm0, (%rax)", {{0x100010000, 16, write}}},
        {"f30f6f00", "movdqu (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"f20f1100", "movsd %xmm0, (%rax)", {{0x100010000, 8, write}}},
        {"f30f1000", "movss (%rax), %xmm0", {{0x100010000, 4, read}}},
        {"660fd600", "movq %xmm0, (%rax)", {{0x100010000, 8, write}}},
        {"660f6e00", "movd (%rax), %xmm0", {{0x100010000, 4, read}}},
        {"0f1700", "movhps %xmm0, (%rax)", {{0x100010000, 8, write}}},
        {"0f1200", "movlps (%rax), %xmm0", {{0x100010000, 8, read}}},
        {"0f5800", "addps (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"f20f5800", "addsd (%rax), %xmm0", {{0x100010000, 8, read}}},
        {"660ffe00", "paddd (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"f20f2a00", "cvtsi2sdl (%rax), %xmm0", {{0x100010000, 4, read}}},
        {"0f2b00", "movntps %xmm0, (%rax)", {{0x100010000, 16, write}}},
        {"480fc303", "movnti %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"660ff7c8", "maskmovdqu %xmm0, %xmm1", {{0x100050000, 16, write}}},
        {"c5fc1100", "vmovups %ymm0, (%rax)", {{0x100010000, 32, write}}},
        {"c5fc2800", "vmovaps (%rax), %ymm0", {{0x100010000, 32, read}}},
        {"c5fc5808", "vaddps (%rax), %ymm0, %ymm1", {{0x100010000, 32, read}}},
        {"c5fa7f00", "vmovdqu %xmm0, (%rax)", {{0x100010000, 16, write}}},
        {"62f17c481100", "vmovups %zmm0, (%rax)", {{0x100010000, 64, write}}},
        {"62f1fe486f00", "vmovdqu64 (%rax), %zmm0", {{0x100010000, 64, read}}},
        {"62f1fd585808", "vaddpd (%rax){1to8}, %zmm0, %zmm1", {{0x100010000, 8, read}}},
        {"c4e27d1800", "vbroadcastss (%rax), %ymm0", {{0x100010000, 4, read}}},
        {"c4e2752e00", "vmaskmovps %ymm0, %ymm1, (%rax)", {{0x100010000, 32, write}}},
        {"f348ab", "rep stosq %rax, (%rdi)", {{0x100050000, 8, write}}},
        {"f3aa", "rep stosb %al, (%rdi)", {{0x100050000, 1, write}}},
        {"f3a4", "rep movsb (%rsi), (%rdi)", {{0x100040000, 1, read}, {0x100050000, 1, write}}},
        {"f348a5", "rep movsq (%rsi), (%rdi)", {{0x100040000, 8, read}, {0x100050000, 8, write}}},
        {"a5", "movsl (%rsi), (%rdi)", {{0x100040000, 4, read}, {0x100050000, 4, write}}},
        {"ac", "lodsb (%rsi), %al", {{0x100040000, 1, read}}},
        {"f2ae", "repne scasb (%rdi), %al", {{0x100050000, 1, read}}},
        {"f3a6", "repe cmpsb (%rdi), (%rsi)", {{0x100040000, 1, read}, {0x100050000, 1, read}}},
        {"d7", "xlatb", {{0x100020000, 1, read}}},
        {"db28", "fldt (%rax)", {{0x100010000, 10, read}}},
        {"db38", "fstpt (%rax)", {{0x100010000, 10, write}}},
        {"dd00", "fldl (%rax)", {{0x100010000, 8, read}}},
        {"d918", "fstps (%rax)", {{0x100010000, 4, write}}},
        {"df38", "fistpll (%rax)", {{0x100010000, 8, write}}},
        {"d938", "fnstcw (%rax)", {{0x100010000, 2, write}}},
        {"d930", "fnstenv (%rax)", {{0x100010000, 28, write}}},
        {"dd30", "fnsave (%rax)", {{0x100010000, 108, write}}},
        {"0fae00", "fxsave (%rax)", {{0x100010000, 512, write}}},
        {"0fae08", "fxrstor (%rax)", {{0x100010000, 512, read}}},
        {"0fae20", "xsave (%rax)", {{0x100010000, 576, write}}},
        {"0fae30", "xsaveopt (%rax)", {{0x100010000, 576, write}}},
        {"0fc720", "xsavec (%rax)", {{0x100010000, 576, write}}},
        {"0fae28", "xrstor (%rax)", {{0x100010000, 576, read}}},
        {"480fae00", "fxsave64 (%rax)", {{0x100010000, 512, write}}},
        {"480fae20", "xsave64 (%rax)", {{0x100010000, 576, write}}},
        {"0fae10", "ldmxcsr (%rax)", {{0x100010000, 4, read}}},
        {"0fae18", "stmxcsr (%rax)", {{0x100010000, 4, write}}},
        {"48cf", "iretq", {{0x400ff000, 40, read}}},
        {"0fb208", "lss (%rax), %ecx", {{0x100010000, 8, read}}},
        {"0f38f008", "movbe (%rax), %ecx", {{0x100010000, 4, read}}},
        {"f2480f38f100", "crc32 (%rax), %rax", {{0x100010000, 8, read}}},
        {"660f3a150001", "pextrw $1, %xmm0, (%rax)", {{0x100010000, 2, write}}},
        {"66480f3a160001", "pextrq $1, %xmm0, (%rax)", {{0x100010000, 8, write}}},
        {"660fc40001", "pinsrw $1, (%rax), %xmm0", {{0x100010000, 2, read}}},
        {"660f3a170001", "extractps $1, %xmm0, (%rax)", {{0x100010000, 4, write}}},
        {"c4e37d190001", "vextractf128 $1, %ymm0, (%rax)", {{0x100010000, 16, write}}},
        {"481103", "adc %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"48c12003", "shlq $3, (%rax)", {{0x100010000, 8, write}}},
        {"480fa40303", "shld $3, %rax, (%rbx)", {{0x100020000, 8, write}}},
        {"48d138", "sarq $1, (%rax)", {{0x100010000, 8, write}}},
        {"f718", "negl (%rax)", {{0x100010000, 4, write}}},
        {"f0830c2400", "lock orl $0, (%rsp)", {{0x400ff000, 4, write}}},
        {"0f0020", "verr (%rax)", {{0x100010000, 2, read}}},
        {"660f38dc00", "aesenc (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"660f380000", "pshufb (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"660f381700", "ptest (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"0f7400", "pcmpeqb (%rax), %mm0", {{0x100010000, 8, read}}},
        {"0f6f00", "movq (%rax), %mm0", {{0x100010000, 8, read}}},
        {"0f7f00", "movq %mm0, (%rax)", {{0x100010000, 8, write}}},
        {"f20ff000", "lddqu (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"c5fff000", "vlddqu (%rax), %ymm0", {{0x100010000, 32, read}}},
        {"660f383000", "pmovzxbw (%rax), %xmm0", {{0x100010000, 8, read}}},
        {"0f1400", "unpcklps (%rax), %xmm0", {{0x100010000, 16, read}}},
        {"4c0fab2b", "bts %r13, (%rbx)", {{0x10001fff8, 8, write}}},
        {"0fb30b", "btr %ecx, (%rbx)", {{0x100020000, 4, write}}},
        {"410fae2424", "xsave (%r12)", {{0x40, 576, write}}},
        {"6650", "push %ax", {{0x400feffe, 2, write}}},
        {"0fa0", "push %fs", {{0x400feff8, 8, write}}},
        {"4154", "push %r12", {{0x400feff8, 8, write}}},
        {"c5f9f7c8", "vmaskmovdqu %xmm0, %xmm1", {{0x100050000, 16, write}}},
        {"64f3a4", "rep movsb %fs:(%rsi), (%rdi)", {{0x2000b0000, 1, read}, {0x100050000, 1, write}}},
        {"cb", "lretl", {{0x400ff000, 8, read}}},
        {"669c", "pushfw", {{0x400feffe, 2, write}}},
        {"c5fd7f00", "vmovdqa %ymm0, (%rax)", {{0x100010000, 32, write}}},
        {"c5fc2b00", "vmovntps %ymm0, (%rax)", {{0x100010000, 32, write}}},
        {"67f3aa", "rep stosb %al, (%edi)", {{0x50000, 1, write}}},
        {"f048ff00", "lock incq (%rax)", {{0x100010000, 8, write}}},
        {"0f38f103", "movbe %eax, (%rbx)", {{0x100020000, 4, write}}},
        {"0f5a00", "cvtps2pd (%rax), %xmm0", {{0x100010000, 8, read}}},
        {"65ff30", "push %gs:(%rax)", {{0x200090000, 8, read}, {0x400feff8, 8, write}}},
        {"64ff14cd08000000", "call *%fs:8(, %rcx, 8)", {{0x100070020, 8, read}, {0x400feff8, 8, write}}},
        {"46890464", "mov %r8d, (%rsp, %r12, 2)", {{0x400ff080, 4, write}}},
        {"660fae30", "clwb (%rax)", {{0x100010000, 1, read}}},
        {"660fae38", "clflushopt (%rax)", {{0x100010000, 1, read}}},
        {"dd38", "fnstsw (%rax)", {{0x100010000, 2, write}}},
        {"dc10", "fcoml (%rax)", {{0x100010000, 8, read}}},
        {"dc00", "faddl (%rax)", {{0x100010000, 8, read}}},
        {"c4e2758e00", "vpmaskmovd %ymm0, %ymm1, (%rax)", {{0x100010000, 32, write}}},
        {"c5fa1100", "vmovss %xmm0, (%rax)", {{0x100010000, 4, write}}},
        {"c5f97e00", "vmovd %xmm0, (%rax)", {{0x100010000, 4, write}}},
        {"62f3fd483b0001", "vextracti64x4 $1, %zmm0, (%rax)", {{0x100010000, 32, write}}},
        {"c4e3791d0000", "vcvtps2ph $0, %xmm0, (%rax)", {{0x100010000, 8, write}}},
        {"62f27e483100", "vpmovdb %zmm0, (%rax)", {{0x100010000, 16, write}}},
        {"62f27d498a00", "vcompressps %zmm0, (%rax) {%k1}", {{0x100010000, 64, write}}},
        // clang-format on
    };
    for (const InstructionRow& row : rows)
        expect_row(row, table_registers(), x86_64);
}

TEST(X86Instruction, that_only_names_an_address_accesses_nothing)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        // clang-format off
        {"488d08", "lea (%rax), %rcx"},
        {"0f1f00", "nopl (%rax)"},
        {"2e660f1f0400", "nopw %cs:(%rax, %rax)"},
        {"0f1808", "prefetcht0 (%rax)"},
        {"c4e27d921488", "vgatherdps %ymm0, (%rax, %ymm1, 4), %ymm2"},
        {"0f05", "syscall"},
        {"0f34", "sysenter"},
        {"cc", "int3"},
        {"0f0b", "ud2"},
        {"0f01c1", "vmcall"},
        {"f3480faec0", "rdfsbase %rax"},
        {"66488d3d00000000", "lea (%rip), %rdi"},
        {"f30f1efa", "endbr64"},
        {"62f27d49a00488", "vpscatterdd %zmm0, (%rax, %rcx, 4) {%k1}"},
        // clang-format on
    };
    for (const auto& [code, text] : rows)
        expect_row({code, text, {}}, table_registers(), x86_64);
}

TEST(X86Instruction, that_ring_3_is_refused_is_privileged)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        // clang-format off
        {"6c", "insb %dx, (%rdi)"},
        {"6e", "outsb (%rsi), %dx"},
        {"f4", "hlt"},
        {"fa", "cli"},
        {"fb", "sti"},
        {"0f20d8", "mov %cr3, %rax"},
        {"0f22c0", "mov %rax, %cr0"},
        {"0f21c0", "mov %dr0, %rax"},
        {"ec", "in %dx, %al"},
        {"ee", "out %al, %dx"},
        {"0f0110", "lgdtq (%rax)"},
        {"0f0100", "sgdtq (%rax)"},
        {"0f0118", "lidtq (%rax)"},
        {"0f01f0", "lmsw %ax"},
        {"0f00d8", "ltr %ax"},
        {"0f0138", "invlpg (%rax)"},
        {"0f30", "wrmsr"},
        {"0f32", "rdmsr"},
        {"0f01f8", "swapgs"},
        {"0f06", "clts"},
        {"0f09", "wbinvd"},
        {"0f08", "invd"},
        {"0f07", "sysretl"},
        {"cd80", "int $0x80"},
        {"0f31", "rdtsc"},
        {"0fa2", "cpuid"},
        {"0f33", "rdpmc"},
        {"0f01c8", "monitor"},
        {"0f01c9", "mwait"},
        {"0f01d1", "xsetbv"},
        {"0f01cb", "stac"},
        {"0f0008", "strw (%rax)"},
        {"0f0000", "sldtw (%rax)"},
        {"0f0120", "smsww (%rax)"},
        // clang-format on
    };
    for (const auto& [code, text] : rows) {
        const DecodedInstruction instruction = decoded(code, x86_64);
        EXPECT_EQ(instruction.text, text);
        EXPECT_TRUE(instruction.is_privileged) << text;
    }
}

TEST(X86Instruction, of_every_day_is_not_privileged)
{
    for (const char* code : {"55", "c3", "0f05", "0f0b", "cc", "488903", "0f2900", "48cf"})
        EXPECT_FALSE(decoded(code, x86_64).is_privileged) << code;
}

TEST(X86Instruction, that_repeats_zero_times_accesses_nothing)
{
    const NamedRegisters none = x86_64_registers({{"rcx", 0}, {"rdi", 0x1000}});
    const NamedRegisters one = x86_64_registers({{"rcx", 1}, {"rdi", 0x1000}});
    const NamedRegisters high_half = x86_64_registers({{"rcx", 0x100000000}, {"rdi", 0x1000}});
    const DecodedInstruction stos = decoded("f3aa", x86_64);
    EXPECT_EQ(memory_accesses(stos, none, x86_64).size(), 1u);
    EXPECT_EQ(memory_accesses(stos, one, x86_64).size(), 2u);
    EXPECT_EQ(memory_accesses(stos, high_half, x86_64).size(), 2u);
    const DecodedInstruction with_32bit_count = decoded("67f3aa", x86_64);
    EXPECT_EQ(memory_accesses(with_32bit_count, high_half, x86_64).size(), 1u);
}

TEST(X86Instruction, xsave_touches_the_components_it_was_asked_for)
{
    const DecodedInstruction xsave = decoded("410fae2424", x86_64); // xsave (%r12)
    const auto accesses = [&](std::uint64_t mask) {
        return memory_accesses(xsave, x86_64_registers({{"rax", mask}, {"r12", 0x1000}}), x86_64);
    };
    EXPECT_EQ(accesses(3).size(), 2u);
    ASSERT_EQ(accesses(7).size(), 3u);
    EXPECT_EQ(accesses(7)[2].address, 0x1000u + 576);
    EXPECT_EQ(accesses(7)[2].length, 256u);
}

TEST(X86Instruction, without_the_value_of_its_register_has_no_access_there)
{
    const DecodedInstruction load = decoded("64488b042500000000", x86_64); // mov %fs:0,%rax
    EXPECT_EQ(memory_accesses(load, x86_64_registers(), x86_64).size(), 1u);
    EXPECT_EQ(memory_accesses(load, x86_64_registers({{"fs_base", 0x1000}}), x86_64).size(), 2u);
}

TEST(X86Instruction, says_what_its_address_is_based_on)
{
    const auto first_operand = [](const char* code) {
        return memory_accesses(decoded(code, x86_64), x86_64_registers(), x86_64).at(1);
    };
    EXPECT_TRUE(first_operand("55").is_stack_pointer_based);         // push %rbp
    EXPECT_TRUE(first_operand("48830c2400").is_stack_pointer_based); // orq $0,(%rsp)
    EXPECT_TRUE(first_operand("e85f000000").is_stack_pointer_based); // call
    EXPECT_TRUE(first_operand("668945f8").is_frame_pointer_based);   // mov %ax,-8(%rbp)
    EXPECT_FALSE(first_operand("488903").is_stack_pointer_based);    // mov %rax,(%rbx)
    EXPECT_FALSE(first_operand("488903").is_frame_pointer_based);
}

TEST(X86Instruction, says_which_alignment_it_insists_on)
{
    const std::vector<std::pair<std::string, std::uint64_t>> rows{
        {"0f2900", 16},      // movaps
        {"0f1100", 1},       // movups
        {"0f5800", 16},      // addps
        {"f20f5800", 1},     // addsd
        {"c5fc2800", 32},    // vmovaps, 32 bytes
        {"c5fc5808", 1},     // vaddps
        {"480fc70b", 16},    // cmpxchg16b
        {"0fae00", 16},      // fxsave
        {"410fae2424", 64},  // xsave
        {"488903", 1},       // mov
        {"f0480fc103", 1},   // lock xadd
        {"660f3a620000", 1}, // pcmpistrm
    };
    for (const auto& [code, alignment] : rows) {
        const auto accesses = memory_accesses(decoded(code, x86_64), x86_64_registers(), x86_64);
        ASSERT_GE(accesses.size(), 2u) << code;
        EXPECT_EQ(accesses[1].alignment, alignment) << code;
    }
}

TEST(X86Instruction, that_is_cut_short_is_none)
{
    EXPECT_FALSE(decode(bytes_of("4889"), 0x1000, x86_64));
    EXPECT_FALSE(decode({}, 0x1000, x86_64));
    EXPECT_FALSE(decode(bytes_of("06"), 0x1000, x86_64)); // not in 64-bit mode
}

TEST(X86Instruction, of_random_bytes_is_decoded_within_its_bytes)
{
    std::mt19937 random(1);
    std::size_t decoded_count = 0;
    for (int i = 0; i < 20000; ++i) {
        std::vector<std::uint8_t> code(15);
        for (auto& byte : code)
            byte = static_cast<std::uint8_t>(random());
        const auto instruction = decode(code, 0x1000, x86_64);
        if (!instruction)
            continue;
        ++decoded_count;
        ASSERT_LE(instruction->length, code.size());
        ASSERT_FALSE(instruction->text.empty());
        for (const MemoryAccess& access :
             memory_accesses(*instruction, table_registers(), x86_64)) {
            ASSERT_GT(access.length, 0u) << instruction->text;
            ASSERT_NE(access.access, Access::none);
            ASSERT_EQ(access.alignment & (access.alignment - 1), 0u);
        }
    }
    EXPECT_GT(decoded_count, 1000u);
}

} // namespace
} // namespace glacis::fault::test
