// Guest page tables of protection domains, for either architecture, in memory that somebody else
// owns.
//
// One root for each (domain, view of a stack) that has run; a view is the whole stack or, for a
// callee, the part of it below its callers' frames:
//
//   root ─> level-1 table of the root, its own
//             ├─ first GiB ────────> common tables: shim, vCPU blocks (supervisor only), gate page
//             (user) ├─ stack area ───────> tables of this root alone: the pages of its stack (and,
//             filled in on │                      demand, pages of other stacks that were granted)
//             └─ domain memory ────> tables of the domain, shared by all its roots
//
// Level 1 has one entry a GiB, as x86-64's page-directory-pointer table and AArch64's first table
// of 39-bit addresses do; x86-64 has one more page above it, of which entry 0 is used. So a root
// costs, for one stack, four pages on x86-64 and three on AArch64:
//
//              x86-64: top ──┐
//   address 38..30           └> level 1 ──> 29..21 ──> 20..12 ──> page
//                               1 GiB an    2 MiB an   4 KiB an
//                               entry       entry      entry, the leaf
//
// No GiB is of two kinds: common pages lie in the first, the stack area begins behind it, and
// domain memory in a later GiB than the stack area's last.
//
// Rule: an entry that points to a table is written once in the life of that table and never
// changed, because KVM's shadow paging keeps what it read from it. Pages of tables that are given
// up are set aside and used again only after recycle(), which the caller invokes once all shadow
// state has been dropped. A vCPU may still be on a root that was given up, in the shim and idle:
// the pages of a root are only ever used again for a root, and lead to the common pages all the
// time. Leaf entries change at any time; the caller flushes after a removal.
//
// What is open at keep() can be brought back by restore(). Until then its tables are not given up
// when it is closed but set aside, so that what KVM has read from them stays right.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// Memory for page tables: pages by guest-physical address. Owned by the VMM.
class TableMemory {
public:
    virtual ~TableMemory() = default;
    /// The page at guest-physical `address`, as 512 entries that the guest's hardware reads
    /// meanwhile.
    [[nodiscard]] virtual std::uint64_t* page(std::uint64_t address) = 0;
    /// A zeroed page; nothing when there are no more.
    [[nodiscard]] virtual std::optional<std::uint64_t> allocate() = 0;
};

/// Who may use a page that every root has.
enum class CommonPages { shim_text, shim_data, gate };

/// What the tables say about an address.
struct Translation {
    std::uint64_t physical = 0;
    Perm perm = Perm::none;
    bool is_user = false;
};

