// The guest's memory and its stage-2 walls.
//
// Two areas, the stack area and domain memory, are each one memory file, mapped twice:
//
//   guest view   what KVM's memory slot shows: PROT_NONE except where committed. This is stage 2.
//   own view     always readable and writable, for the VMM alone. Reads and writes here never fault,
//                whatever the guest does meanwhile.
//
// Pages that are taken from the guest are first closed in its view (KVM's MMU notifier then drops and
// flushes every translation) and then punched out of the file, so that they come back as zero.
#pragma once

#include <cstdint>
#include <glacis/supervisor/types.hpp>

#include "host/descriptor.hpp"
#include "host/result.hpp"
#include "kvm/kvm.hpp"

namespace glacis {

class GuestArea {
public:
    /// Reserves address space for `range` and gives it to the VM as slot `slot`; nothing is committed.
    static Result<GuestArea> create(kvm::Vm& vm, std::uint32_t slot, const char* name,
                                    supervisor::Range range);

    [[nodiscard]] const supervisor::Range& range() const { return range_; }

    // Preconditions of all: `pages` lie in range().

    /// The guest may reach the pages; they read as zero if never written since their last release.
    Status commit(supervisor::Range pages);
    /// Nobody reaches the pages, no vCPU has a translation left, their content is gone.
    Status release(supervisor::Range pages);
    /// At return no vCPU has a translation of the pages that is older than the call.
    Status flush(supervisor::Range pages);

    /// The VMM's own view of a guest address.
    [[nodiscard]] std::uint8_t* own(std::uint64_t address) const
    {
        return own_view_.data() + (address - range_.begin);
    }
    /// Bytes from the lowest page of `pages` that has content to their end; 0 when none has.
    [[nodiscard]] std::uint64_t touched_below_top(supervisor::Range pages) const;
    /// Reads without giving content to pages that have none.
    [[nodiscard]] bool peek(std::uint64_t address, void* to, std::size_t size) const;

private:
    [[nodiscard]] std::uint8_t* guest(std::uint64_t address) const
    {
        return guest_view_.data() + (address - range_.begin);
    }
    supervisor::Range range_;
    Descriptor file_;
    Mapping guest_view_;
    Mapping own_view_;
};

} // namespace glacis
