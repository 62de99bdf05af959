// What of an examination depends on the architecture. Defined in arch/<name>.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "doctor/report.hpp"
#include "doctor/touched_pages.h"
#include "machine/guest_cpu.hpp"

namespace glacis::doctor {

struct ArchCapability {
    unsigned number = 0;
    const char* name = "";
    bool is_needed = false;
    const char* use = "";
};
[[nodiscard]] std::vector<ArchCapability> arch_capabilities();

/// Code for tiny guests, position-independent. Where it makes a hypercall it does so through the
/// gate, and then once more and again.
struct ProbeCode {
    using Bytes = std::span<const std::uint8_t>;
    Bytes hypercalls;  ///< one after the other
    Bytes trap;        ///< an instruction that traps
    Bytes read;        ///< reads 8 bytes at its argument, then hypercalls
    Bytes write;       ///< the same, writing
    Bytes float_write; ///< the same, from a floating-point register, which few emulators know
    Bytes touch; ///< writes to `touched_pages` pages from its argument on, then hypercalls; again
    Bytes watch; ///< for ever: reads the page at its argument, counts up in the next one
    Bytes exits; ///< for the supervisor's mode: one bare exit after the other
};
constexpr std::uint64_t touched_pages = GLACIS_PROBE_TOUCHED_PAGES;
[[nodiscard]] const ProbeCode& probe_code();

/// Makes a vCPU that no thread is loaded on run `exits` at `address`, in the supervisor's mode.
void start_in_supervisor_mode(kvm::Vcpu& vcpu, std::uint64_t address);

/// What domains get of the processor, on a vCPU that has been set up.
[[nodiscard]] std::vector<CpuFeature> cpu_features(kvm::Vcpu& vcpu);

/// How a hypercall enters the supervisor's mode, after one was made.
[[nodiscard]] Behaviour entry_behaviour(const SystemMemory& memory);

/// The hypervisor that this host itself runs under, as it signs; empty for none.
[[nodiscard]] std::string hypervisor();

/// The name of an exception, for `vector` of a fault.
[[nodiscard]] const char* exception_name(std::uint32_t vector);

/// KVM calls that the VMM makes on a vCPU besides KVM_RUN, to be timed.
struct VcpuCall {
    const char* key = "";
    const char* what = "";
    bool (*call)(kvm::Vcpu& vcpu) = nullptr; ///< whether it succeeded
};
[[nodiscard]] std::vector<VcpuCall> vcpu_calls();

/// Turns off "any slot's deletion drops everything". Whether the host can.
[[nodiscard]] bool keep_other_slots_on_deletion(kvm::Vm& vm);

} // namespace glacis::doctor
