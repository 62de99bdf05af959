// The supervisor's pages inside the guest: shim, gate page, and one block for each vCPU.
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
    /// Uses slots `first_slot` and the next one. The first part, everything below the vCPU blocks,
    /// cannot be written by the guest in any mode.
    static Result<SystemMemory> create(kvm::Vm& vm, std::uint32_t first_slot, std::uint32_t vcpus);

    /// The VMM's view of a guest address in [GLACIS_SHIM_BASE, end of the last vCPU's block).
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
        return {GLACIS_VCPU_BASE, GLACIS_SHIM_BASE + memory_.size()};
    }

private:
    Mapping memory_;
};

} // namespace glacis
