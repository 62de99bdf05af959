#include "campaign/escape_watch.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace glacis::campaign {

using namespace supervisor;

namespace {

/// More than this of one range is not looked at: a gibibyte of heap would take longer than all
/// runs.
constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;

std::string change_text(std::uint64_t address, std::uint8_t before, std::uint8_t after)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "0x%llx: 0x%02x became 0x%02x",
                  static_cast<unsigned long long>(address), before, after);
    return text.data();
}

std::string owner_name(Core& core, DomainId owner)
{
    return owner == supervisor_domain || owner == no_domain ? std::string("the supervisor")
                                                            : core.record(owner).description->name;
}

} // namespace

void EscapeWatch::keep(Core& core, DomainId domain, StackView view)
{
    const std::lock_guard guard(core.mutex);
    kept_.clear();
    for (OwnedPages owned : core.supervisor->owned_pages()) {
        owned.pages.end = std::min(owned.pages.end, owned.pages.begin + most_bytes);
        // Rights differ from page to page; what is alike is kept together.
        for (std::uint64_t at = owned.pages.begin; at < owned.pages.end;) {
            const auto is_writable = [&](std::uint64_t page) {
                return core.supervisor->is_permitted(domain, view, page, 1, Perm::read_write);
            };
            const bool is_own = owned.owner == domain && !owned.is_stack;
            std::uint64_t end = at + page_size;
            if (is_own || is_writable(at)) {
                at = end;
                continue;
            }
            while (end < owned.pages.end && !is_writable(end)) {
                end += page_size;
            }
            Kept kept{{{at, end}, owned.owner, owned.is_stack}, {}};
            kept.content.resize(end - at);
            if (core.space->peek(at, kept.content)) {
                kept_.push_back(std::move(kept));
            }
            at = end;
        }
    }
    is_keeping_ = true;
}

std::vector<Escape> EscapeWatch::compare(Core& core)
{
    std::vector<Escape> escapes;
    if (!is_keeping_) {
        return escapes;
    }
    is_keeping_ = false;
    const std::lock_guard guard(core.mutex);
    std::vector<std::uint8_t> now;
    for (const Kept& kept : kept_) {
        now.resize(kept.content.size());
        if (!core.space->peek(kept.pages.pages.begin, now)) {
            continue;
        }
        const auto difference = std::mismatch(now.begin(), now.end(), kept.content.begin());
        if (difference.first != now.end()) {
            const auto offset = static_cast<std::uint64_t>(difference.first - now.begin());
            escapes.push_back({owner_name(core, kept.pages.owner),
                               change_text(kept.pages.pages.begin + offset, *difference.second,
                                           *difference.first)});
        }
    }
    return escapes;
}

} // namespace glacis::campaign
