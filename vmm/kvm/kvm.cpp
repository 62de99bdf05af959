#include "kvm/kvm.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <sys/mman.h>

#include "host/calls.hpp"

namespace glacis::kvm {

// ---- Vcpu ---------------------------------------------------------------------------------------

namespace {

#ifndef KVM_EXIT_MEMORY_FAULT
#define KVM_EXIT_MEMORY_FAULT 39
#endif

/// struct kvm_run's memory_fault, which older kernel headers lack (Documentation/virt/kvm/api.rst,
/// 5).
struct MemoryFaultExit {
    std::uint64_t flags;
    std::uint64_t address;
    std::uint64_t size;
};

Refused refused(const kvm_run& state)
{
    if (state.exit_reason != KVM_EXIT_MEMORY_FAULT) {
        return {};
    }
    const auto* fault = reinterpret_cast<const MemoryFaultExit*>(&state.padding);
    return {true, fault->address, fault->size};
}

Exit exit_of(const kvm_run& state)
{
    switch (state.exit_reason) {
    case KVM_EXIT_IO:
        if (state.io.direction == KVM_EXIT_IO_OUT) {
            return PortWrite{state.io.port};
        }
        return Unexpected{state.exit_reason};
    case KVM_EXIT_MMIO:
        return Mmio{state.mmio.phys_addr, state.mmio.len, state.mmio.is_write != 0};
    case KVM_EXIT_MEMORY_FAULT:
        return refused(state);
    case KVM_EXIT_INTERNAL_ERROR:
        return InternalError{state.internal.suberror};
    case KVM_EXIT_SHUTDOWN:
        return Shutdown{};
    case KVM_EXIT_INTR:
        return Interrupted{};
    case KVM_EXIT_FAIL_ENTRY:
        return FailEntry{state.fail_entry.hardware_entry_failure_reason};
    default:
        return Unexpected{state.exit_reason};
    }
}

} // namespace

Exit Vcpu::run()
{
    kvm_run& state = *this->state();
    state.exit_reason = KVM_EXIT_UNKNOWN; // an EFAULT may leave the old reason standing
    if (host::kvm_run(fd_.get()) == 0) {
        return exit_of(state);
    }
    switch (errno) {
    case EINTR:
    case EAGAIN:
        return Interrupted{};
    case EFAULT:
        return refused(state);
    default:
        return Failed{errno};
    }
}

void Vcpu::request_exit()
{
    std::atomic_ref<__u8>(state()->immediate_exit).store(1, std::memory_order_relaxed);
}

void Vcpu::clear_exit_request()
{
    std::atomic_ref<__u8>(state()->immediate_exit).store(0, std::memory_order_relaxed);
}

// ---- Vm -----------------------------------------------------------------------------------------

Status Vm::set_memory(std::uint32_t slot, std::uint64_t guest_address, std::uint64_t size,
                      void* host_memory, std::uint32_t flags)
{
    kvm_userspace_memory_region region{};
    region.slot = slot;
    region.flags = flags;
    region.guest_phys_addr = guest_address;
    region.memory_size = size;
    region.userspace_addr = reinterpret_cast<std::uint64_t>(host_memory);
    if (host::ioctl_vm(fd_.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0) {
        return host_error("KVM_SET_USER_MEMORY_REGION", "giving memory to the guest");
    }
    return Done{};
}

Status Vm::take_written(std::uint32_t slot, std::span<std::uint64_t> bits)
{
    kvm_dirty_log log{};
    log.slot = slot;
    log.dirty_bitmap = bits.data();
    if (host::ioctl_vm(fd_.get(), KVM_GET_DIRTY_LOG, &log) != 0) {
        return host_error("KVM_GET_DIRTY_LOG", "asking what the guest has written");
    }
    return Done{};
}

Result<Vcpu> Vm::create_vcpu(std::uint32_t id)
{
    Descriptor fd(host::ioctl_vm(fd_.get(), KVM_CREATE_VCPU, id));
    if (!fd.is_open()) {
        return host_error("KVM_CREATE_VCPU", "creating vCPU " + std::to_string(id));
    }
    void* run = host::map(nullptr, run_size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (run == MAP_FAILED) {
        return host_error("mmap", "mapping the run structure of a vCPU");
    }
    return Vcpu(std::move(fd), Mapping(run, run_size_));
}

int Vm::check(unsigned capability) const
{
    const int value = host::ioctl_vm(fd_.get(), KVM_CHECK_EXTENSION, capability);
    return value < 0 ? 0 : value;
}

bool Vm::enable(unsigned capability, std::uint64_t argument)
{
    kvm_enable_cap request{};
    request.cap = capability;
    request.args[0] = argument;
    return host::ioctl_vm(fd_.get(), KVM_ENABLE_CAP, &request) == 0;
}

// ---- Kvm ----------------------------------------------------------------------------------------

Result<Kvm> Kvm::open(const std::string& path)
{
    Descriptor fd(host::open_device(path.c_str()));
    if (!fd.is_open()) {
        return host_error("open", "opening " + path);
    }
    const int version = host::ioctl_vm(fd.get(), KVM_GET_API_VERSION);
    if (version < 0) {
        return host_error("KVM_GET_API_VERSION", path + " is not a KVM device");
    }
    if (version != KVM_API_VERSION) {
        return HostError{"KVM_GET_API_VERSION", 0,
                         path + " speaks KVM API version " + std::to_string(version) + ", not 12"};
    }
    return Kvm(std::move(fd));
}

Result<Vm> Kvm::create_vm() const
{
    const int run_size = host::ioctl_vm(fd_.get(), KVM_GET_VCPU_MMAP_SIZE);
    if (run_size <= 0) {
        return host_error("KVM_GET_VCPU_MMAP_SIZE", "creating a virtual machine");
    }
    int fd = -1;
    do {
        fd = host::ioctl_vm(fd_.get(), KVM_CREATE_VM);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return host_error("KVM_CREATE_VM", "creating a virtual machine");
    }
    return Vm(Descriptor(fd), static_cast<std::uint64_t>(run_size));
}

int Kvm::check(unsigned capability) const
{
    const int value = host::ioctl_vm(fd_.get(), KVM_CHECK_EXTENSION, capability);
    return value < 0 ? 0 : value;
}

std::string device_path()
{
    const char* path = std::getenv("GLACIS_KVM");
    return path != nullptr && *path != '\0' ? path : "/dev/kvm";
}

} // namespace glacis::kvm
