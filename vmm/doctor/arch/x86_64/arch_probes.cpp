#include "doctor/arch_probes.hpp"

#include <array>
#include <cpuid.h>
#include <glacis/abi/arch/x86_64/shim.h>

#include "arch/x86_64/kvm_lists.hpp"
#include "host/calls.hpp"

// The names are those of probe_code.S.
#define GLACIS_PROBE(name)                                                                         \
    extern "C" const std::uint8_t glacis_probe_##name[];                                           \
    extern "C" const std::uint8_t glacis_probe_##name##_end[];
GLACIS_PROBE(hypercalls)
GLACIS_PROBE(trap)
GLACIS_PROBE(read)
GLACIS_PROBE(write)
GLACIS_PROBE(float_write)
GLACIS_PROBE(touch)
GLACIS_PROBE(watch)
GLACIS_PROBE(exits)
#undef GLACIS_PROBE

namespace glacis::doctor {

const ProbeCode& probe_code()
{
    static const ProbeCode code{
        {glacis_probe_hypercalls, glacis_probe_hypercalls_end},
        {glacis_probe_trap, glacis_probe_trap_end},
        {glacis_probe_read, glacis_probe_read_end},
        {glacis_probe_write, glacis_probe_write_end},
        {glacis_probe_float_write, glacis_probe_float_write_end},
        {glacis_probe_touch, glacis_probe_touch_end},
        {glacis_probe_watch, glacis_probe_watch_end},
        {glacis_probe_exits, glacis_probe_exits_end},
    };
    return code;
}

std::vector<ArchCapability> arch_capabilities()
{
    return {
        {KVM_CAP_SYNC_REGS, "KVM_CAP_SYNC_REGS", true,
         "a guest's registers without a call for them"},
        {KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID", true, "telling domains what the processor has"},
        {KVM_CAP_XSAVE, "KVM_CAP_XSAVE", true, "vector registers of threads that change vCPUs"},
        {KVM_CAP_XCRS, "KVM_CAP_XCRS", false, "AVX and AVX-512 in domains"},
        {KVM_CAP_DISABLE_QUIRKS2, "KVM_CAP_DISABLE_QUIRKS2", false,
         "slots that go without a flush of all"},
    };
}

void start_in_supervisor_mode(kvm::Vcpu& vcpu, std::uint64_t address)
{
    kvm_run& state = *vcpu.state();
    state.s.regs.regs = {};
    state.s.regs.regs.rip = address;
    state.s.regs.regs.rflags = 2;
    state.kvm_valid_regs = KVM_SYNC_X86_REGS;
    state.kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

namespace {

struct Bit {
    const char* name;
    std::uint64_t mask;
};

// Intel SDM volume 3, 2.5 and 2.6.
constexpr std::array<Bit, 7> control_register_4{{
    {"CR4.OSFXSR", 1U << 9},
    {"CR4.OSXMMEXCPT", 1U << 10},
    {"CR4.UMIP", 1U << 11},
    {"CR4.FSGSBASE", 1U << 16},
    {"CR4.OSXSAVE", 1U << 18},
    {"CR4.SMEP", 1U << 20},
    {"CR4.SMAP", 1U << 21},
}};
constexpr std::array<Bit, 3> state_components{{{"SSE", 0x2}, {"AVX", 0x4}, {"AVX-512", 0xe0}}};

} // namespace

std::vector<CpuFeature> cpu_features(kvm::Vcpu& vcpu)
{
    std::vector<CpuFeature> features;
    kvm_sregs sregs{};
    const bool has_sregs = host::ioctl_vcpu(vcpu.fd(), KVM_GET_SREGS, &sregs) == 0;
    for (const Bit& bit : control_register_4) {
        features.push_back({bit.name, has_sregs && (sregs.cr4 & bit.mask) == bit.mask});
    }
    kvm_xcrs xcrs{};
    const bool has_xcrs = host::ioctl_vcpu(vcpu.fd(), KVM_GET_XCRS, &xcrs) == 0 && xcrs.nr_xcrs > 0;
    for (const Bit& bit : state_components) {
        features.push_back({bit.name, has_xcrs && (xcrs.xcrs[0].value & bit.mask) == bit.mask});
    }
    return features;
}

Behaviour entry_behaviour(const SystemMemory& memory)
{
    constexpr std::uint8_t syscall_second_byte = 0x05;
    const bool enters = *memory.at(GLACIS_GATE_CALL + 1) == syscall_second_byte;
    return {"syscall_enters_ring_0", "does `syscall` enter ring 0?", enters ? "yes" : "no",
            enters ? "hypercalls use it" : "it stays in ring 3, so hypercalls use `ud2`"};
}

std::string hypervisor()
{
    constexpr std::uint32_t hypervisor_bit = 1U << 31; // leaf 1 ECX
    constexpr std::uint32_t signature_leaf = 0x40000000;
    std::uint32_t eax = 0;
    std::uint32_t ebx = 0;
    std::uint32_t ecx = 0;
    std::uint32_t edx = 0;
    __cpuid(1, eax, ebx, ecx, edx);
    if ((ecx & hypervisor_bit) == 0) {
        return {};
    }
    __cpuid(signature_leaf, eax, ebx, ecx, edx);
    std::string name;
    for (const std::uint32_t part : {ebx, ecx, edx}) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            const auto letter = static_cast<char>(part >> shift & 0xff);
            if (letter > ' ' && letter <= '~') {
                name.push_back(letter);
            }
        }
    }
    return name.empty() ? "unnamed" : name;
}

const char* exception_name(std::uint32_t vector)
{
    switch (vector) {
    case 6:
        return "#UD";
    case 8:
        return "#DF";
    case 13:
        return "#GP";
    case 14:
        return "#PF";
    default:
        return "another exception";
    }
}

std::vector<VcpuCall> vcpu_calls()
{
    return {
        {"get_sregs", "KVM_GET_SREGS",
         [](kvm::Vcpu& vcpu) {
             kvm_sregs sregs{};
             return host::ioctl_vcpu(vcpu.fd(), KVM_GET_SREGS, &sregs) == 0;
         }},
        {"get_xsave", "KVM_GET_XSAVE",
         [](kvm::Vcpu& vcpu) {
             x86_64::VectorState state;
             return host::ioctl_vcpu(vcpu.fd(), x86_64::request_get_xsave, &state) == 0;
         }},
    };
}

bool keep_other_slots_on_deletion(kvm::Vm& vm)
{
    constexpr std::uint64_t slot_zap_all = 1U << 7; // KVM_X86_QUIRK_SLOT_ZAP_ALL
    return (static_cast<std::uint64_t>(vm.check(KVM_CAP_DISABLE_QUIRKS2)) & slot_zap_all) != 0 &&
           vm.enable(KVM_CAP_DISABLE_QUIRKS2, slot_zap_all);
}

} // namespace glacis::doctor
