// Tables that are brought back to what they were.
//
// A table of leaves is copied before the first change to it. Tables above never lose an entry, as
// the rule in paging.hpp has it: what they have got since then stays, and leads to nothing.

#include <glacis/supervisor/paging.hpp>

#include <cassert>

#include <glacis/supervisor/arch/aarch64/page_table_format.hpp>
#include <glacis/supervisor/arch/x86_64/page_table_format.hpp>
#include <glacis/supervisor/ranges.hpp>

namespace glacis::supervisor {

template <class Format> void AddressSpaces<Format>::mark_kept(Pages& pages)
{
    pages.is_kept = true;
    kept_tables_.insert(pages.all.begin(), pages.all.end());
}

template <class Format> void AddressSpaces<Format>::keep()
{
    assert(kept_tables_.empty());
    mark_kept(common_pages_);
    for (auto& [id, domain] : domains_) {
        assert(domain.windows.empty());
        mark_kept(domain.pages);
        for (auto& [stack, root] : domain.roots) {
            mark_kept(root.pages);
            root.foreign_then = root.foreign;
        }
    }
}

/// The leaves of `table` are about to change.
template <class Format> void AddressSpaces<Format>::note_change(std::uint64_t table)
{
    if (!kept_tables_.contains(table)) {
        return;
    }
    const auto [entry, is_new] = changed_.try_emplace(table);
    for (std::size_t index = 0; is_new && index < entries_of_table; ++index) {
        entry->second[index] = load(table, index);
    }
}

template <class Format>
void AddressSpaces<Format>::restore_table(std::uint64_t table, const Entries& then,
                                          std::vector<Range>& to_flush)
{
    for (std::size_t index = 0; index < entries_of_table; ++index) {
        const std::uint64_t now = load(table, index);
        if (((now ^ then[index]) & ~Format::hardware_bits) == 0) {
            continue;
        }
        if (Format::is_present(now)) {
            const std::uint64_t page = Format::address_of(now);
            to_flush.push_back({page, page + page_size});
        }
        store(table, index, then[index]);
    }
}

template <class Format> void AddressSpaces<Format>::restore_roots(DomainTables& domain)
{
    for (auto& [view, window] : domain.windows) {
        give_up(window.pages);
    }
    domain.windows.clear();
    for (auto root = domain.roots.begin(); root != domain.roots.end();) {
        if (root->second.is_kept()) {
            ++root;
            continue;
        }
        give_up(root->second.pages);
        root = domain.roots.erase(root);
    }
    domain.roots.merge(domain.aside);
    assert(domain.aside.empty());
    domain.foreign.clear();
    for (auto& [stack, root] : domain.roots) {
        root.foreign = root.foreign_then;
        for (const std::uint64_t slot : root.foreign) {
            domain.foreign[slot].insert(stack);
        }
    }
}

template <class Format> std::vector<Range> AddressSpaces<Format>::restore()
{
    assert(common_pages_.is_kept);
    std::vector<DomainId> later;
    for (const auto& [id, domain] : domains_) {
        if (!domain.pages.is_kept) {
            later.push_back(id);
        }
    }
    for (const DomainId id : later) {
        close_domain(id);
    }
    domains_.merge(aside_);
    assert(aside_.empty());
    for (auto& [id, domain] : domains_) {
        restore_roots(domain);
    }
    std::vector<Range> to_flush;
    for (const auto& [table, then] : changed_) {
        restore_table(table, then, to_flush);
    }
    changed_.clear();
    return joined(std::move(to_flush));
}

#define GLACIS_INSTANTIATE(Format)                                                                 \
    template void AddressSpaces<Format>::keep();                                                   \
    template void AddressSpaces<Format>::note_change(std::uint64_t);                               \
    template std::vector<Range> AddressSpaces<Format>::restore();

GLACIS_INSTANTIATE(x86_64::PageTableFormat)
GLACIS_INSTANTIATE(aarch64::PageTableFormat)

} // namespace glacis::supervisor
