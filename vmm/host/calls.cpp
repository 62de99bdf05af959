#include "host/calls.hpp"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace glacis::host {

namespace {

std::array<std::atomic<std::uint64_t>, call_kinds> call_counts;

struct PlannedFailure {
    std::atomic<int> call{-1};
    std::atomic<std::uint64_t> at{0};
    std::atomic<int> error_number{0};
};
PlannedFailure planned;

/// Counts the call and says whether it shall fail; errno is then set.
bool shall_fail(Call call)
{
    const auto index = static_cast<std::size_t>(call);
    const std::uint64_t count = call_counts[index].fetch_add(1, std::memory_order_relaxed) + 1;
    if (planned.call.load(std::memory_order_relaxed) != static_cast<int>(index) ||
        count != planned.at.load(std::memory_order_relaxed)) {
        return false;
    }
    planned.call.store(-1, std::memory_order_relaxed);
    errno = planned.error_number.load(std::memory_order_relaxed);
    return true;
}

} // namespace

int open_device(const char* path)
{
    return shall_fail(Call::open) ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
}

int ioctl_vm(int fd, unsigned long request, void* argument)
{
    return shall_fail(Call::ioctl_vm) ? -1 : ::ioctl(fd, request, argument);
}

int ioctl_vm(int fd, unsigned long request, unsigned long argument)
{
    return shall_fail(Call::ioctl_vm) ? -1 : ::ioctl(fd, request, argument);
}

int ioctl_vcpu(int fd, unsigned long request, void* argument)
{
    return shall_fail(Call::ioctl_vcpu) ? -1 : ::ioctl(fd, request, argument);
}

int ioctl_vcpu(int fd, unsigned long request, unsigned long argument)
{
    return shall_fail(Call::ioctl_vcpu) ? -1 : ::ioctl(fd, request, argument);
}

int kvm_run(int fd)
{
    constexpr unsigned long kvm_run_request = 0xae80; // KVM_RUN, without linux/kvm.h in this layer
    return shall_fail(Call::kvm_run) ? -1 : ::ioctl(fd, kvm_run_request, 0UL);
}

int memory_file(const char* name, std::uint64_t size)
{
    if (shall_fail(Call::memfd_create)) {
        return -1;
    }
    const int fd = ::memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    if (shall_fail(Call::ftruncate) || ::ftruncate(fd, static_cast<off_t>(size)) != 0) {
        const int error_number = errno;
        ::close(fd);
        errno = error_number;
        return -1;
    }
    return fd;
}

void* map(void* address, std::uint64_t size, int protection, int flags, int fd, off_t offset)
{
    return shall_fail(Call::mmap) ? MAP_FAILED
                                  : ::mmap(address, size, protection, flags, fd, offset);
}

int protect(void* address, std::uint64_t size, int protection)
{
    return shall_fail(Call::mprotect) ? -1 : ::mprotect(address, size, protection);
}

int advise(void* address, std::uint64_t size, int advice)
{
    return shall_fail(Call::madvise) ? -1 : ::madvise(address, size, advice);
}

int punch_hole(int fd, std::uint64_t offset, std::uint64_t size)
{
    return shall_fail(Call::fallocate)
               ? -1
               : ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                             static_cast<off_t>(offset), static_cast<off_t>(size));
}

ssize_t write_at(int fd, const void* bytes, std::uint64_t size, std::uint64_t offset)
{
    return shall_fail(Call::pwrite) ? -1 : ::pwrite(fd, bytes, size, static_cast<off_t>(offset));
}

std::array<std::uint64_t, call_kinds> counts()
{
    std::array<std::uint64_t, call_kinds> result{};
    for (std::size_t index = 0; index < call_kinds; ++index) {
        result[index] = call_counts[index].load(std::memory_order_relaxed);
    }
    return result;
}

void fail_at(Call call, std::uint64_t nth, int error_number)
{
    const auto index = static_cast<std::size_t>(call);
    planned.error_number.store(error_number, std::memory_order_relaxed);
    planned.at.store(call_counts[index].load(std::memory_order_relaxed) + nth,
                     std::memory_order_relaxed);
    planned.call.store(static_cast<int>(index), std::memory_order_release);
}

bool cancel_failure()
{
    return planned.call.exchange(-1) != -1;
}

} // namespace glacis::host
