// The guest's address spaces: memory, stage 2 and page tables; the place where effects are
// performed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <glacis/supervisor/effect.hpp>
#include <glacis/supervisor/paging.hpp>
#include <glacis/supervisor/supervisor.hpp>
#include <memory>
#include <mutex>
#include <native/page_table_format.hpp>
#include <optional>
#include <span>

#include "host/result.hpp"
#include "kvm/kvm.hpp"
#include "machine/guest_memory.hpp"
#include "machine/run.hpp"
#include "machine/system_memory.hpp"
#include "machine/table_memory.hpp"

namespace glacis {

/// Thread-safe unless said otherwise; may be called with or without the monitor's lock held, takes
/// none but its own.
class GuestSpace final : public supervisor::GuestWords {
public:
    static Result<std::unique_ptr<GuestSpace>> create(kvm::Vm vm, const supervisor::Layout& layout,
                                                      Protection protection);

    [[nodiscard]] kvm::Vm& vm() { return vm_; }
    [[nodiscard]] const SystemMemory& system() const { return system_; }
    /// A root that maps the supervisor's pages and nothing else.
    [[nodiscard]] std::uint64_t boot_root() const { return boot_root_; }

    // ---- domains and roots
    // -----------------------------------------------------------------------

    Status open_domain(supervisor::DomainId domain);
    /// Precondition: no vCPU runs on a root of the domain.
    void close_domain(supervisor::DomainId domain);

    /// The root on which code of `domain` runs that sees `view` of its stack, filled with `pages()`
    /// when it is new.
    using StackPagesSource = std::function<std::vector<supervisor::Supervisor::StackPages>()>;
    Result<std::uint64_t> root(supervisor::DomainId domain, supervisor::StackView view,
                               const StackPagesSource& pages);
    /// Precondition: no vCPU can come to the root of that part of a stack any more.
    void close_window(supervisor::DomainId domain, supervisor::StackView view);
    /// Maps one page that the supervisor allows but the tables do not show yet (they are a cache of
    /// what it knows). Whether they have changed or show it now.
    [[nodiscard]] bool fill(supervisor::DomainId domain, supervisor::StackView view,
                            std::uint64_t address, supervisor::Perm perm);

    // ---- going back (kept_space.cpp)
    // -----------------------------------------------------------------------------------

    /// From now on restore() brings back all that the guest can see as it is now: memory, stage 2,
    /// page tables. Once; `owned` is what Supervisor::owned_pages() says. No vCPU runs, here and
    /// there.
    Status keep(const std::vector<supervisor::OwnedPages>& owned);
    /// Costs what has changed. After a failure the space is of no use any more. Precondition:
    /// keep().
    Status restore();

    // ---- effects
    // -----------------------------------------------------------------------------------

    /// Performs effects in order up to the first failure. Between any two of them, `between` is
    /// called (tests inject preemption there).
    supervisor::PlanOutcome perform(const std::vector<supervisor::Effect>& effects);
    void set_between(std::function<void()> between) { between_ = std::move(between); }
    /// A Release that failed: the host could not take memory back, and the guest must not go on.
    [[nodiscard]] std::optional<HostError> broken() const;

    // ---- content
    // -----------------------------------------------------------------------------------

    /// Copies between the VMM and guest memory. What may be copied is the caller's affair; false
    /// when the range is in neither area. Never faults.
    [[nodiscard]] bool copy_in(std::uint64_t address, std::span<std::uint8_t> to) const;
    [[nodiscard]] bool copy_out(std::uint64_t address, std::span<const std::uint8_t> from);
    /// As copy_in, without giving content to pages that have none.
    [[nodiscard]] bool peek(std::uint64_t address, std::span<std::uint8_t> to) const;
    /// The VMM's own view of [address, +size); null when it is in neither area.
    [[nodiscard]] const std::uint8_t* own(std::uint64_t address, std::uint64_t size) const;
    /// The same, to write there at once.
    [[nodiscard]] std::uint8_t* own_to_write(std::uint64_t address, std::uint64_t size);
    /// As GuestArea::write(). Precondition: the range lies in one area.
    Status write(std::uint64_t address, std::span<const std::byte> bytes);
    /// As GuestArea::populate(). Precondition: the pages are committed.
    void populate(supervisor::Range pages);
    /// Zeroes what was touched of committed pages, which stay committed.
    void scrub(supervisor::Range pages);
    /// Whether the baseline's single root lets a domain do this; precondition: Protection::none.
    [[nodiscard]] bool is_mapped(std::uint64_t address, std::uint64_t size,
                                 supervisor::Perm want) const;

    [[nodiscard]] std::uint32_t load(std::uint64_t address) const override;
    [[nodiscard]] std::uint64_t touched_below_top(supervisor::Range pages) const override;

    [[nodiscard]] std::uint64_t table_pages() const;
    [[nodiscard]] Protection protection() const { return protection_; }
    /// For tests: what the tables of a root say.
    [[nodiscard]] std::optional<supervisor::Translation> walk(std::uint64_t root,
                                                              std::uint64_t address) const;

private:
    using Tables = supervisor::AddressSpaces<NativePageTableFormat>;

    GuestSpace(kvm::Vm vm, const supervisor::Layout& layout, Protection protection);
    Status build(std::uint32_t vcpus);
    Status open_baseline();
    [[nodiscard]] GuestArea* area_of(supervisor::Range pages);
    [[nodiscard]] const GuestArea* area_of(supervisor::Range pages) const;
    std::optional<supervisor::EffectFailure> perform_one(const supervisor::Effect& effect);
    std::optional<supervisor::EffectFailure> release(supervisor::Range pages);
    void recycle_tables();
    Status drop_shadow_state();

    supervisor::Layout layout_;
    Protection protection_;
    SystemMemory system_;
    GuestFile file_;
    std::optional<GuestArea> stacks_;
    std::optional<GuestArea> memory_;
    GuestTableMemory table_memory_;
    kvm::Vm
        vm_; ///< goes before the memory that its slots show: unmapping that from a VM takes long
    mutable std::mutex tables_mutex_; ///< guards tables_ and table_memory_
    std::optional<Tables> tables_;
    std::uint64_t boot_root_ = 0;
    std::uint64_t baseline_root_ = 0;
    std::function<void()> between_;
    mutable std::mutex broken_mutex_;
    std::optional<HostError> broken_;
    std::vector<std::uint8_t> gate_page_; ///< kept
};

} // namespace glacis
