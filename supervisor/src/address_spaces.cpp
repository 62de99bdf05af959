#include <glacis/supervisor/paging.hpp>

#include <algorithm>
#include <atomic>
#include <cassert>

#include <glacis/supervisor/arch/aarch64/page_table_format.hpp>
#include <glacis/supervisor/arch/x86_64/page_table_format.hpp>

namespace glacis::supervisor {
namespace {

constexpr unsigned index_bits = 9;
constexpr std::uint64_t gib = 1ULL << 30;

/// Position of the entry for `address` in a table of `level`; leaves are entries of level 1.
[[nodiscard]] constexpr std::uint64_t index_of(std::uint64_t address, unsigned level)
{
    return (address >> (GLACIS_PAGE_SHIFT + index_bits * (level - 1))) % (1ULL << index_bits);
}

/// Bytes that one table of `level` translates.
[[nodiscard]] constexpr std::uint64_t reach_of(unsigned level)
{
    return page_size << (index_bits * level);
}

/// Calls `visit(part)` for the parts of `pages` that lie in different blocks of `block` bytes.
template <class Visit> void for_each_block(const Range& pages, std::uint64_t block, Visit visit)
{
    for (std::uint64_t address = pages.begin; address < pages.end;) {
        const std::uint64_t end = std::min(pages.end, (address / block + 1) * block);
        visit(Range{address, end});
        address = end;
    }
}

} // namespace

template <class Format>
AddressSpaces<Format>::AddressSpaces(TableMemory& memory, const Layout& layout)
    : memory_(memory), layout_(layout)
{
    static_assert(Format::levels == gib_level || Format::levels == gib_level + 1);
    static_assert(entries_of_table == 1ULL << index_bits);
    assert(layout.stack_area.begin >= gib &&
           layout.memory.begin / gib * gib >= layout.stack_area.end);
    assert(layout.memory.end <= GLACIS_ADDRESS_LIMIT);
}

// ---- entries
// -------------------------------------------------------------------------------------

template <class Format>
std::uint64_t AddressSpaces<Format>::load(std::uint64_t table, std::uint64_t index) const
{
    return std::atomic_ref(memory_.page(table)[index]).load(std::memory_order_acquire);
}

/// Of entries that hardware does not write: those that point to tables, and empty ones.
template <class Format>
void AddressSpaces<Format>::store(std::uint64_t table, std::uint64_t index, std::uint64_t entry)
{
    std::atomic_ref(memory_.page(table)[index]).store(entry, std::memory_order_release);
}

/// Hardware may be setting its bits in the entry meanwhile: they are kept as long as the page
/// stays.
template <class Format>
void AddressSpaces<Format>::set_leaf(std::uint64_t table, std::uint64_t index, std::uint64_t entry)
{
    const std::atomic_ref leaf(memory_.page(table)[index]);
    std::uint64_t old = leaf.load(std::memory_order_relaxed);
    std::uint64_t wanted = 0;
    do {
        const bool stays = Format::is_present(old) && Format::is_present(entry);
        wanted = stays ? entry | (old & Format::hardware_bits) : entry;
        if (wanted == old) {
            return;
        }
    } while (!leaf.compare_exchange_weak(old, wanted, std::memory_order_acq_rel));
}

// ---- tables
// --------------------------------------------------------------------------------------

template <class Format> std::optional<std::uint64_t> AddressSpaces<Format>::take_page(Pages& owner)
{
    std::optional<std::uint64_t> page;
    if (!free_.empty()) {
        page = free_.back();
        free_.pop_back();
        std::fill_n(memory_.page(*page), entries_of_table, 0);
    } else {
        page = memory_.allocate();
    }
    if (page) {
        owner.all.push_back(*page);
        ++in_use_;
        if (owner.is_kept) {
            kept_tables_.insert(*page);
        }
    }
    return page;
}

/// The table of `level` - 1 for `address` under `table` of `level`, made where there is none.
template <class Format>
std::optional<std::uint64_t> AddressSpaces<Format>::make_table(std::uint64_t table, unsigned level,
                                                               std::uint64_t address, Pages& owner)
{
    if (const auto found = find_table(table, level, address)) {
        return found;
    }
    const std::optional<std::uint64_t> page = take_page(owner);
    if (page) {
        store(table, index_of(address, level), Format::table(*page));
    }
    return page;
}

template <class Format>
std::optional<std::uint64_t> AddressSpaces<Format>::find_table(std::uint64_t table, unsigned level,
                                                               std::uint64_t address) const
{
    const std::uint64_t entry = load(table, index_of(address, level));
    if (!Format::is_present(entry)) {
        return std::nullopt;
    }
    return Format::address_of(entry);
}

/// `gib_table` translates the GiB that `pages` lie in. Whatever could be made stays, empty.
template <class Format>
bool AddressSpaces<Format>::make_leaf_tables(std::uint64_t gib_table, const Range& pages,
                                             Pages& owner)
{
    bool is_complete = true;
    for_each_block(pages, reach_of(1), [&](const Range& part) {
        is_complete = is_complete && make_table(gib_table, 2, part.begin, owner);
    });
    return is_complete;
}

/// Where there is no table there is nothing to remove. Precondition otherwise: make_leaf_tables().
template <class Format>
void AddressSpaces<Format>::set_leaves(std::uint64_t gib_table, const Range& pages, Perm perm,
                                       bool is_user)
{
    for_each_block(pages, reach_of(1), [&](const Range& part) {
        const std::optional<std::uint64_t> table = find_table(gib_table, 2, part.begin);
        assert(table || perm == Perm::none);
        if (table) {
            note_change(*table);
        }
        for (std::uint64_t page = part.begin; table && page < part.end; page += page_size) {
            set_leaf(*table, index_of(page, 1), Format::leaf(page, perm, is_user));
        }
    });
}

template <class Format> void AddressSpaces<Format>::give_up(Pages& pages)
{
    assert(!pages.is_kept);
    in_use_ -= pages.all.size();
    given_up_.insert(given_up_.end(), pages.all.begin(), pages.all.end());
    pages.all.clear();
}

// ---- common pages and domains
// --------------------------------------------------------------------

template <class Format> bool AddressSpaces<Format>::add_common(Range pages, CommonPages kind)
{
    assert(pages.end <= gib && domains_.empty());
    if (!common_) {
        common_ = take_page(common_pages_);
    }
    if (!common_ || !make_leaf_tables(*common_, pages, common_pages_)) {
        return false;
    }
    const Perm perm = kind == CommonPages::shim_data ? Perm::read_write : Perm::read_execute;
    set_leaves(*common_, pages, perm, kind == CommonPages::gate);
    return true;
}

template <class Format> auto AddressSpaces<Format>::find_domain(DomainId domain) -> DomainTables*
{
    const auto found = domains_.find(domain);
    return found == domains_.end() ? nullptr : &found->second;
}

template <class Format>
auto AddressSpaces<Format>::find_root(DomainId domain, StackView view) -> RootTables*
{
    DomainTables* tables = find_domain(domain);
    if (tables == nullptr) {
        return nullptr;
    }
    if (!view.is_whole()) {
        const auto window = tables->windows.find(view);
        return window == tables->windows.end() ? nullptr : &window->second;
    }
    const auto found = tables->roots.find(view.stack);
    return found == tables->roots.end() ? nullptr : &found->second;
}

template <class Format>
std::vector<StackView> AddressSpaces<Format>::DomainTables::views_of(StackId stack) const
{
    std::vector<StackView> views;
    if (roots.contains(stack)) {
        views.emplace_back(stack);
    }
    const auto end = windows.end();
    for (auto window = windows.lower_bound({stack, 0, 0});
         window != end && window->first.stack == stack; ++window) {
        views.push_back(window->first);
    }
    return views;
}

template <class Format> bool AddressSpaces<Format>::open_domain(DomainId domain)
{
    assert(find_domain(domain) == nullptr);
    domains_.try_emplace(domain);
    return true;
}

template <class Format> void AddressSpaces<Format>::close_domain(DomainId domain)
{
    const auto found = domains_.find(domain);
    if (found == domains_.end()) {
        return;
    }
    DomainTables& tables = found->second;
    for (auto& [view, root] : tables.windows) {
        give_up(root.pages);
    }
    for (auto& [stack, root] : tables.roots) {
        if (root.is_kept()) {
            tables.aside.insert_or_assign(stack, std::move(root));
        } else {
            give_up(root.pages);
        }
    }
    if (tables.pages.is_kept) {
        tables.windows.clear();
        tables.roots.clear();
        tables.foreign.clear();
        aside_.insert_or_assign(domain, std::move(tables));
    } else {
        give_up(tables.pages);
    }
    domains_.erase(found);
}

/// Every root of the domain points to the domain's tables for the GiBs of `pages`.
template <class Format>
bool AddressSpaces<Format>::share_memory(DomainTables& domain, const Range& pages)
{
    bool is_complete = true;
    for_each_block(pages, gib, [&](const Range& part) {
        const std::uint64_t number = part.begin / gib;
        if (!is_complete || domain.memory.contains(number)) {
            return;
        }
        const std::optional<std::uint64_t> table = take_page(domain.pages);
        if (!table) {
            is_complete = false;
            return;
        }
        domain.memory.emplace(number, *table);
        for (const auto* roots : {&domain.roots, &domain.aside}) {
            for (const auto& [stack, root] : *roots) {
                store(root.level_1, index_of(part.begin, gib_level), Format::table(*table));
            }
        }
        for (const auto& [view, root] : domain.windows) {
            store(root.level_1, index_of(part.begin, gib_level), Format::table(*table));
        }
    });
    return is_complete;
}

template <class Format>
bool AddressSpaces<Format>::set_domain_pages(DomainId domain, Range pages, Perm perm)
{
    assert(layout_.memory.contains(pages));
    DomainTables* tables = find_domain(domain);
    if (tables == nullptr) {
        return true;
    }
    bool is_complete = perm == Perm::none || share_memory(*tables, pages);
    if (perm != Perm::none) {
        for_each_block(pages, gib, [&](const Range& part) {
            is_complete = is_complete && make_leaf_tables(tables->memory.at(part.begin / gib), part,
                                                          tables->pages);
        });
    }
    if (!is_complete) {
        return false;
    }
    for_each_block(pages, gib, [&](const Range& part) {
        const auto table = tables->memory.find(part.begin / gib);
        if (table != tables->memory.end()) {
            set_leaves(table->second, part, perm, true);
        }
    });
    return true;
}

// ---- roots
// ---------------------------------------------------------------------------------------

/// Pages that were a root's before stay what they were, with the way to the common pages unbroken.
template <class Format> bool AddressSpaces<Format>::take_root(RootTables& root)
{
    constexpr bool has_level_above = Format::levels > gib_level;
    if (!free_roots_.empty()) {
        root.top = free_roots_.back();
        free_roots_.pop_back();
        root.level_1 = has_level_above ? Format::address_of(load(root.top, 0)) : root.top;
        root.pages.all = {root.level_1};
        if (has_level_above) {
            root.pages.all.push_back(root.top);
        }
        in_use_ += root.pages.all.size();
        for (std::uint64_t index = 1; index < entries_of_table; ++index) {
            store(root.level_1, index, 0);
        }
        return true;
    }
    const std::optional<std::uint64_t> level_1 = take_page(root.pages);
    const std::optional<std::uint64_t> top =
        has_level_above && level_1 ? take_page(root.pages) : level_1;
    if (!top) {
        // No root has pointed to these pages: they can be used again at once.
        in_use_ -= root.pages.all.size();
        free_.insert(free_.end(), root.pages.all.begin(), root.pages.all.end());
        return false;
    }
    root.level_1 = *level_1;
    root.top = *top;
    root_of_.emplace(root.level_1, root.top);
    root_of_.emplace(root.top, root.top);
    return true;
}

template <class Format>
auto AddressSpaces<Format>::root(DomainId domain, StackView view) -> std::optional<Root>
{
    if (const RootTables* found = find_root(domain, view)) {
        return Root{found->top, false};
    }
    DomainTables* tables = find_domain(domain);
    assert(tables != nullptr);
    RootTables root;
    if (!take_root(root)) {
        return std::nullopt;
    }
    if (common_) {
        store(root.level_1, 0, Format::table(*common_));
    }
    for (const auto& [number, table] : tables->memory) {
        store(root.level_1, index_of(number * gib, gib_level), Format::table(table));
    }
    if (root.top != root.level_1) {
        store(root.top, 0, Format::table(root.level_1));
    }
    const std::uint64_t physical = root.top;
    if (view.is_whole()) {
        tables->roots.emplace(view.stack, std::move(root));
    } else {
        tables->windows.emplace(view, std::move(root));
    }
    return Root{physical, true};
}

template <class Format> bool AddressSpaces<Format>::has_root(DomainId domain, StackView view) const
{
    const auto tables = domains_.find(domain);
    return tables != domains_.end() && (view.is_whole() ? tables->second.roots.contains(view.stack)
                                                        : tables->second.windows.contains(view));
}

template <class Format>
void AddressSpaces<Format>::note_foreign(DomainTables& domain, StackView view, RootTables& root,
                                         const Range& pages)
{
    for_each_block(pages, layout_.stack_slot, [&](const Range& part) {
        const std::uint64_t slot = part.begin / layout_.stack_slot * layout_.stack_slot;
        if (StackId{slot} == view.stack) {
            return;
        }
        domain.foreign[slot].insert(view);
        root.foreign.insert(slot);
    });
}

template <class Format>
bool AddressSpaces<Format>::set_stack_pages(DomainId domain, StackView view, Range pages, Perm perm)
{
    assert(layout_.stack_area.contains(pages));
    RootTables* root = find_root(domain, view);
    if (root == nullptr) {
        return true;
    }
    bool is_complete = true;
    if (perm != Perm::none) {
        for_each_block(pages, gib, [&](const Range& part) {
            const std::optional<std::uint64_t> table =
                is_complete ? make_table(root->level_1, gib_level, part.begin, root->pages)
                            : std::nullopt;
            is_complete = table && make_leaf_tables(*table, part, root->pages);
        });
    }
    if (!is_complete) {
        return false;
    }
    for_each_block(pages, gib, [&](const Range& part) {
        if (const auto table = find_table(root->level_1, gib_level, part.begin)) {
            set_leaves(*table, part, perm, true);
        }
    });
    if (perm != Perm::none) {
        note_foreign(*find_domain(domain), view, *root, pages);
    }
    return true;
}

template <class Format>
bool AddressSpaces<Format>::change_stack_pages(DomainId domain, StackId stack, Range pages,
                                               Perm perm)
{
    DomainTables* tables = find_domain(domain);
    if (tables == nullptr) {
        return true;
    }
    if (!set_stack_pages(domain, stack, pages, perm)) {
        return false;
    }
    for (const StackView& view : tables->views_of(stack)) {
        if (!view.is_whole()) {
            static_cast<void>(set_stack_pages(domain, view, pages, Perm::none));
        }
    }
    return true;
}

template <class Format> void AddressSpaces<Format>::drop_stack_pages(DomainId domain, Range pages)
{
    assert(layout_.stack_area.contains(pages));
    DomainTables* tables = find_domain(domain);
    if (tables == nullptr) {
        return;
    }
    for_each_block(pages, layout_.stack_slot, [&](const Range& part) {
        const std::uint64_t slot = part.begin / layout_.stack_slot * layout_.stack_slot;
        for (const StackView& view : tables->views_of(StackId{slot})) {
            static_cast<void>(set_stack_pages(domain, view, part, Perm::none));
        }
        const auto foreign = tables->foreign.find(slot);
        if (foreign == tables->foreign.end()) {
            return;
        }
        for (const StackView& view : foreign->second) {
            static_cast<void>(set_stack_pages(domain, view, part, Perm::none));
        }
    });
}

template <class Format>
void AddressSpaces<Format>::forget_root(DomainTables& domain, StackView view, RootTables& root)
{
    for (const std::uint64_t slot : root.foreign) {
        const auto roots = domain.foreign.find(slot);
        roots->second.erase(view);
        if (roots->second.empty()) {
            domain.foreign.erase(roots);
        }
    }
    if (root.is_kept()) {
        domain.aside.insert_or_assign(view.stack, std::move(root));
    } else {
        give_up(root.pages);
    }
}

template <class Format> void AddressSpaces<Format>::close_root(DomainId domain, StackId stack)
{
    DomainTables* tables = find_domain(domain);
    if (tables == nullptr) {
        return;
    }
    for (const StackView& view : tables->views_of(stack)) {
        if (!view.is_whole()) {
            close_window(domain, view);
        }
    }
    const auto root = tables->roots.find(stack);
    if (root != tables->roots.end()) {
        forget_root(*tables, stack, root->second);
        tables->roots.erase(root);
    }
}

template <class Format> void AddressSpaces<Format>::close_window(DomainId domain, StackView view)
{
    DomainTables* tables = find_domain(domain);
    if (tables == nullptr) {
        return;
    }
    const auto window = tables->windows.find(view);
    if (window != tables->windows.end()) {
        forget_root(*tables, view, window->second);
        tables->windows.erase(window);
    }
}

// ---- questions
// -----------------------------------------------------------------------------------

template <class Format>
std::optional<Translation> AddressSpaces<Format>::walk(std::uint64_t root,
                                                       std::uint64_t address) const
{
    if (address >= reach_of(Format::levels)) {
        return std::nullopt;
    }
    typename Format::Rights rights;
    std::uint64_t table = root;
    for (unsigned level = Format::levels; level > 0; --level) {
        const std::uint64_t entry = load(table, index_of(address, level));
        if (!Format::is_present(entry)) {
            return std::nullopt;
        }
        Format::restrict_rights(rights, entry, level);
        table = Format::address_of(entry);
    }
    std::uint32_t perm = PD_PERM_READ;
    perm |= rights.is_writable ? PD_PERM_WRITE : 0;
    perm |= rights.is_executable ? PD_PERM_EXECUTE : 0;
    return Translation{table + address % page_size, static_cast<Perm>(perm), rights.is_user};
}

template <class Format> std::size_t AddressSpaces<Format>::given_up() const
{
    return given_up_.size();
}

template <class Format> void AddressSpaces<Format>::recycle()
{
    for (const std::uint64_t page : given_up_) {
        const auto found = root_of_.find(page);
        if (found == root_of_.end()) {
            free_.push_back(page);
        } else if (found->second == page) {
            free_roots_.push_back(page);
        }
    }
    given_up_.clear();
}

template <class Format> std::size_t AddressSpaces<Format>::pages_in_use() const
{
    return in_use_;
}

template class AddressSpaces<x86_64::PageTableFormat>;
template class AddressSpaces<aarch64::PageTableFormat>;

} // namespace glacis::supervisor
