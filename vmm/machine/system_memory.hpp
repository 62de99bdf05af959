// The supervisor's pages inside the guest: shim, gate page, one block for each vCPU, and the first
// page tables. What the guest may not write is one memory slot, the rest another: every slot that a
// VM is given waits for KVM's readers.
#pragma once

#include <cstdint>
#include <glacis/abi/layout.h>
#include <glacis/supervisor/types.hpp>

#include "host/descriptor.hpp"
#include "host/result.hpp"
#include "kvm/kvm.hpp"

namespace glacis {

class SystemMemory {
public:
    /// Bytes of page tables, from GLACIS_TABLES_BASE on.
    static constexpr std::uint64_t tables_size = 1ULL << 20;

    /// Uses slots `first_slot` and the next one. The first part, everything below the vCPU blocks,
    /// cannot be written by the guest in any mode.
    static Result<SystemMemory> create(kvm::Vm& vm, std::uint32_t first_slot, std::uint32_t vcpus);

    /// The VMM's view of a guest address from GLACIS_SHIM_BASE up to the end of the tables.
    [[nodiscard]] std::uint8_t* at(std::uint64_t address) const
    {
        return memory_.data() + (address - GLACIS_SHIM_BASE);
    }
    [[nodiscard]] static std::uint64_t block_address(std::uint32_t vcpu)
    {
        return GLACIS_VCPU_BASE + std::uint64_t{vcpu} * GLACIS_VCPU_BLOCK_SIZE;
    }
    [[nodiscard]] supervisor::Range blocks() const
    {
        return {GLACIS_VCPU_BASE, block_address(vcpus_)};
    }

private:
    Mapping memory_;
    std::uint32_t vcpus_ = 0;
};

} // namespace glacis
