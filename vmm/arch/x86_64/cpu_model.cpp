#include "arch/x86_64/cpu_model.hpp"

#include <algorithm>
#include <cpuid.h>
#include <cstring>
#include <glacis/abi/arch/x86_64/shim.h>

#include "arch/x86_64/cpuid_leaf.h"
#include "arch/x86_64/shim_layout.hpp"

namespace glacis {

namespace {

// CPUID (Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E). The guest's leaves are made from
// the host's own, cut down to what domain code in ring 3 can use: KVM_GET_SUPPORTED_CPUID would ask
// for each of about 70 leaves, and every CPUID instruction leaves a host that is itself virtual,
// which may take 15 us.

struct Leaf {
    std::uint32_t eax = 0;
    std::uint32_t ebx = 0;
    std::uint32_t ecx = 0;
    std::uint32_t edx = 0;
};

Leaf host_leaf(std::uint32_t function, std::uint32_t index)
{
    Leaf leaf;
    __cpuid_count(function, index, leaf.eax, leaf.ebx, leaf.ecx, leaf.edx);
    return leaf;
}

/// A leaf that the C library has asked for at this program's start anyway.
Leaf known_leaf(glacis_cpuid_leaf leaf)
{
    std::uint32_t registers[4] = {};
    glacis_known_cpuid(leaf, registers);
    return {registers[0], registers[1], registers[2], registers[3]};
}

/// The state components that the host's kernel has enabled. Precondition: OSXSAVE.
std::uint64_t enabled_components()
{
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (std::uint64_t{high} << 32) | low;
}

constexpr std::uint32_t bit(unsigned number)
{
    return 1U << number;
}

constexpr std::uint32_t xsave_bit = bit(26);                                   // leaf 1 ECX
constexpr std::uint32_t osxsave_bit = bit(27);                                 // leaf 1 ECX
constexpr std::uint32_t needs_xsave = xsave_bit | bit(12) | bit(28) | bit(29); // FMA AVX F16C
constexpr std::uint32_t hypervisor_bit = bit(31);                              // leaf 1 ECX
constexpr std::uint32_t fsgsbase_bit = bit(0);                                 // leaf 7 EBX
constexpr std::uint32_t smep_bit = bit(7);                                     // leaf 7 EBX
constexpr std::uint32_t smap_bit = bit(20);                                    // leaf 7 EBX
constexpr std::uint32_t umip_bit = bit(2);                                     // leaf 7 ECX

// SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND
constexpr std::uint32_t leaf_1_ecx = bit(0) | bit(1) | bit(9) | bit(12) | bit(13) | bit(19) |
                                     bit(20) | bit(22) | bit(23) | bit(25) | xsave_bit | bit(28) |
                                     bit(29) | bit(30);
// FPU DE PSE TSC MSR PAE MCE CX8 SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2
constexpr std::uint32_t leaf_1_edx = 0x07'8b'fb'ff & ~(bit(1) | bit(9));
// FSGSBASE BMI1 AVX2 SMEP BMI2 ERMS AVX512F/DQ RDSEED ADX SMAP IFMA CLFLUSHOPT CLWB AVX512CD SHA
// AVX512BW/VL
constexpr std::uint32_t leaf_7_ebx = fsgsbase_bit | bit(3) | bit(5) | smep_bit | bit(8) | bit(9) |
                                     bit(16) | bit(17) | bit(18) | bit(19) | smap_bit | bit(21) |
                                     bit(23) | bit(24) | bit(28) | bit(29) | bit(30) | bit(31);
// VBMI UMIP VBMI2 GFNI VAES VPCLMULQDQ VNNI BITALG VPOPCNTDQ
constexpr std::uint32_t leaf_7_ecx =
    bit(1) | umip_bit | bit(6) | bit(8) | bit(9) | bit(10) | bit(11) | bit(12) | bit(14);
constexpr std::uint32_t leaf_7_edx = bit(4); // FSRM
// LAHF LZCNT PREFETCHW
constexpr std::uint32_t leaf_80000001_ecx = bit(0) | bit(5) | bit(8);
// SYSCALL NX LM, and the AMD copies of leaf 1
constexpr std::uint32_t leaf_80000001_edx = bit(11) | bit(20) | bit(29) | 0x0183'f3ff;

// State components: x87, SSE, AVX, and the three of AVX-512 that only come together.
constexpr std::uint64_t xcr0_legacy = 0x3;
constexpr std::uint64_t xcr0_avx = 0x7;
constexpr std::uint64_t xcr0_avx512 = 0xe7;
constexpr std::uint32_t xsave_legacy_size = 576; // with the header

std::uint64_t usable_components(std::uint64_t host)
{
    if ((host & xcr0_avx512) == xcr0_avx512) {
        return xcr0_avx512;
    }
    return (host & xcr0_avx) == xcr0_avx ? xcr0_avx : xcr0_legacy;
}

void add_leaf(CpuModel& model, std::uint32_t function, std::uint32_t index, bool is_indexed,
              const Leaf& leaf)
{
    kvm_cpuid_entry2& entry = model.cpuid.entries[model.cpuid.count++];
    entry = {};
    entry.function = function;
    entry.index = index;
    entry.flags = is_indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0;
    entry.eax = leaf.eax;
    entry.ebx = leaf.ebx;
    entry.ecx = leaf.ecx;
    entry.edx = leaf.edx;
}

void add_state_components(CpuModel& model)
{
    model.xcr0 = usable_components(enabled_components());
    std::uint32_t size = xsave_legacy_size;
    for (std::uint32_t component = 2; component < 8; ++component) {
        if ((model.xcr0 >> component & 1) != 0) {
            const Leaf leaf = host_leaf(0xd, component);
            add_leaf(model, 0xd, component, true, leaf);
            size = std::max(size, leaf.ebx + leaf.eax); // offset and size
        }
    }
    add_leaf(model, 0xd, 0, true, {static_cast<std::uint32_t>(model.xcr0), size, size, 0});
    add_leaf(model, 0xd, 1, true, Leaf{});
}

constexpr std::uint64_t cr4_pae = 1U << 5;
constexpr std::uint64_t cr4_osfxsr = 1U << 9;
constexpr std::uint64_t cr4_osxmmexcpt = 1U << 10;
constexpr std::uint64_t cr4_umip = 1U << 11;
constexpr std::uint64_t cr4_fsgsbase = 1U << 16;
constexpr std::uint64_t cr4_osxsave = 1U << 18;
constexpr std::uint64_t cr4_smep = 1U << 20;
constexpr std::uint64_t cr4_smap = 1U << 21;

std::uint64_t wished_cr4(const Leaf& one, const Leaf& seven)
{
    std::uint64_t cr4 = 0;
    cr4 |= (one.ecx & xsave_bit) != 0 ? cr4_osxsave : 0;
    cr4 |= (seven.ebx & fsgsbase_bit) != 0 ? cr4_fsgsbase : 0;
    cr4 |= (seven.ebx & smep_bit) != 0 ? cr4_smep : 0;
    cr4 |= (seven.ebx & smap_bit) != 0 ? cr4_smap : 0;
    cr4 |= (seven.ecx & umip_bit) != 0 ? cr4_umip : 0;
    return cr4;
}

/// x87 and SSE as FNINIT and reset leave them, everything else in its initial state.
void make_pristine_vectors(CpuModel& model)
{
    constexpr std::uint16_t control_word = 0x037f;
    constexpr std::uint32_t mxcsr = 0x1f80;
    constexpr std::uint64_t components = 0x3;
    std::memcpy(model.pristine_vectors.bytes, &control_word, sizeof control_word);
    std::memcpy(model.pristine_vectors.bytes + 24, &mxcsr, sizeof mxcsr);
    std::memcpy(model.pristine_vectors.bytes + 512, &components, sizeof components);
}

} // namespace

Result<CpuModelPointer> make_cpu_model(const kvm::Kvm& kvm)
{
    if (kvm.check(KVM_CAP_SYNC_REGS) == 0 || kvm.check(KVM_CAP_IMMEDIATE_EXIT) == 0) {
        return HostError{"KVM_CHECK_EXTENSION", 0,
                         "this kernel's KVM lacks KVM_CAP_SYNC_REGS or KVM_CAP_IMMEDIATE_EXIT "
                         "(Linux 4.17 or newer has both)"};
    }
    CpuModelPointer model(new CpuModel);
    Leaf one = known_leaf(glacis_cpuid_1);
    const bool has_xsave = (one.ecx & osxsave_bit) != 0;
    one.ebx &= 0x0000ff00; // CLFLUSH size
    one.ecx = (one.ecx & leaf_1_ecx & (has_xsave ? ~0U : ~needs_xsave)) | hypervisor_bit;
    one.edx &= leaf_1_edx;
    Leaf seven = known_leaf(glacis_cpuid_7);
    seven = {0, seven.ebx & leaf_7_ebx, seven.ecx & leaf_7_ecx, seven.edx & leaf_7_edx};

    Leaf zero = host_leaf(0, 0);
    zero.eax = 0xd;
    add_leaf(*model, 0, 0, false, zero);
    add_leaf(*model, 1, 0, false, one);
    add_leaf(*model, 7, 0, true, seven);
    if (has_xsave) {
        add_state_components(*model);
    }
    add_leaf(*model, 0x80000000, 0, false, {0x80000008, 0, 0, 0});
    const Leaf extended = known_leaf(glacis_cpuid_80000001);
    add_leaf(*model, 0x80000001, 0, false,
             {0, 0, extended.ecx & leaf_80000001_ecx, extended.edx & leaf_80000001_edx});
    const Leaf sizes = known_leaf(glacis_cpuid_80000008);
    add_leaf(*model, 0x80000008, 0, false, {sizes.eax & 0xffff, 0, 0, 0});

    model->cr4_required = cr4_pae | cr4_osfxsr | cr4_osxmmexcpt;
    model->cr4 = model->cr4_required | wished_cr4(one, seven);
    make_pristine_vectors(*model);
    return model;
}

void CpuModelDeleter::operator()(CpuModel* model) const
{
    delete model;
}

namespace x86_64 {

namespace {

kvm_segment segment(std::uint16_t selector, std::uint8_t type, bool is_code)
{
    kvm_segment result{};
    result.limit = 0xffffffff;
    result.selector = selector;
    result.type = type;
    result.present = 1;
    result.dpl = static_cast<std::uint8_t>(selector & 3);
    result.db = is_code ? 0 : 1;
    result.s = 1;
    result.l = is_code ? 1 : 0;
    result.g = 1;
    return result;
}

constexpr std::uint8_t type_code = 11;     // execute, read, accessed
constexpr std::uint8_t type_data = 3;      // read, write, accessed
constexpr std::uint8_t type_busy_tss = 11; // what VMX asks for at entry

constexpr std::uint64_t cr0_flags = 0x80050033; // PG, AM, WP, NE, ET, MP, PE
constexpr std::uint64_t efer_flags = 0xd01;     // NXE, LMA, LME, SCE
constexpr std::uint64_t tss_limit = 0x67;

} // namespace

kvm_sregs initial_segments(const kvm_sregs& reset, std::uint32_t id, std::uint64_t root,
                           std::uint64_t cr4)
{
    const ShimLayout& shim = shim_layout();
    kvm_sregs sregs = reset;
    sregs.cs = segment(GLACIS_SELECTOR_KERNEL_CODE, type_code, true);
    sregs.ss = segment(GLACIS_SELECTOR_KERNEL_DATA, type_data, false);
    sregs.ds = sregs.es = sregs.fs = sregs.gs =
        segment(GLACIS_SELECTOR_USER_DATA, type_data, false);
    sregs.tr = {};
    sregs.tr.base = SystemMemory::block_address(id) + GLACIS_BLOCK_TSS;
    sregs.tr.limit = tss_limit;
    sregs.tr.selector = GLACIS_SELECTOR_TSS;
    sregs.tr.type = type_busy_tss;
    sregs.tr.present = 1;
    sregs.ldt = {};
    sregs.ldt.unusable = 1;
    sregs.gdt.base = shim.gdt;
    sregs.gdt.limit = static_cast<std::uint16_t>(shim.gdt_size - 1);
    sregs.idt.base = shim.idt;
    sregs.idt.limit = GLACIS_VECTORS * 16 - 1;
    sregs.cr0 = cr0_flags;
    sregs.cr3 = root;
    sregs.cr4 = cr4;
    sregs.efer = efer_flags;
    return sregs;
}

} // namespace x86_64

} // namespace glacis
