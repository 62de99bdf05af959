// The host calls that the VMM makes while a guest exists, in one place: counted, and able to fail
// on purpose, so that every path of a failure can be tried (promise G3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <sys/types.h>

namespace glacis::host {

enum class Call : std::uint8_t {
    open,
    ioctl_vm,   ///< KVM ioctls of the system and of VMs
    ioctl_vcpu, ///< KVM ioctls of vCPUs except KVM_RUN
    kvm_run,
    memfd_create,
    ftruncate,
    mmap,
    mprotect,
    madvise,
    fallocate,
    timer,
    pwrite,
};
constexpr std::size_t call_kinds = 12;

/// Each behaves as the call of its name: -1 (MAP_FAILED) and errno on failure.
int open_device(const char* path);
int ioctl_vm(int fd, unsigned long request, void* argument);
int ioctl_vm(int fd, unsigned long request, unsigned long argument = 0);
int ioctl_vcpu(int fd, unsigned long request, void* argument);
int ioctl_vcpu(int fd, unsigned long request, unsigned long argument = 0);
int kvm_run(int fd);
int memory_file(const char* name, std::uint64_t size);
void* map(void* address, std::uint64_t size, int protection, int flags, int fd, off_t offset);
int protect(void* address, std::uint64_t size, int protection);
int advise(void* address, std::uint64_t size, int advice);
int punch_hole(int fd, std::uint64_t offset, std::uint64_t size);
ssize_t write_at(int fd, const void* bytes, std::uint64_t size, std::uint64_t offset);

/// How often each kind was called since the process began. Any thread may read.
[[nodiscard]] std::array<std::uint64_t, call_kinds> counts();

/// For tests: the `nth` call (from 1, counted from now) of this kind fails with `error_number`,
/// once.
void fail_at(Call call, std::uint64_t nth, int error_number);
/// For tests: whether a failure asked for has not happened yet; forgets it.
bool cancel_failure();

} // namespace glacis::host
