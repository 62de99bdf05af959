#include "machine/guest_space.hpp"

#include <cassert>
#include <cerrno>
#include <cstring>

#include "machine/guest_cpu.hpp"

namespace glacis {

using namespace supervisor;

namespace {

// Memory slots of the VM.
constexpr std::uint32_t slot_system = 0; // and the next
constexpr std::uint32_t slot_scratch = 2;
constexpr std::uint32_t slot_stacks = 3; // and following
constexpr std::uint32_t slot_memory = slot_stacks + GuestArea::max_slots;
constexpr std::uint32_t slot_tables = slot_memory + GuestArea::max_slots; // and following

// The domain whose root is the boot root, and in the baseline everybody's.
constexpr DomainId common_domain{PD_SELF};
constexpr StackId no_stack{0};

constexpr std::size_t recycle_threshold = 4096; // pages

EffectFailure failure_of(const HostError& error)
{
    switch (error.error_number) {
    case ENOMEM:
    case EAGAIN:
        return EffectFailure::host_no_memory;
    case EEXIST:
        return EffectFailure::host_conflict;
    default:
        return EffectFailure::host_failed;
    }
}

std::optional<EffectFailure> outcome(const Status& status)
{
    return status ? std::nullopt : std::optional(failure_of(status.error()));
}

std::optional<EffectFailure> table_outcome(bool is_done)
{
    return is_done ? std::nullopt : std::optional(EffectFailure::host_no_memory);
}

HostError no_tables()
{
    return {"page tables", ENOMEM, "building page tables"};
}

Perm both(Perm first, Perm second)
{
    return static_cast<Perm>(static_cast<std::uint32_t>(first) |
                             static_cast<std::uint32_t>(second));
}

} // namespace

// ---- building -----------------------------------------------------------------------------------

GuestSpace::GuestSpace(kvm::Vm vm, const Layout& layout, Protection protection)
    : layout_(layout), protection_(protection), table_memory_(vm_, system_, slot_tables),
      vm_(std::move(vm))
{
}

Result<std::unique_ptr<GuestSpace>> GuestSpace::create(kvm::Vm vm, const Layout& layout,
                                                       Protection protection)
{
    std::unique_ptr<GuestSpace> space(new GuestSpace(std::move(vm), layout, protection));
    if (auto done = space->build(layout.vcpus); !done) {
        return done.error();
    }
    return space;
}

Status GuestSpace::build(std::uint32_t vcpus)
{
    auto system = SystemMemory::create(vm_, slot_system, vcpus);
    if (!system) {
        return system.error();
    }
    system_ = std::move(*system);
    install_shim(system_);

    auto file = GuestFile::create(layout_.stack_area.size() + layout_.memory.size());
    if (!file) {
        return file.error();
    }
    file_ = std::move(*file);
    stacks_.emplace(vm_, slot_stacks, file_, 0, layout_.stack_area, layout_.stack_slot);
    memory_.emplace(vm_, slot_memory, file_, layout_.stack_area.size(), layout_.memory, page_size);

    tables_.emplace(table_memory_, layout_);
    const Range shim{GLACIS_SHIM_BASE, GLACIS_SHIM_BASE + GLACIS_SHIM_SIZE};
    const Range gate{GLACIS_GATE_BASE, GLACIS_GATE_BASE + GLACIS_GATE_SIZE};
    if (!tables_->add_common(shim, CommonPages::shim_text) ||
        !tables_->add_common(gate, CommonPages::gate) ||
        !tables_->add_common(system_.blocks(), CommonPages::shim_data) ||
        !tables_->open_domain(common_domain)) {
        return no_tables();
    }
    const auto boot = tables_->root(common_domain, no_stack);
    if (!boot) {
        return no_tables();
    }
    boot_root_ = boot->physical;
    return protection_ == Protection::none ? open_baseline() : Status(Done{});
}

/// The unprotected baseline: one root for all, the whole stack area mapped and committed.
Status GuestSpace::open_baseline()
{
    if (auto done = stacks_->commit(layout_.stack_area); !done) {
        return done;
    }
    if (!tables_->set_stack_pages(common_domain, no_stack, layout_.stack_area, Perm::read_write)) {
        return no_tables();
    }
    baseline_root_ = boot_root_;
    return Done{};
}

// ---- domains and roots
// ----------------------------------------------------------------------------

Status GuestSpace::open_domain(DomainId domain)
{
    if (protection_ == Protection::none) {
        return Done{};
    }
    const std::lock_guard guard(tables_mutex_);
    return tables_->open_domain(domain) ? Status(Done{}) : Status(no_tables());
}

void GuestSpace::close_domain(DomainId domain)
{
    if (protection_ == Protection::none) {
        return;
    }
    const std::lock_guard guard(tables_mutex_);
    tables_->close_domain(domain);
    recycle_tables();
}

Result<std::uint64_t> GuestSpace::root(DomainId domain, StackView view,
                                       const StackPagesSource& pages)
{
    if (protection_ == Protection::none) {
        return baseline_root_;
    }
    const std::lock_guard guard(tables_mutex_);
    const auto root = tables_->root(domain, view);
    if (!root) {
        return no_tables();
    }
    if (root->is_new) {
        for (const auto& part : pages()) {
            if (!tables_->set_stack_pages(domain, view, part.pages, part.perm)) {
                return no_tables();
            }
        }
    }
    return root->physical;
}

void GuestSpace::close_window(DomainId domain, StackView view)
{
    if (protection_ == Protection::none) {
        return;
    }
    const std::lock_guard guard(tables_mutex_);
    tables_->close_window(domain, view);
    recycle_tables();
}

bool GuestSpace::fill(DomainId domain, StackView view, std::uint64_t address, Perm perm)
{
    if (protection_ == Protection::none) {
        return true;
    }
    const Range page{page_floor(address), page_floor(address) + page_size};
    const std::lock_guard guard(tables_mutex_);
    if (layout_.stack_area.contains(page)) {
        return tables_->has_root(domain, view) &&
               tables_->set_stack_pages(domain, view, page, perm);
    }
    return layout_.memory.contains(page) && tables_->set_domain_pages(domain, page, perm);
}

/// Pages of tables that were given up may be used again once KVM has forgotten what it read from
/// them. Holds tables_mutex_.
void GuestSpace::recycle_tables()
{
    if (tables_->given_up() >= recycle_threshold && drop_shadow_state()) {
        tables_->recycle();
    }
}

/// Deleting any slot makes KVM drop all of its shadow pages (KVM_X86_QUIRK_SLOT_ZAP_ALL, the
/// default). The slot is one page at an address that no table maps: the last one that tables could
/// have, which no chunk of them reaches.
Status GuestSpace::drop_shadow_state()
{
    constexpr std::uint64_t unused_address =
        GLACIS_TABLES_BASE + GLACIS_TABLES_SIZE - GLACIS_PAGE_SIZE;
    static_assert(unused_address >= GuestTableMemory::end_of_chunks);
    if (auto done = vm_.set_memory(slot_scratch, unused_address, GLACIS_PAGE_SIZE,
                                   system_.at(GLACIS_SHIM_BASE), 0);
        !done) {
        return done;
    }
    return vm_.set_memory(slot_scratch, unused_address, 0, system_.at(GLACIS_SHIM_BASE), 0);
}

// ---- effects
// --------------------------------------------------------------------------------------

GuestArea* GuestSpace::area_of(Range pages)
{
    return const_cast<GuestArea*>(std::as_const(*this).area_of(pages));
}

const GuestArea* GuestSpace::area_of(Range pages) const
{
    if (layout_.stack_area.contains(pages)) {
        return &*stacks_;
    }
    return layout_.memory.contains(pages) ? &*memory_ : nullptr;
}

PlanOutcome GuestSpace::perform(const std::vector<Effect>& effects)
{
    PlanOutcome result;
    for (const Effect& effect : effects) {
        if (between_) {
            between_();
        }
        if (const auto failure = perform_one(effect)) {
            result.failed = true;
            result.failure = *failure;
            return result;
        }
        ++result.done;
    }
    return result;
}

std::optional<EffectFailure> GuestSpace::perform_one(const Effect& effect)
{
    const bool is_baseline = protection_ == Protection::none;
    if (const auto* commit = std::get_if<Commit>(&effect)) {
        GuestArea* area = area_of(commit->pages);
        assert(area != nullptr);
        return is_baseline && area == &*stacks_ ? std::nullopt
                                                : outcome(area->commit(commit->pages));
    }
    if (const auto* released = std::get_if<Release>(&effect)) {
        return release(released->pages);
    }
    if (const auto* flush = std::get_if<Flush>(&effect)) {
        GuestArea* area = area_of(flush->pages);
        assert(area != nullptr);
        return is_baseline ? std::nullopt : outcome(area->flush(flush->pages));
    }
    const std::lock_guard guard(tables_mutex_);
    if (const auto* set = std::get_if<SetDomainPages>(&effect)) {
        if (!is_baseline) {
            return table_outcome(tables_->set_domain_pages(set->domain, set->pages, set->perm));
        }
        // Everybody may do what anybody may, and nothing is ever taken back.
        const auto known = tables_->walk(baseline_root_, set->pages.begin);
        const Perm perm = known ? both(known->perm, set->perm) : set->perm;
        return table_outcome(perm == Perm::none ||
                             tables_->set_domain_pages(common_domain, set->pages, perm));
    }
    if (is_baseline) {
        return std::nullopt;
    }
    if (const auto* stack_pages = std::get_if<SetStackPages>(&effect)) {
        return table_outcome(tables_->change_stack_pages(stack_pages->domain, stack_pages->stack,
                                                         stack_pages->pages, stack_pages->perm));
    }
    if (const auto* drop = std::get_if<DropStackPages>(&effect)) {
        tables_->drop_stack_pages(drop->domain, drop->pages);
        return std::nullopt;
    }
    if (const auto* close = std::get_if<CloseRoot>(&effect)) {
        tables_->close_root(close->domain, close->stack);
        recycle_tables();
        return std::nullopt;
    }
    assert(false);
    return EffectFailure::host_failed;
}

std::optional<EffectFailure> GuestSpace::release(Range pages)
{
    GuestArea* area = area_of(pages);
    assert(area != nullptr);
    if (protection_ == Protection::none && area == &*stacks_) {
        return std::nullopt; // a freed stack stays mapped and keeps its content
    }
    const Status done = area->release(pages);
    if (!done) {
        const std::lock_guard guard(broken_mutex_);
        broken_ = done.error();
    }
    return std::nullopt;
}

std::optional<HostError> GuestSpace::broken() const
{
    const std::lock_guard guard(broken_mutex_);
    return broken_;
}

// ---- content
// --------------------------------------------------------------------------------------

const std::uint8_t* GuestSpace::own(std::uint64_t address, std::uint64_t size) const
{
    const std::uint64_t end = address + size;
    if (end < address) {
        return nullptr;
    }
    const GuestArea* area = area_of({address, end});
    return area != nullptr ? area->own(address) : nullptr;
}

std::uint8_t* GuestSpace::own_to_write(std::uint64_t address, std::uint64_t size)
{
    if (own(address, size) == nullptr) {
        return nullptr;
    }
    GuestArea* area = area_of({address, address + size});
    area->will_write({address, address + size});
    return area->own(address);
}

Status GuestSpace::write(std::uint64_t address, std::span<const std::byte> bytes)
{
    GuestArea* area = area_of({address, address + bytes.size()});
    assert(area != nullptr);
    return area->write(address, bytes);
}

void GuestSpace::populate(Range pages)
{
    GuestArea* area = area_of(pages);
    assert(area != nullptr);
    area->populate(pages);
}

bool GuestSpace::copy_in(std::uint64_t address, std::span<std::uint8_t> to) const
{
    const std::uint8_t* from = own(address, to.size());
    if (from == nullptr) {
        return false;
    }
    std::memcpy(to.data(), from, to.size());
    return true;
}

bool GuestSpace::copy_out(std::uint64_t address, std::span<const std::uint8_t> from)
{
    std::uint8_t* to = own_to_write(address, from.size());
    if (to == nullptr) {
        return false;
    }
    std::memcpy(to, from.data(), from.size());
    return true;
}

bool GuestSpace::peek(std::uint64_t address, std::span<std::uint8_t> to) const
{
    if (address >= GLACIS_GATE_BASE && address + to.size() <= GLACIS_GATE_BASE + GLACIS_GATE_SIZE) {
        std::memcpy(to.data(), system_.at(address), to.size());
        return true;
    }
    const GuestArea* area =
        own(address, to.size()) == nullptr ? nullptr : area_of({address, address + to.size()});
    return area != nullptr && area->peek(address, to.data(), to.size());
}

void GuestSpace::scrub(Range pages)
{
    GuestArea* area = area_of(pages);
    assert(area != nullptr);
    area->scrub(pages);
}

bool GuestSpace::is_mapped(std::uint64_t address, std::uint64_t size, Perm want) const
{
    assert(protection_ == Protection::none);
    if (size == 0 || address + size < address || own(address, size) == nullptr) {
        return false;
    }
    const std::lock_guard guard(tables_mutex_);
    for (std::uint64_t page = page_floor(address); page < address + size; page += page_size) {
        const auto translation = tables_->walk(baseline_root_, page);
        if (!translation || !translation->is_user || !allows(translation->perm, want)) {
            return false;
        }
    }
    return true;
}

std::uint32_t GuestSpace::load(std::uint64_t address) const
{
    const GuestArea* area = area_of({address, address + sizeof(std::uint32_t)});
    assert(area != nullptr);
    auto* word = reinterpret_cast<std::uint32_t*>(area->own(address));
    return std::atomic_ref<std::uint32_t>(*word).load();
}

std::uint64_t GuestSpace::touched_below_top(Range pages) const
{
    const GuestArea* area = area_of(pages);
    assert(area != nullptr);
    return area->touched_below_top(pages);
}

std::uint64_t GuestSpace::table_pages() const
{
    const std::lock_guard guard(tables_mutex_);
    return tables_->pages_in_use();
}

std::optional<Translation> GuestSpace::walk(std::uint64_t root, std::uint64_t address) const
{
    const std::lock_guard guard(tables_mutex_);
    return tables_->walk(root, address);
}

} // namespace glacis
