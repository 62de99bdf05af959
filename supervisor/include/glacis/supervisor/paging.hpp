// Guest page tables of protection domains, for either architecture, in memory that somebody else owns.
//
// One root for each (domain, stack) that has run:
//
//   root ─> level-1 table of the root, its own
//             ├─ first GiB ────────> common tables: shim, vCPU blocks (supervisor only), gate page (user)
//             ├─ stack area ───────> tables of this root alone: the pages of its stack (and, filled in on
//             │                      demand, pages of other stacks that were granted)
//             └─ domain memory ────> tables of the domain, shared by all its roots
//
// Rule: an entry that points to a table is written once in the life of that table and never changed,
// because KVM's shadow paging keeps what it read from it. Pages of tables that are given up are set
// aside and used again only after recycle(), which the caller invokes once all shadow state has been
// dropped. Leaf entries change at any time; the caller flushes after a removal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// Memory for page tables: pages by guest-physical address. Owned by the VMM.
class TableMemory {
public:
    virtual ~TableMemory() = default;
    /// The page at guest-physical `address`, as 512 entries that the guest's hardware reads meanwhile.
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
    /// Gives up the tables of a domain and of its roots.
    void close_domain(DomainId domain);

    [[nodiscard]] bool set_domain_pages(DomainId domain, Range pages, Perm perm);

    /// Physical address of the root of (domain, stack), built without any stack page when it is new.
    /// `is_new` says so.
    struct Root {
        std::uint64_t physical = 0;
        bool is_new = false;
    };
    [[nodiscard]] std::optional<Root> root(DomainId domain, StackId stack);
    [[nodiscard]] bool has_root(DomainId domain, StackId stack) const;
    /// In that root alone. `pages` lie in the stack area.
    [[nodiscard]] bool set_stack_pages(DomainId domain, StackId stack, Range pages, Perm perm);
    /// In every root of `domain`: removes pages of the stack area.
    void drop_stack_pages(DomainId domain, Range pages);
    void close_root(DomainId domain, StackId stack);

    /// Walks the tables as the hardware would.
    [[nodiscard]] std::optional<Translation> walk(std::uint64_t root, std::uint64_t address) const;

    /// Pages given up since the last recycle(), which makes them usable again.
    [[nodiscard]] std::size_t given_up() const;
    void recycle();
    [[nodiscard]] std::size_t pages_in_use() const;

private:
    // (the implementation's)
};

} // namespace glacis::supervisor
