// What an area of guest memory held at one moment, and what may have become different since.
//
// Three things change memory: the guest's own writes, of which KVM keeps a log for each memory
// slot; writes of the VMM, which says so; and pages that are committed or released, which are
// noted. Whatever is in none of these is as it was, so that bringing memory back costs what has
// changed and not what there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <glacis/supervisor/types.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "host/descriptor.hpp"
#include "host/result.hpp"

namespace glacis {

class GuestArea;

class KeptArea {
public:
    /// Copies what has content of `committed`, ascending ranges that do not touch. `is_exact`: a
    /// page that had no content shall have none again, as the high-water marks of stacks ask for;
    /// otherwise zeroes will do. No vCPU runs. `area` outlives the result.
    static Result<std::unique_ptr<KeptArea>>
    keep(GuestArea& area, std::vector<supervisor::Range> committed, bool is_exact);

    // Any thread.
    /// Pages are about to be committed or released.
    void note_resized(const supervisor::Range& pages);
    /// The VMM is about to write there.
    void note_written(const supervisor::Range& range);

    /// Everything is committed or not, and has the content, as at keep(). No vCPU runs. After a
    /// failure the area is of no use any more.
    Status restore();

private:
    /// Pages with content, and where it is kept.
    struct Extent {
        supervisor::Range pages;
        std::uint64_t kept_at = 0;
    };
    using Ranges = std::vector<supervisor::Range>;

    explicit KeptArea(GuestArea& area) : area_(area) {}
    Status copy_content();
    Status restore_commitment(const Ranges& resized);
    Status restore_content(const supervisor::Range& pages);
    Status empty(const supervisor::Range& pages);
    Status empty_what_was_empty();

    GuestArea& area_;
    Ranges committed_;
    bool is_exact_ = false;
    std::vector<Extent> content_; ///< ascending
    Mapping kept_;
    std::mutex mutex_; ///< of the following
    Ranges resized_;
    Ranges written_;
};

} // namespace glacis
