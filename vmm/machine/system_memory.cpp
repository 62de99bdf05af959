#include "machine/system_memory.hpp"

#include <sys/mman.h>

#include "host/calls.hpp"

namespace glacis {

namespace {

/// Tables that a domain with one thread takes, and those that all share.
constexpr std::uint64_t tables_at_start = 10 * GLACIS_PAGE_SIZE;

} // namespace

Result<SystemMemory> SystemMemory::create(kvm::Vm& vm, std::uint32_t first_slot,
                                          std::uint32_t vcpus)
{
    static_assert(GLACIS_VCPU_BASE + GLACIS_VCPU_MAX * GLACIS_VCPU_BLOCK_SIZE ==
                  GLACIS_TABLES_BASE);
    constexpr std::uint64_t fixed = GLACIS_VCPU_BASE - GLACIS_SHIM_BASE;
    constexpr std::uint64_t writable = GLACIS_TABLES_BASE + tables_size - GLACIS_VCPU_BASE;
    void* memory = host::map(nullptr, fixed + writable, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return host_error("mmap", "reserving the supervisor's pages");
    }
    SystemMemory result;
    result.memory_ = Mapping(memory, fixed + writable);
    result.vcpus_ = vcpus;
    const std::uint32_t flags = vm.check(KVM_CAP_READONLY_MEM) != 0 ? KVM_MEM_READONLY : 0;
    if (auto done = vm.set_memory(first_slot, GLACIS_SHIM_BASE, fixed, memory, flags); !done) {
        return done.error();
    }
    if (auto done = vm.set_memory(first_slot + 1, GLACIS_VCPU_BASE, writable,
                                  result.at(GLACIS_VCPU_BASE), 0);
        !done) {
        return done.error();
    }
    // A saving of time: a table that is looked into before it is written would take two faults.
    (void)host::advise(result.at(GLACIS_TABLES_BASE), tables_at_start, MADV_POPULATE_WRITE);
    return result;
}

} // namespace glacis
