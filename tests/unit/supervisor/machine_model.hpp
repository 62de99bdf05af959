// A machine that effects are applied to: stage 2, tables, and the translations that vCPUs may still
// hold.
//
// It knows nothing of the supervisor but its effects. What no sequence of effects may ever do to a
// machine is recorded as an error; consistency with the supervisor's record is compared from
// outside.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <glacis/supervisor/supervisor.hpp>

namespace glacis::supervisor::test {

class MachineModel : public GuestWords {
public:
    explicit MachineModel(const Layout& layout) : layout_(layout) {}

    void apply(const Effect& effect);

    /// As the VMM does when a stack becomes active, or a part of it is called on, for the first
    /// time.
    void build_root(DomainId domain, StackView view,
                    const std::vector<Supervisor::StackPages>& pages);
    [[nodiscard]] bool has_root(DomainId domain, StackView view) const;
    /// As the VMM does when a thread touches a page of a stack that its root lacks.
    void fill(DomainId domain, StackView view, std::uint64_t address, Perm perm);
    /// As the VMM does when a domain is quiescent.
    void drop_domain(DomainId domain);

    /// A guest's store.
    void write(std::uint64_t address, std::uint32_t value);
    [[nodiscard]] std::uint32_t load(std::uint64_t address) const override;
    [[nodiscard]] std::uint64_t touched_below_top(Range pages) const override;

    [[nodiscard]] bool is_committed(std::uint64_t address) const;
    [[nodiscard]] std::size_t committed_pages() const;
    /// What the tables allow now.
    [[nodiscard]] Perm in_tables(DomainId domain, std::uint64_t address) const;
    [[nodiscard]] Perm in_tables(DomainId domain, StackView view, std::uint64_t address) const;
    /// First page that the tables, or a translation that was not flushed, open to `domain` although
    /// the supervisor's record does not; pages that a plan works on left out. Empty: none.
    [[nodiscard]] std::string find_excess(const Supervisor& supervisor) const;
    /// First difference between machine and record when no plan is in progress.
    [[nodiscard]] std::string find_difference(const Supervisor& supervisor) const;

    /// What must never happen and did.
    [[nodiscard]] std::string error() const;

private:
    /// Tables of a domain (the view of stack-ID 0), or those of one root alone.
    using View = std::pair<DomainId, StackView>;
    using Rights = std::map<std::uint64_t, Perm>; ///< by page

    void perform(const Commit& effect);
    void perform(const Release& effect);
    void perform(const SetDomainPages& effect);
    void perform(const SetStackPages& effect);
    void perform(const DropStackPages& effect);
    void perform(const CloseRoot& effect);
    void perform(const Flush& effect);
    /// All roots of a domain, or those on one stack, as keys of tables_.
    [[nodiscard]] std::vector<View> roots_of(DomainId domain) const;
    [[nodiscard]] std::vector<View> roots_on(DomainId domain, StackId stack) const;
    void set(const View& view, std::uint64_t page, Perm perm);
    void flush(const Range& pages);
    void complain(const std::string& what, std::uint64_t address);

    Layout layout_;
    mutable std::mutex mutex_;
    std::set<std::uint64_t> committed_;
    std::set<std::uint64_t> touched_; ///< hold something else than zero
    std::unordered_map<std::uint64_t, std::uint32_t> words_;
    std::map<View, Rights> tables_;
    std::map<View, Rights> stale_; ///< removed from tables, not flushed yet
    std::string error_;
};

} // namespace glacis::supervisor::test
