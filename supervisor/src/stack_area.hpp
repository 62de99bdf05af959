// The stack area: slots, the stacks in them, and where each stack is active.
//
//   slot.begin = stack-ID                                            slot.end = top
//   | guard, never committed | free up to the limit | committed, in use downwards |
//
// A slot's way: unused -> claimed -> live -> freeing -> freed -> claimed ...  It is in the index of
// free slots only while unused or freed. tests/model/stacks.pml goes through all orders in which
// two vCPUs can take it along that way.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <glacis/abi/status.h>
#include <glacis/supervisor/types.hpp>

#include "permission.hpp"
#include "range_map.hpp"
#include "slot_index.hpp"

namespace glacis::supervisor {

using SlotNumber = std::uint32_t;

/// No thread: handles are never 0.
constexpr ThreadId no_thread{};

struct Stack {
    enum class State : std::uint8_t {
        unused,  ///< never held a stack
        claimed, ///< an allocation is in progress: nobody else sees the slot
        live,
        freeing, ///< on its way out: nobody may use it any more
        freed,   ///< held a stack, holds none now
    };
    State state = State::unused;
    bool was_live = false;    ///< held a stack before the present claim
    bool is_changing = false; ///< live, and a plan in progress grows it or sets its permissions
    bool is_orphan = false;   ///< to be released once it is not changing any more
    DomainId creator{};
    DomainId manager{};
    DomainId last_creator{}; ///< of the stack that was freed here last
    /// Of last_creator's place, set before give_back(): another domain may be there by now.
    std::uint32_t last_generation = 0;
    std::uint64_t committed = 0;
    std::uint64_t limit = 0;
    std::uint64_t peak = 0; ///< bytes touched before pages were scrubbed; the pages know the rest
    VcpuId active_on = no_vcpu;
    ThreadId thread = no_thread; ///< whose home or current stack this is
    /// What each domain may do with committed pages. As long as the creator has no entry it may
    /// read and write all of them.
    std::map<DomainId, RangeMap<Perm>> permissions;
    /// Domains that were called on this stack: they may have roots for parts of it.
    std::set<DomainId> visitors;
    std::uint64_t charged_grants =
        0; ///< those of others, as far as the creator is charged for them

    /// Entries in the record of others' rights on it: one for each domain and each stretch of pages
    /// with one permission.
    [[nodiscard]] std::uint64_t grants() const;
};

class StackArea {
public:
    explicit StackArea(const Layout& layout);

    [[nodiscard]] SlotNumber size() const { return size_; }
    [[nodiscard]] Stack& operator[](SlotNumber slot);
    [[nodiscard]] const Stack& operator[](SlotNumber slot) const;

    [[nodiscard]] bool contains(std::uint64_t address) const { return area_.contains(address); }
    /// Precondition: contains(address).
    [[nodiscard]] SlotNumber slot_at(std::uint64_t address) const;
    /// The slot that begins at `stack`; nothing for any other address.
    [[nodiscard]] std::optional<SlotNumber> find_slot(std::uint64_t stack) const;
    /// As find_slot, if a stack is there that has been published; it may be on its way out.
    [[nodiscard]] std::optional<SlotNumber> find_stack(std::uint64_t stack) const;
    [[nodiscard]] StackId id(SlotNumber slot) const;
    [[nodiscard]] Range range(SlotNumber slot) const;
    [[nodiscard]] Range committed(SlotNumber slot) const;
    /// The most that a stack's limit can be.
    [[nodiscard]] std::uint64_t largest() const { return slot_size_ - guard_; }
    [[nodiscard]] std::uint64_t slot_size() const { return slot_size_; }

    [[nodiscard]] Part part_of(SlotNumber slot) const
    {
        return slot < described_ ? Part::described : Part::managers;
    }
    [[nodiscard]] bool is_free(SlotNumber slot) const;
    [[nodiscard]] std::optional<SlotNumber> lowest_free(Part part) const;
    [[nodiscard]] std::size_t search_depth() const { return free_.depth(); }

    struct Claim {
        DomainId creator{};
        DomainId manager{};
        std::uint64_t committed = 0;
        std::uint64_t limit = 0;
    };
    /// Precondition: is_free(slot). In the same step nobody else can find it any more (promise G1).
    void claim(SlotNumber slot, const Claim& claim);
    /// claimed -> live.
    void publish(SlotNumber slot);
    /// claimed or freeing -> free. The slot may be given out again at once.
    void give_back(SlotNumber slot);

    /// Whether code of `domain` may make the stack active for `thread` on `vcpu`, and does it. The
    /// one way in which a stack becomes active (promise G6): NOT_PERMITTED, IN_USE. A stack being
    /// worked on goes on being the active one of its thread, but gets no new thread.
    pd_status activate(SlotNumber slot, DomainId domain, ThreadId thread, VcpuId vcpu);
    void deactivate(SlotNumber slot);

    /// What `domain` may do from `address` on; for its creator when running on the stack. Nothing
    /// outside committed pages of a live stack. Precondition: contains(address).
    [[nodiscard]] PermissionRun permission(DomainId domain, std::uint64_t address) const;
    /// Precondition: committed pages of this stack.
    void set_permission(SlotNumber slot, DomainId domain, const Range& pages, Perm perm);
    /// Whether anybody but the creator may reach pages of this range by a grant.
    [[nodiscard]] bool is_granted(SlotNumber slot, const Range& pages) const;
    /// How many grants there will be after the changes.
    [[nodiscard]] std::uint64_t grants_after(SlotNumber slot,
                                             const std::vector<PermissionChange>& changes) const;
    /// Domains with an entry of their own: all that have any permission, the creator perhaps
    /// missing.
    [[nodiscard]] std::set<DomainId> domains_with_permission(SlotNumber slot) const;

private:
    Range area_;
    std::uint64_t slot_size_;
    std::uint64_t guard_;
    SlotNumber size_;
    SlotNumber described_; ///< slots; the default manager's follow
    /// By slot, as far as any was ever asked for: slots are taken from the lowest on, so that a
    /// copy of the area costs what is used of it. References stay good.
    std::deque<Stack> stacks_;
    std::deque<Stack> managers_; ///< the default manager's
    SlotIndex free_;             ///< of the described ones
    SlotIndex managers_free_;
};

} // namespace glacis::supervisor
