#include "machine/system_memory.hpp"

#include <sys/mman.h>

#include "host/calls.hpp"

namespace glacis {

Result<SystemMemory> SystemMemory::create(kvm::Vm& vm, std::uint32_t first_slot,
                                          std::uint32_t vcpus)
{
    const std::uint64_t fixed = GLACIS_VCPU_BASE - GLACIS_SHIM_BASE;
    const std::uint64_t blocks = std::uint64_t{vcpus} * GLACIS_VCPU_BLOCK_SIZE;
    void* memory = host::map(nullptr, fixed + blocks, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return host_error("mmap", "reserving the supervisor's pages");
    }
    SystemMemory result;
    result.memory_ = Mapping(memory, fixed + blocks);
    const std::uint32_t flags = vm.check(KVM_CAP_READONLY_MEM) != 0 ? KVM_MEM_READONLY : 0;
    if (auto done = vm.set_memory(first_slot, GLACIS_SHIM_BASE, fixed, memory, flags); !done) {
        return done.error();
    }
    if (auto done =
            vm.set_memory(first_slot + 1, GLACIS_VCPU_BASE, blocks, result.at(GLACIS_VCPU_BASE), 0);
        !done) {
        return done.error();
    }
    return result;
}

} // namespace glacis
