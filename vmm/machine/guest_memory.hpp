// The guest's memory and its stage-2 walls.
//
// Two areas, the stack area and domain memory, are parts of one memory file, mapped twice:
//
// The guest's view is what KVM's memory slot shows: PROT_NONE except where committed. This is
// stage 2. The own view, for the VMM alone, is always readable and writable: reads and writes there
// never fault, whatever the guest does meanwhile.
//
// The VM is shown an area window by window, when the first page of a window is committed: a slot
// costs KVM memory and time for all of its pages where it shadows the guest's tables.
//
// Pages that are taken from the guest are first closed in its view (KVM's MMU notifier then drops
// and flushes every translation) and then punched out of the file, so that they come back as zero.
#pragma once

#include <atomic>
#include <cstdint>
#include <glacis/supervisor/types.hpp>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "host/descriptor.hpp"
#include "host/result.hpp"
#include "kvm/kvm.hpp"
#include "machine/kept_area.hpp"

namespace glacis {

/// The memory file and its two views. Nothing is committed.
class GuestFile {
public:
    static Result<GuestFile> create(std::uint64_t size);

    [[nodiscard]] int fd() const { return file_.get(); }
    [[nodiscard]] std::uint8_t* guest_view(std::uint64_t offset) const
    {
        return guest_view_.data() + offset;
    }
    [[nodiscard]] std::uint8_t* own_view(std::uint64_t offset) const
    {
        return own_view_.data() + offset;
    }

private:
    Descriptor file_;
    Mapping guest_view_;
    Mapping own_view_;
};

class GuestArea {
public:
    /// Memory slots that an area can take.
    static constexpr std::uint32_t max_slots = 1024;

    /// The guest addresses of `range` are the bytes of `file` from `offset` on. The area uses the
    /// slots from `first_slot` on, max_slots at most. A window is a multiple of `granule`, a power
    /// of two, from the range's start. `vm` and `file` stay where they are as long as the area is
    /// used.
    GuestArea(kvm::Vm& vm, std::uint32_t first_slot, const GuestFile& file, std::uint64_t offset,
              supervisor::Range range, std::uint64_t granule);

    [[nodiscard]] const supervisor::Range& range() const { return range_; }

    // Preconditions of all: `pages` lie in range().

    /// The guest may reach the pages; they read as zero if never written since their last release.
    /// A failure changes nothing that the guest could see.
    Status commit(supervisor::Range pages);
    /// Writes `bytes` at a guest address, as through own() but without a host fault for each page.
    Status write(std::uint64_t address, std::span<const std::byte> bytes);
    /// Gives pages that are about to be used their memory at once, in the guest's view: touching
    /// them one by one would take a host fault each. Only a saving of time; may do nothing.
    void populate(supervisor::Range pages);
    /// Nobody reaches the pages, no vCPU has a translation left, their content is gone.
    Status release(supervisor::Range pages);
    /// At return no vCPU has a translation of the pages that is older than the call.
    Status flush(supervisor::Range pages);

    /// The VMM's own view of a guest address.
    [[nodiscard]] std::uint8_t* own(std::uint64_t address) const
    {
        return file_->own_view(offset_of(address));
    }
    /// Bytes from the lowest page of `pages` that has content to their end; 0 when none has.
    /// Zeroes committed pages; work only for those that have content. Never fails: what the host
    /// does not take back is overwritten.
    void scrub(supervisor::Range pages);
    /// Parts of `pages` that have content, ascending.
    [[nodiscard]] std::vector<supervisor::Range> content(supervisor::Range pages) const;
    /// Takes content from pages: they read as zero. Translations go with it.
    Status empty(supervisor::Range pages);
    [[nodiscard]] std::uint64_t touched_below_top(supervisor::Range pages) const;
    /// Reads without giving content to pages that have none.
    [[nodiscard]] bool peek(std::uint64_t address, void* to, std::size_t size) const;

    // ---- going back (kept_area.hpp)

    /// From now on restore() brings commitment and content back to what they are now. Once;
    /// `committed` is what is committed, ascending and apart. No vCPU runs, here and there.
    Status keep(std::vector<supervisor::Range> committed, bool is_exact);
    /// Precondition: keep().
    Status restore() { return kept_->restore(); }
    /// Before the VMM writes through own().
    void will_write(supervisor::Range range)
    {
        if (kept_) {
            kept_->note_written(range);
        }
    }
    /// Appends the pages that the guest has written since keep() or the last call.
    Status take_written(std::vector<supervisor::Range>& pages);

private:
    [[nodiscard]] std::uint8_t* guest(std::uint64_t address) const
    {
        return file_->guest_view(offset_of(address));
    }
    [[nodiscard]] std::uint64_t offset_of(std::uint64_t address) const
    {
        return offset_ + (address - range_.begin);
    }
    Status show(supervisor::Range pages);

    struct Slot {
        std::uint32_t number = 0;
        supervisor::Range range;
        bool is_logged = false; ///< KVM notes what the guest writes
    };
    Status log_writes();

    /// Which windows the VM has been shown.
    struct Windows {
        explicit Windows(std::size_t count) : is_shown(count) {}
        std::mutex mutex; ///< held to change the following
        std::vector<std::atomic<bool>> is_shown;
        std::vector<Slot> slots;
    };

    kvm::Vm* vm_;
    std::uint32_t first_slot_;
    const GuestFile* file_;
    std::uint64_t offset_;
    supervisor::Range range_;
    std::uint64_t window_size_;
    std::unique_ptr<Windows> windows_;
    std::unique_ptr<KeptArea> kept_;
};

} // namespace glacis
