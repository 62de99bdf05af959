#include "machine/guest_memory.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "host/calls.hpp"

namespace glacis {

using supervisor::Range;

namespace {

std::uint64_t window_size_for(std::uint64_t area_size, std::uint64_t granule)
{
    constexpr std::uint64_t smallest = 16ULL << 20;
    const std::uint64_t few_enough = (area_size + GuestArea::max_slots - 1) / GuestArea::max_slots;
    return std::max({smallest, std::bit_ceil(few_enough), granule});
}

} // namespace

Result<GuestFile> GuestFile::create(std::uint64_t size)
{
    constexpr const char* what = "reserving guest memory";
    GuestFile result;
    result.file_ = Descriptor(host::memory_file("guest memory", size));
    if (!result.file_.is_open()) {
        return host_error("memfd_create", what);
    }
    constexpr int flags = MAP_SHARED | MAP_NORESERVE;
    void* guest = host::map(nullptr, size, PROT_NONE, flags, result.fd(), 0);
    if (guest == MAP_FAILED) {
        return host_error("mmap", what);
    }
    result.guest_view_ = Mapping(guest, size);
    void* own = host::map(nullptr, size, PROT_READ | PROT_WRITE, flags, result.fd(), 0);
    if (own == MAP_FAILED) {
        return host_error("mmap", what);
    }
    result.own_view_ = Mapping(own, size);
    return result;
}

GuestArea::GuestArea(kvm::Vm& vm, std::uint32_t first_slot, const GuestFile& file,
                     std::uint64_t offset, Range range, std::uint64_t granule)
    : vm_(&vm), first_slot_(first_slot), file_(&file), offset_(offset), range_(range),
      window_size_(window_size_for(range.size(), granule)),
      windows_(std::make_unique<Windows>((range.size() + window_size_ - 1) / window_size_))
{
}

/// Gives the VM the windows in which `pages` lie: one slot for those that lie side by side.
Status GuestArea::show(Range pages)
{
    auto& is_shown = windows_->is_shown;
    const std::uint64_t first = (pages.begin - range_.begin) / window_size_;
    const std::uint64_t last = (pages.end - 1 - range_.begin) / window_size_;
    const auto begin = is_shown.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = is_shown.begin() + static_cast<std::ptrdiff_t>(last + 1);
    if (std::all_of(begin, end, [](const auto& shown) { return shown.load(); })) {
        return Done{};
    }
    const std::lock_guard guard(windows_->mutex);
    for (std::uint64_t index = first; index <= last;) {
        std::uint64_t next = index;
        while (next <= last && !is_shown[next].load()) {
            ++next;
        }
        if (next == index) {
            ++index;
            continue;
        }
        const std::uint64_t address = range_.begin + index * window_size_;
        const std::uint64_t size =
            std::min(next * window_size_, range_.size()) - index * window_size_;
        const auto slot = static_cast<std::uint32_t>(first_slot_ + index);
        if (auto done = vm_->set_memory(slot, address, size, guest(address), 0); !done) {
            return done;
        }
        windows_->slots.push_back({slot, {address, address + size}, false});
        for (; index < next; ++index) {
            is_shown[index].store(true);
        }
    }
    return Done{};
}

Status GuestArea::commit(Range pages)
{
    if (kept_) {
        kept_->note_resized(pages);
    }
    if (auto done = show(pages); !done) {
        return done;
    }
    if (host::protect(guest(pages.begin), pages.size(), PROT_READ | PROT_WRITE) != 0) {
        return host_error("mprotect", "committing guest memory");
    }
    return Done{};
}

Status GuestArea::write(std::uint64_t address, std::span<const std::byte> bytes)
{
    will_write({address, address + bytes.size()});
    const std::uint64_t offset = offset_of(address);
    for (std::uint64_t done = 0; done < bytes.size();) {
        const ssize_t count =
            host::write_at(file_->fd(), bytes.data() + done, bytes.size() - done, offset + done);
        if (count < 0 && errno != EINTR) {
            return host_error("pwrite", "filling guest memory");
        }
        done += count > 0 ? static_cast<std::uint64_t>(count) : 0;
    }
    return Done{};
}

/// Reading is enough: in a shared mapping that may be written, what is mapped can be written. And
/// the kernel maps what the file has in runs of pages, where a writing access takes one at a time.
void GuestArea::populate(Range pages)
{
    (void)host::advise(guest(pages.begin), pages.size(), MADV_POPULATE_READ);
}

Status GuestArea::release(Range pages)
{
    if (kept_) {
        kept_->note_resized(pages);
    }
    if (host::protect(guest(pages.begin), pages.size(), PROT_NONE) != 0) {
        return host_error("mprotect", "closing guest memory");
    }
    return empty(pages);
}

Status GuestArea::empty(Range pages)
{
    if (host::punch_hole(file_->fd(), offset_of(pages.begin), pages.size()) != 0) {
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

std::vector<Range> GuestArea::content(Range pages) const
{
    std::vector<Range> found;
    const auto end = static_cast<off_t>(offset_of(pages.end));
    auto at = static_cast<off_t>(offset_of(pages.begin));
    while ((at = ::lseek(file_->fd(), at, SEEK_DATA)) >= 0 && at < end) {
        const off_t hole = std::min(::lseek(file_->fd(), at, SEEK_HOLE), end);
        const std::uint64_t begin = range_.begin + (static_cast<std::uint64_t>(at) - offset_);
        found.push_back({begin, begin + static_cast<std::uint64_t>(hole - at)});
        at = hole;
    }
    return found;
}

void GuestArea::scrub(Range pages)
{
    will_write(pages);
    for (const Range& part : content(pages)) {
        if (!empty(part)) {
            std::memset(own(part.begin), 0, part.size());
        }
    }
}

std::uint64_t GuestArea::touched_below_top(Range pages) const
{
    const auto begin = static_cast<off_t>(offset_of(pages.begin));
    const off_t first = ::lseek(file_->fd(), begin, SEEK_DATA);
    const auto end = static_cast<off_t>(offset_of(pages.end));
    if (first < 0 || first >= end) {
        return 0; // ENXIO: no content from there on
    }
    return supervisor::page_ceil(static_cast<std::uint64_t>(end - first));
}

bool GuestArea::peek(std::uint64_t address, void* to, std::size_t size) const
{
    const auto offset = static_cast<off_t>(offset_of(address));
    return ::pread(file_->fd(), to, size, offset) == static_cast<ssize_t>(size);
}

Status GuestArea::keep(std::vector<Range> committed, bool is_exact)
{
    if (auto done = log_writes(); !done) {
        return done;
    }
    auto kept = KeptArea::keep(*this, std::move(committed), is_exact);
    if (!kept) {
        return kept.error();
    }
    kept_ = std::move(*kept);
    return Done{};
}

/// Of the slots that there are; what is shown later holds nothing that has to be brought back.
Status GuestArea::log_writes()
{
    const std::lock_guard guard(windows_->mutex);
    for (Slot& slot : windows_->slots) {
        if (auto done = vm_->set_memory(slot.number, slot.range.begin, slot.range.size(),
                                        guest(slot.range.begin), KVM_MEM_LOG_DIRTY_PAGES);
            !done) {
            return done;
        }
        slot.is_logged = true;
    }
    return Done{};
}

Status GuestArea::take_written(std::vector<Range>& pages)
{
    constexpr unsigned bits_of_word = 64;
    const std::lock_guard guard(windows_->mutex);
    for (const Slot& slot : windows_->slots) {
        if (!slot.is_logged) {
            continue;
        }
        const std::uint64_t count = slot.range.size() / supervisor::page_size;
        std::vector<std::uint64_t> bits((count + bits_of_word - 1) / bits_of_word);
        if (auto done = vm_->take_written(slot.number, bits); !done) {
            return done;
        }
        for (std::size_t word = 0; word < bits.size(); ++word) {
            for (std::uint64_t left = bits[word]; left != 0; left &= left - 1) {
                const auto page =
                    word * bits_of_word + static_cast<unsigned>(std::countr_zero(left));
                const std::uint64_t begin = slot.range.begin + page * supervisor::page_size;
                pages.push_back({begin, begin + supervisor::page_size});
            }
        }
    }
    return Done{};
}

} // namespace glacis