/// `Format` is one of the structures in arch/*/page_table_format.hpp.
template <class Format> class AddressSpaces {
public:
    AddressSpaces(TableMemory& memory, const Layout& layout);

    /// All functions that return bool say whether there was memory for the tables they needed; when
    /// there was not, no leaf has changed.

    /// Before the first domain: pages that every root maps, virtual = physical.
    [[nodiscard]] bool add_common(Range pages, CommonPages kind);

    [[nodiscard]] bool open_domain(DomainId domain);
    /// Gives up the tables of a domain and of its roots. Nothing for a domain that is not open.
    void close_domain(DomainId domain);

    [[nodiscard]] bool set_domain_pages(DomainId domain, Range pages, Perm perm);

    /// Physical address of the root of (domain, view), built without any stack page when it is
    /// new. `is_new` says so.
    struct Root {
        std::uint64_t physical = 0;
        bool is_new = false;
    };
    [[nodiscard]] std::optional<Root> root(DomainId domain, StackView view);
    [[nodiscard]] bool has_root(DomainId domain, StackView view) const;
    /// In that root alone; nothing when it was never built. `pages` lie in the stack area.
    [[nodiscard]] bool set_stack_pages(DomainId domain, StackView view, Range pages, Perm perm);
    /// What the domain may do with pages of a stack, as an owner: set in the root of the whole
    /// stack, removed from those of its parts, which are filled in again on demand.
    [[nodiscard]] bool change_stack_pages(DomainId domain, StackId stack, Range pages, Perm perm);
    /// In every root of `domain`: removes pages of the stack area.
    void drop_stack_pages(DomainId domain, Range pages);
    /// All roots of `domain` on that stack.
    void close_root(DomainId domain, StackId stack);
    /// Of a part of a stack. Nothing for one that was never built.
    void close_window(DomainId domain, StackView view);

    /// From now on restore() brings back what is there now. Once; no vCPU has a window of a stack.
    void keep();
    /// The domains and the roots of whole stacks that were open at keep() are open again and map
    /// what they mapped then; whatever was opened since is closed. What their tables have grown by
    /// stays, empty. Precondition: keep(); no vCPU runs. Returns the pages of which translations
    /// may be left that the tables no longer show: the caller flushes them. Costs what has changed.
    [[nodiscard]] std::vector<Range> restore();

    /// Walks the tables as the hardware would.
    [[nodiscard]] std::optional<Translation> walk(std::uint64_t root, std::uint64_t address) const;

    /// Pages given up since the last recycle(), which makes them usable again.
    [[nodiscard]] std::size_t given_up() const;
    void recycle();
    [[nodiscard]] std::size_t pages_in_use() const;

private:
    /// Level 1 of the tables that lead to leaves: 512 entries of one GiB.
    static constexpr unsigned gib_level = 3;

    static constexpr std::size_t entries_of_table = 512;

    /// Tables with one owner, and the memory they take.
    struct Pages {
        std::vector<std::uint64_t> all;
        bool is_kept = false; ///< never given up: restore() needs them
    };
    struct RootTables {
        std::uint64_t top = 0;     ///< what CR3 or TTBR0 gets
        std::uint64_t level_1 = 0; ///< the same page where the format has no level above
        Pages pages;               ///< all of its own, these included
        [[nodiscard]] bool is_kept() const { return pages.is_kept; }
        /// Slots of other stacks of which it has had pages.
        std::set<std::uint64_t> foreign;
        std::set<std::uint64_t> foreign_then; ///< at keep()
    };
    struct DomainTables {
        std::map<std::uint64_t, std::uint64_t> memory; ///< by GiB: the table that its roots share
        Pages pages;
        std::unordered_map<StackId, RootTables> roots; ///< of whole stacks
        std::map<StackView, RootTables> windows;       ///< of parts of stacks
        std::unordered_map<StackId, RootTables> aside; ///< kept and closed since
        /// The other way round: roots by foreign slot, so that a revocation visits those alone.
        std::map<std::uint64_t, std::set<StackView>> foreign;

        /// All roots on one stack, of the whole and of parts.
        [[nodiscard]] std::vector<StackView> views_of(StackId stack) const;
    };

    using Entries = std::array<std::uint64_t, entries_of_table>;

    [[nodiscard]] std::uint64_t load(std::uint64_t table, std::uint64_t index) const;
    void store(std::uint64_t table, std::uint64_t index, std::uint64_t entry);
    void set_leaf(std::uint64_t table, std::uint64_t index, std::uint64_t entry);
    [[nodiscard]] std::optional<std::uint64_t> take_page(Pages& owner);
    [[nodiscard]] std::optional<std::uint64_t> make_table(std::uint64_t table, unsigned level,
                                                          std::uint64_t address, Pages& owner);
    [[nodiscard]] std::optional<std::uint64_t> find_table(std::uint64_t table, unsigned level,
                                                          std::uint64_t address) const;
    [[nodiscard]] bool make_leaf_tables(std::uint64_t gib_table, const Range& pages, Pages& owner);
    void set_leaves(std::uint64_t gib_table, const Range& pages, Perm perm, bool is_user);
    [[nodiscard]] bool take_root(RootTables& root);
    [[nodiscard]] bool share_memory(DomainTables& domain, const Range& pages);
    void note_foreign(DomainTables& domain, StackView view, RootTables& root, const Range& pages);
    void forget_root(DomainTables& domain, StackView view, RootTables& root);
    void give_up(Pages& pages);
    void mark_kept(Pages& pages);
    void note_change(std::uint64_t table);
    void restore_table(std::uint64_t table, const Entries& then, std::vector<Range>& to_flush);
    void restore_roots(DomainTables& domain);
    [[nodiscard]] DomainTables* find_domain(DomainId domain);
    [[nodiscard]] RootTables* find_root(DomainId domain, StackView view);

    TableMemory& memory_;
    Layout layout_;
    std::optional<std::uint64_t> common_; ///< the table of the first GiB, in every root
    Pages common_pages_;
    std::unordered_map<DomainId, DomainTables> domains_;
    std::vector<std::uint64_t> free_;
    std::vector<std::uint64_t> free_roots_; ///< tops
    std::vector<std::uint64_t> given_up_;
    std::unordered_map<std::uint64_t, std::uint64_t> root_of_; ///< tops by pages of roots
    std::size_t in_use_ = 0;

    std::unordered_map<DomainId, DomainTables> aside_;   ///< kept and closed since
    std::unordered_set<std::uint64_t> kept_tables_;      ///< of all that is kept
    std::unordered_map<std::uint64_t, Entries> changed_; ///< what kept tables of leaves had in them
};

} // namespace glacis::supervisor
