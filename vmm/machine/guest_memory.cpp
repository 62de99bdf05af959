#include "machine/guest_memory.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

#include "host/calls.hpp"

namespace glacis {

using supervisor::Range;

Result<GuestArea> GuestArea::create(kvm::Vm& vm, std::uint32_t slot, const char* name, Range range)
{
    GuestArea area;
    area.range_ = range;
    area.file_ = Descriptor(host::memory_file(name, range.size()));
    if (!area.file_.is_open()) {
        return host_error("memfd_create", std::string("reserving the ") + name);
    }
    void* guest = host::map(nullptr, range.size(), PROT_NONE, MAP_SHARED | MAP_NORESERVE,
                            area.file_.get(), 0);
    if (guest == MAP_FAILED) {
        return host_error("mmap", std::string("reserving the ") + name);
    }
    area.guest_view_ = Mapping(guest, range.size());
    void* own = host::map(nullptr, range.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                          area.file_.get(), 0);
    if (own == MAP_FAILED) {
        return host_error("mmap", std::string("reserving the ") + name);
    }
    area.own_view_ = Mapping(own, range.size());
    if (auto done = vm.set_memory(slot, range.begin, range.size(), guest, 0); !done) {
        return done.error();
    }
    return area;
}

Status GuestArea::commit(Range pages)
{
    if (host::protect(guest(pages.begin), pages.size(), PROT_READ | PROT_WRITE) != 0) {
        return host_error("mprotect", "committing guest memory");
    }
    return Done{};
}

Status GuestArea::release(Range pages)
{
    if (host::protect(guest(pages.begin), pages.size(), PROT_NONE) != 0) {
        return host_error("mprotect", "closing guest memory");
    }
    if (host::punch_hole(file_.get(), pages.begin - range_.begin, pages.size()) != 0) {
        return host_error("fallocate", "scrubbing guest memory");
    }
    return Done{};
}

Status GuestArea::flush(Range pages)
{
    if (host::advise(guest(pages.begin), pages.size(), MADV_DONTNEED) != 0) {
        return host_error("madvise", "flushing translations of guest memory");
    }
    return Done{};
}

std::uint64_t GuestArea::touched_below_top(Range pages) const
{
    const auto begin = static_cast<off_t>(pages.begin - range_.begin);
    const off_t first = ::lseek(file_.get(), begin, SEEK_DATA);
    const auto end = static_cast<off_t>(pages.end - range_.begin);
    if (first < 0 || first >= end) {
        return 0; // ENXIO: no content from there on
    }
    return supervisor::page_ceil(static_cast<std::uint64_t>(end - first));
}

bool GuestArea::peek(std::uint64_t address, void* to, std::size_t size) const
{
    const auto offset = static_cast<off_t>(address - range_.begin);
    return ::pread(file_.get(), to, size, offset) == static_cast<ssize_t>(size);
}

} // namespace glacis
