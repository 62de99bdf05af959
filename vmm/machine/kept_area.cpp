#include "machine/kept_area.hpp"

#include <algorithm>
#include <cstring>
#include <glacis/supervisor/ranges.hpp>
#include <sys/mman.h>

#include "host/calls.hpp"
#include "machine/guest_memory.hpp"

namespace glacis {

using namespace supervisor;

Result<std::unique_ptr<KeptArea>> KeptArea::keep(GuestArea& area, std::vector<Range> committed,
                                                 bool is_exact)
{
    std::unique_ptr<KeptArea> kept(new KeptArea(area));
    kept->committed_ = std::move(committed);
    kept->is_exact_ = is_exact;
    if (auto done = kept->copy_content(); !done) {
        return done.error();
    }
    return kept;
}

Status KeptArea::copy_content()
{
    std::uint64_t size = 0;
    for (const Range& pages : committed_) {
        for (const Range& part : area_.content(pages)) {
            content_.push_back({part, size});
            size += part.size();
        }
    }
    if (size == 0) {
        return Done{};
    }
    void* memory = host::map(nullptr, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return host_error("mmap", "keeping a copy of guest memory");
    }
    kept_ = Mapping(memory, size);
    for (const Extent& extent : content_) {
        if (!area_.peek(extent.pages.begin, kept_.data() + extent.kept_at, extent.pages.size())) {
            return host_error("pread", "keeping a copy of guest memory");
        }
    }
    return Done{};
}

void KeptArea::note_resized(const Range& pages)
{
    const std::lock_guard guard(mutex_);
    resized_.push_back(pages);
}

void KeptArea::note_written(const Range& range)
{
    const std::lock_guard guard(mutex_);
    written_.push_back({page_floor(range.begin), page_ceil(range.end)});
}

Status KeptArea::restore()
{
    const Ranges resized = overlap(joined(resized_), {area_.range()});
    if (auto done = restore_commitment(resized); !done) {
        return done;
    }
    if (auto done = area_.take_written(written_); !done) {
        return done;
    }
    for (const Range& pages : without(overlap(joined(written_), committed_), resized)) {
        if (auto done = restore_content(pages); !done) {
            return done;
        }
    }
    if (auto done = is_exact_ ? empty_what_was_empty() : Status(Done{}); !done) {
        return done;
    }
    resized_.clear();
    written_.clear();
    return Done{};
}

Status KeptArea::restore_commitment(const Ranges& resized)
{
    for (const Range& pages : without(resized, committed_)) {
        if (auto done = area_.release(pages); !done) {
            return done;
        }
    }
    for (const Range& pages : overlap(resized, committed_)) {
        if (auto done = area_.commit(pages); !done) {
            return done;
        }
        if (auto done = restore_content(pages); !done) {
            return done;
        }
    }
    return Done{};
}

Status KeptArea::restore_content(const Range& pages)
{
    auto extent =
        std::partition_point(content_.begin(), content_.end(), [&pages](const Extent& each) {
            return each.pages.end <= pages.begin;
        });
    std::uint64_t at = pages.begin;
    for (; extent != content_.end() && extent->pages.begin < pages.end; ++extent) {
        const Range part{std::max(at, extent->pages.begin), std::min(pages.end, extent->pages.end)};
        if (auto done = empty({at, part.begin}); !done) {
            return done;
        }
        std::memcpy(area_.own(part.begin),
                    kept_.data() + extent->kept_at + (part.begin - extent->pages.begin),
                    part.size());
        at = part.end;
    }
    return empty({at, pages.end});
}

/// Overwriting a few pages is less work than taking them from the guest, which gets them again with
/// a fault each.
Status KeptArea::empty(const Range& pages)
{
    constexpr std::uint64_t few = 64 * page_size;
    if (is_exact_ || pages.begin == pages.end) {
        return Done{}; // later, all at once
    }
    if (pages.size() > few) {
        return area_.empty(pages);
    }
    for (const Range& part : area_.content(pages)) {
        std::memset(area_.own(part.begin), 0, part.size());
    }
    return Done{};
}

/// Reading, too, gives content to a page.
Status KeptArea::empty_what_was_empty()
{
    Ranges then;
    for (const Extent& extent : content_) {
        then.push_back(extent.pages);
    }
    Ranges now;
    for (const Range& pages : committed_) {
        const Ranges parts = area_.content(pages);
        now.insert(now.end(), parts.begin(), parts.end());
    }
    for (const Range& pages : without(now, then)) {
        if (auto done = area_.empty(pages); !done) {
            return done;
        }
    }
    return Done{};
}

} // namespace glacis
