// /dev/kvm, virtual machines and vCPUs: thin, move-only, only the calls the VMM makes.
#pragma once

#include <cstdint>
#include <linux/kvm.h>
#include <span>
#include <string>

#include "host/descriptor.hpp"
#include "host/result.hpp"
#include "kvm/exit.hpp"

namespace glacis::kvm {

/// A vCPU. All functions but request_exit() are for the one thread that runs it.
class Vcpu {
public:
    Vcpu() = default;
    Vcpu(Descriptor fd, Mapping run) : fd_(std::move(fd)), run_(std::move(run)) {}

    /// Enters the guest until something happens.
    [[nodiscard]] Exit run();

    /// Makes the current or the next run() return Interrupted. Async-signal-safe; call it on the
    /// thread that runs the vCPU (from its signal handler).
    void request_exit();
    /// Forgets such a request. Look for the reason of kicks after this, before run().
    void clear_exit_request();

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The structure shared with the kernel; synced registers, where the architecture has them, lie
    /// here.
    [[nodiscard]] kvm_run* state() const { return reinterpret_cast<kvm_run*>(run_.data()); }

private:
    Descriptor fd_;
    Mapping run_;
};

class Vm {
public:
    Vm() = default;
    Vm(Descriptor fd, std::uint64_t run_size) : fd_(std::move(fd)), run_size_(run_size) {}

    /// `flags` as KVM_SET_USER_MEMORY_REGION takes them. `host_memory` outlives the VM. size 0
    /// deletes.
    Status set_memory(std::uint32_t slot, std::uint64_t guest_address, std::uint64_t size,
                      void* host_memory, std::uint32_t flags);
    /// Sets a bit for each page of a slot with KVM_MEM_LOG_DIRTY_PAGES that the guest has written
    /// since this was last asked. `bits` has one for each page of the slot, rounded up to words.
    Status take_written(std::uint32_t slot, std::span<std::uint64_t> bits);
    Result<Vcpu> create_vcpu(std::uint32_t id);
    /// 0 where the capability is missing.
    [[nodiscard]] int check(unsigned capability) const;
    [[nodiscard]] bool enable(unsigned capability, std::uint64_t argument);

private:
    Descriptor fd_;
    std::uint64_t run_size_ = 0;
};

class Kvm {
public:
    /// Opens the device and checks that it is KVM of the stable API version.
    static Result<Kvm> open(const std::string& path);

    Result<Vm> create_vm() const;
    [[nodiscard]] int check(unsigned capability) const;
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    explicit Kvm(Descriptor fd) : fd_(std::move(fd)) {}
    Descriptor fd_;
};

/// GLACIS_KVM in the environment, or /dev/kvm.
[[nodiscard]] std::string device_path();

} // namespace glacis::kvm
