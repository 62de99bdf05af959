// What a guest CPU is on x86-64: feature bits, control registers, the pristine vector state.
#pragma once

#include <array>
#include <cstdint>
#include <linux/kvm.h>

#include "arch/x86_64/kvm_lists.hpp"
#include "host/result.hpp"
#include "machine/guest_cpu.hpp"

namespace glacis {

struct CpuModel {
    static constexpr std::uint32_t max_leaves = 24;
    x86_64::CpuidList<max_leaves> cpuid;
    std::uint64_t cr4 = 0;          ///< wished for
    std::uint64_t cr4_required = 0; ///< without which no domain can run
    std::uint64_t xcr0 = 0;         ///< 0: no XSAVE
    x86_64::VectorState pristine_vectors;
};

namespace x86_64 {
/// Long mode, ring 0, tables of `root`, descriptor tables of the shim, TSS of vCPU `id`.
[[nodiscard]] kvm_sregs initial_segments(const kvm_sregs& reset, std::uint32_t id,
                                         std::uint64_t root, std::uint64_t cr4);
} // namespace x86_64

} // namespace glacis
