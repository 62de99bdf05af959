#include "machine_model.hpp"

#include <sstream>

namespace glacis::supervisor::test {
namespace {

[[nodiscard]] Perm join(Perm a, Perm b)
{
    return static_cast<Perm>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

[[nodiscard]] std::string at(const std::string& what, std::uint64_t address)
{
    std::ostringstream text;
    text << what << " at 0x" << std::hex << address;
    return text.str();
}

[[nodiscard]] std::string name(const std::pair<DomainId, StackView>& root)
{
    std::ostringstream text;
    text << "those of domain " << static_cast<std::uint32_t>(root.first) << std::hex
         << " for stack 0x" << static_cast<std::uint64_t>(root.second.stack) << " up to 0x"
         << root.second.end << std::dec << " in call " << root.second.depth;
    return text.str();
}

template <class Visit> void for_each_page(const Range& pages, Visit visit)
{
    for (std::uint64_t page = pages.begin; page < pages.end; page += page_size) {
        visit(page);
    }
}

} // namespace

void MachineModel::apply(const Effect& effect)
{
    const std::lock_guard lock(mutex_);
    std::visit([this](const auto& it) { perform(it); }, effect);
}

void MachineModel::perform(const Commit& effect)
{
    for_each_page(effect.pages, [this](std::uint64_t page) {
        if (!committed_.insert(page).second) {
            complain("G1: a page was committed twice", page);
        }
        if (touched_.contains(page)) {
            complain("G12: a page with old content was given out", page);
        }
        const Range& area = layout_.stack_area;
        if (area.contains(page) && page % layout_.stack_slot < layout_.stack_guard) {
            complain("G4: a guard was committed", page);
        }
    });
}

void MachineModel::perform(const Release& effect)
{
    for_each_page(effect.pages, [this](std::uint64_t page) {
        if (committed_.erase(page) == 0) {
            complain("G2: a page was released that was not committed", page);
        }
        for (const auto& [view, rights] : tables_) {
            if (rights.contains(page)) {
                complain("G2: a page was released while tables still had it, " + name(view), page);
            }
        }
        touched_.erase(page);
    });
    std::erase_if(words_, [&](const auto& word) { return effect.pages.contains(word.first); });
    flush(effect.pages);
}

void MachineModel::perform(const SetDomainPages& effect)
{
    for_each_page(effect.pages, [&](std::uint64_t page) {
        if (!layout_.memory.contains(page)) {
            complain("a domain was given a page outside of domain memory", page);
        }
        set({effect.domain, StackId{0}}, page, effect.perm);
    });
}

std::vector<MachineModel::View> MachineModel::roots_of(DomainId domain) const
{
    std::vector<View> roots;
    for (const auto& entry : tables_) {
        if (entry.first.first == domain && entry.first.second.stack != StackId{0}) {
            roots.push_back(entry.first);
        }
    }
    return roots;
}

std::vector<MachineModel::View> MachineModel::roots_on(DomainId domain, StackId stack) const
{
    std::vector<View> roots = roots_of(domain);
    std::erase_if(roots, [stack](const View& view) { return view.second.stack != stack; });
    return roots;
}

/// For the root of the whole stack. Those of its parts lose the pages and are filled in on demand.
void MachineModel::perform(const SetStackPages& effect)
{
    for (const View& view : roots_on(effect.domain, effect.stack)) {
        const Perm perm = view.second.is_whole() ? effect.perm : Perm::none;
        for_each_page(effect.pages, [&](std::uint64_t page) {
            const std::uint64_t slot = page / layout_.stack_slot * layout_.stack_slot;
            if (StackId{slot} != effect.stack) {
                complain("a stack's root was given pages of another as its own", page);
            }
            set(view, page, perm);
        });
    }
}

void MachineModel::perform(const DropStackPages& effect)
{
    for (const View& view : roots_of(effect.domain)) {
        for_each_page(effect.pages, [&](std::uint64_t page) { set(view, page, Perm::none); });
    }
}

void MachineModel::perform(const CloseRoot& effect)
{
    for (const View& view : roots_on(effect.domain, effect.stack)) {
        const Rights rights = tables_.at(view);
        for (const auto& right : rights) {
            set(view, right.first, Perm::none);
        }
        tables_.erase(view);
    }
}

void MachineModel::perform(const Flush& effect)
{
    flush(effect.pages);
}

void MachineModel::set(const View& view, std::uint64_t page, Perm perm)
{
    Rights& rights = tables_[view];
    const auto old = rights.find(page);
    if (old != rights.end()) {
        if (!allows(perm, old->second)) {
            Perm& stale = stale_[view][page];
            stale = join(stale, old->second);
        }
        rights.erase(old);
    }
    if (perm == Perm::none) {
        return;
    }
    if (!committed_.contains(page)) {
        complain("a page entered tables before it was committed", page);
    }
    rights.emplace(page, perm);
}

void MachineModel::flush(const Range& pages)
{
    for (auto& [view, rights] : stale_) {
        rights.erase(rights.lower_bound(pages.begin), rights.lower_bound(pages.end));
    }
}

void MachineModel::build_root(DomainId domain, StackView stack_view,
                              const std::vector<Supervisor::StackPages>& pages)
{
    const std::lock_guard lock(mutex_);
    const View view{domain, stack_view};
    if (tables_.contains(view)) {
        return;
    }
    tables_.try_emplace(view);
    for (const Supervisor::StackPages& part : pages) {
        for_each_page(part.pages, [&](std::uint64_t page) { set(view, page, part.perm); });
    }
}

bool MachineModel::has_root(DomainId domain, StackView view) const
{
    const std::lock_guard lock(mutex_);
    return tables_.contains({domain, view});
}

void MachineModel::fill(DomainId domain, StackView view, std::uint64_t address, Perm perm)
{
    const std::lock_guard lock(mutex_);
    set({domain, view}, page_floor(address), perm);
}

void MachineModel::drop_domain(DomainId domain)
{
    const std::lock_guard lock(mutex_);
    std::erase_if(tables_, [&](const auto& entry) { return entry.first.first == domain; });
    std::erase_if(stale_, [&](const auto& entry) { return entry.first.first == domain; });
}

void MachineModel::write(std::uint64_t address, std::uint32_t value)
{
    const std::lock_guard lock(mutex_);
    words_[address] = value;
    touched_.insert(page_floor(address));
}

std::uint32_t MachineModel::load(std::uint64_t address) const
{
    const std::lock_guard lock(mutex_);
    const auto word = words_.find(address);
    return word == words_.end() ? 0 : word->second;
}

std::uint64_t MachineModel::touched_below_top(Range pages) const
{
    const std::lock_guard lock(mutex_);
    const auto lowest = touched_.lower_bound(pages.begin);
    return lowest == touched_.end() || *lowest >= pages.end ? 0 : pages.end - *lowest;
}

bool MachineModel::is_committed(std::uint64_t address) const
{
    const std::lock_guard lock(mutex_);
    return committed_.contains(page_floor(address));
}

std::size_t MachineModel::committed_pages() const
{
    const std::lock_guard lock(mutex_);
    return committed_.size();
}

Perm MachineModel::in_tables(DomainId domain, std::uint64_t address) const
{
    return in_tables(domain, StackId{0}, address);
}

Perm MachineModel::in_tables(DomainId domain, StackView view, std::uint64_t address) const
{
    const std::lock_guard lock(mutex_);
    const auto table = tables_.find({domain, view});
    if (table == tables_.end()) {
        return Perm::none;
    }
    const auto right = table->second.find(page_floor(address));
    return right == table->second.end() ? Perm::none : right->second;
}

std::string MachineModel::find_excess(const Supervisor& supervisor) const
{
    const std::lock_guard lock(mutex_);
    for (const auto* opened : {&tables_, &stale_}) {
        for (const auto& [view, rights] : *opened) {
            // Nothing of a domain runs any more when it has been stopped and is quiescent.
            if (supervisor.state(view.first) != DomainState::running) {
                continue;
            }
            for (const auto& [page, perm] : rights) {
                const Perm allowed = supervisor.permission(view.first, view.second, page);
                if (!allows(allowed, perm) && !supervisor.is_changing(page)) {
                    return at(opened == &tables_ ? "G8: tables allow more than the record"
                                                 : "G8: an old translation was not flushed",
                              page);
                }
            }
        }
    }
    return "";
}

std::string MachineModel::find_difference(const Supervisor& supervisor) const
{
    if (std::string excess = find_excess(supervisor); !excess.empty()) {
        return excess;
    }
    std::size_t expected = 0;
    for (std::uint64_t base = layout_.stack_area.begin; base < layout_.stack_area.end;
         base += layout_.stack_slot) {
        const SlotFacts slot = supervisor.facts(supervisor_domain, base).slot;
        const Range pages =
            slot.state == SlotFacts::State::live ? slot.committed : Range{base, base};
        expected += pages.size() / page_size;
        for (std::uint64_t page = pages.begin; page < pages.end; page += page_size) {
            if (!is_committed(page)) {
                return at("G4: a stack's page is not in stage 2", page);
            }
        }
    }
    for (std::uint64_t page = layout_.memory.begin; page < layout_.memory.end; page += page_size) {
        const bool is_allocated = supervisor.facts(supervisor_domain, page).memory.is_allocated;
        expected += is_allocated ? 1 : 0;
        if (is_allocated != is_committed(page)) {
            return at("G4: stage 2 and the record differ", page);
        }
        for (std::uint32_t number = 0; number < supervisor.domain_count(); ++number) {
            const DomainId domain{number};
            if (supervisor.state(domain) == DomainState::running &&
                in_tables(domain, page) != supervisor.permission(domain, StackId{0}, page)) {
                return at("G3: a domain's tables differ from the record", page);
            }
        }
    }
    return expected == committed_pages() ? "" : "G4: stage 2 holds pages that no record has";
}

std::string MachineModel::error() const
{
    const std::lock_guard lock(mutex_);
    return error_;
}

void MachineModel::complain(const std::string& what, std::uint64_t address)
{
    if (error_.empty()) {
        error_ = at(what, address);
    }
}

} // namespace glacis::supervisor::test
