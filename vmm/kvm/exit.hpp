// What KVM_RUN came back with, as facts. What to do about it is decided elsewhere.
#pragma once

#include <cstdint>
#include <variant>

namespace glacis::kvm {

/// A write to an I/O port (x86): how the shim leaves the guest.
struct PortWrite {
    std::uint16_t port = 0;
};
/// An access outside every memory slot.
struct Mmio {
    std::uint64_t address = 0;
    std::uint32_t length = 0;
    bool is_write = false;
};
/// KVM_RUN failed with EFAULT: inside a slot, but the host page cannot be reached. The address is
/// known only where the kernel reports KVM_EXIT_MEMORY_FAULT with it.
struct Refused {
    bool has_address = false;
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};
/// KVM could not emulate an instruction, or met another internal error.
struct InternalError {
    std::uint32_t suberror = 0;
};
struct Shutdown {};
/// A signal, or immediate_exit.
struct Interrupted {};
/// The hardware refused to enter the guest.
struct FailEntry {
    std::uint64_t reason = 0;
};
/// KVM_RUN failed otherwise.
struct Failed {
    int error_number = 0;
};
struct Unexpected {
    std::uint32_t reason = 0;
};

using Exit = std::variant<PortWrite, Mmio, Refused, InternalError, Shutdown, Interrupted, FailEntry,
                          Failed, Unexpected>;

} // namespace glacis::kvm
