// Bringing everything that the guest can see back to what it was.

#include <cassert>
#include <cstring>
#include <glacis/supervisor/ranges.hpp>

#include "machine/guest_space.hpp"

namespace glacis {

using namespace supervisor;

Status GuestSpace::keep(const std::vector<OwnedPages>& owned)
{
    std::vector<Range> stacks;
    std::vector<Range> memory;
    for (const OwnedPages& pages : owned) {
        (pages.is_stack ? stacks : memory).push_back(pages.pages);
    }
    if (protection_ == Protection::none) {
        stacks = {layout_.stack_area};
    }
    if (auto done = stacks_->keep(joined(std::move(stacks)), true); !done) {
        return done;
    }
    if (auto done = memory_->keep(joined(std::move(memory)), false); !done) {
        return done;
    }
    const std::uint8_t* gate = system_.at(GLACIS_GATE_BASE);
    gate_page_.assign(gate, gate + GLACIS_GATE_SIZE);
    const std::lock_guard guard(tables_mutex_);
    tables_->keep();
    return Done{};
}

Status GuestSpace::restore()
{
    assert(!gate_page_.empty());
    std::vector<Range> to_flush;
    {
        const std::lock_guard guard(tables_mutex_);
        to_flush = tables_->restore();
        recycle_tables();
    }
    for (GuestArea* area : {&*stacks_, &*memory_}) {
        for (const Range& pages : overlap(to_flush, {area->range()})) {
            if (auto done = area->flush(pages); !done) {
                return done;
            }
        }
        if (auto done = area->restore(); !done) {
            return done;
        }
    }
    std::uint8_t* gate = system_.at(GLACIS_GATE_BASE);
    if (std::memcmp(gate, gate_page_.data(), gate_page_.size()) != 0) {
        std::memcpy(gate, gate_page_.data(), gate_page_.size());
    }
    const std::lock_guard guard(broken_mutex_);
    broken_.reset();
    return Done{};
}

} // namespace glacis
