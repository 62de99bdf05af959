#include "invariants.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace glacis::supervisor {
namespace {

/// What a domain must be charged for, counted from what is there.
struct Count {
    std::uint64_t memory = 0;
    std::uint64_t stacks = 0;
    std::uint64_t stack_bytes = 0;
    std::uint64_t threads = 0;
    std::uint64_t memory_grants = 0;
    std::uint64_t stack_grants = 0;
    std::uint64_t promised_grants = 0;
    std::uint64_t live_threads = 0;
    std::uint64_t running_threads = 0;
    std::uint64_t plans = 0;
};

/// Stacks and pages that plans in progress work on: each has exactly one.
struct Worked {
    std::map<SlotNumber, const Operation*> stacks;
    RangeMap<const Operation*> memory;
    bool is_disjoint = true;

    void add(SlotNumber slot, const Operation& operation)
    {
        is_disjoint = stacks.emplace(slot, &operation).second && is_disjoint;
    }
    void add(const Range& pages, const Operation& operation)
    {
        const auto other = memory.at_or_above(pages.begin);
        if (other != memory.entries().end() && other->first < pages.end) {
            is_disjoint = false;
            return;
        }
        memory.insert(pages, &operation);
    }
};

struct CollectWork {
    Worked& worked;
    const Operation& operation;

    void operator()(const StackAllocation& it) { worked.add(it.slot, operation); }
    void operator()(const StackGrowth& it) { worked.add(it.slot, operation); }
    void operator()(const StackRelease& it) { worked.add(it.slot, operation); }
    void operator()(const StackPermissions& it) { worked.add(it.slot, operation); }
    void operator()(const MemoryAllocation& it) { worked.add(it.pages, operation); }
    void operator()(const MemoryRelease& it) { worked.add(it.pages, operation); }
    void operator()(const MemoryPermissions& it) { worked.add(it.pages, operation); }
    void operator()(const DomainRelease& it)
    {
        for (const SlotNumber slot : it.slots) {
            worked.add(slot, operation);
        }
        for (const Range& pages : it.memory) {
            worked.add(pages, operation);
        }
    }
};

class Checker {
public:
    explicit Checker(const Core& core) : core_(core), counts_(core.domains.size()) {}

    std::string run()
    {
        check_plans();
        for (SlotNumber slot = 0; slot < core_.stacks.size(); ++slot) {
            check_stack(slot);
        }
        check_memory();
        check_threads();
        check_vcpus();
        check_faults();
        check_domains();
        check_groups();
        if (broken_.empty()) {
            broken_ = core_.scheduler.check_invariants();
        }
        return broken_;
    }

private:
    void require(bool holds, const char* invariant)
    {
        if (!holds && broken_.empty()) {
            broken_ = invariant;
        }
    }
    [[nodiscard]] bool is_domain(DomainId domain) const
    {
        return static_cast<std::uint32_t>(domain) < core_.domains.size();
    }
    [[nodiscard]] Count& count(DomainId domain)
    {
        return counts_[static_cast<std::uint32_t>(domain)];
    }

    void check_plans();
    void check_stack(SlotNumber slot);
    void check_stack_state(SlotNumber slot);
    void check_stack_permissions(SlotNumber slot);
    void check_stack_user(SlotNumber slot);
    void check_memory();
    void check_region(const Range& pages, const Region& region);
    void check_threads();
    void check_thread(ThreadIndex index);
    void check_loan(ThreadIndex index);
    void check_calls(ThreadIndex index);
    void check_vcpus();
    void check_faults();
    void check_domains();
    void check_domain(DomainId id);
    void check_groups();
    void check_lineage(DomainId id);

    const Core& core_;
    std::vector<Count> counts_;
    Worked worked_;
    std::string broken_;
};

void Checker::check_plans()
{
    for (const auto& [ticket, transaction] : core_.in_progress) {
        require(!transaction.steps.empty(), "a plan in progress has nothing to do");
        for (const DomainId domain : transaction.domains) {
            ++count(domain).plans;
        }
        if (transaction.caller) {
            const std::optional<ThreadIndex> thread =
                core_.threads.find(transaction.caller->thread);
            require(thread && core_.threads[*thread].has_plan,
                    "the thread that waits for a plan does not know it");
        }
        std::visit(CollectWork{worked_, transaction.operation}, transaction.operation);
        if (const auto* memory = std::get_if<MemoryPermissions>(&transaction.operation)) {
            if (memory->owner != supervisor_domain) {
                count(memory->owner).promised_grants += memory->promised_grants;
            }
        } else if (const auto* stack = std::get_if<StackPermissions>(&transaction.operation)) {
            count(core_.stacks[stack->slot].creator).promised_grants += stack->promised_grants;
        }
    }
    require(worked_.is_disjoint, "two plans in progress work on the same stack or pages (G1)");
}

void Checker::check_stack(SlotNumber slot)
{
    const Stack& stack = core_.stacks[slot];
    const bool is_free = stack.state == Stack::State::unused || stack.state == Stack::State::freed;
    require(core_.stacks.is_free(slot) == is_free,
            "a slot is in the index of free slots and taken, or neither (G1)");
    if (is_free) {
        require(stack.committed == 0 && stack.thread == no_thread && stack.active_on == no_vcpu &&
                    stack.permissions.empty() && stack.charged_grants == 0,
                "a free slot holds something (G2)");
        require(!worked_.stacks.contains(slot), "a plan in progress works on a free slot (G2)");
        require(stack.was_live == (stack.state == Stack::State::freed),
                "a slot's past does not fit its state");
        return;
    }
    require(is_domain(stack.creator) && is_domain(stack.manager),
            "a stack belongs to no domain (G5)");
    if (!broken_.empty()) {
        return;
    }
    require(core_.part_of(stack.creator) == core_.stacks.part_of(slot),
            "a stack lies among those of the default manager, or one of its among the others'");
    ++count(stack.creator).stacks;
    count(stack.creator).stack_grants += stack.grants();
    require(stack.charged_grants == stack.grants(),
            "a stack's creator is not charged for what others may do with it");
    count(stack.creator).stack_bytes += stack.committed;
    require(core_.domain(stack.creator).stacks.contains(slot),
            "a domain does not know a stack that it created");
    require(stack.committed > 0 && is_page_aligned(stack.committed) &&
                stack.committed <= stack.limit,
            "a stack has more committed than its limit");
    require(stack.limit <= core_.stacks.largest(), "a stack reaches into its guard (G4)");
    check_stack_state(slot);
    check_stack_permissions(slot);
    check_stack_user(slot);
}

void Checker::check_stack_state(SlotNumber slot)
{
    const Stack& stack = core_.stacks[slot];
    const auto work = worked_.stacks.find(slot);
    const Operation* operation = work == worked_.stacks.end() ? nullptr : work->second;
    switch (stack.state) {
    case Stack::State::claimed:
        require(operation != nullptr && std::holds_alternative<StackAllocation>(*operation),
                "a claimed slot has no allocation in progress");
        break;
    case Stack::State::freeing:
        require(operation != nullptr && (std::holds_alternative<StackRelease>(*operation) ||
                                         std::holds_alternative<DomainRelease>(*operation)),
                "a stack on its way out has no release in progress");
        break;
    default:
        require((operation != nullptr) == stack.is_changing,
                "a live stack is marked as changing without a plan, or not with one");
        require(stack.is_changing || !stack.is_orphan, "an orphan stack was not released");
    }
    if (operation == nullptr) {
        return;
    }
    if (const auto* growth = std::get_if<StackGrowth>(operation)) {
        require(growth->committed_before == stack.committed &&
                    growth->committed_after <= stack.limit,
                "a stack grows past its limit (G4)");
        count(stack.creator).stack_bytes += growth->committed_after - growth->committed_before;
    }
}

void Checker::check_stack_permissions(SlotNumber slot)
{
    const Stack& stack = core_.stacks[slot];
    const Range committed = core_.stacks.committed(slot);
    for (const auto& [domain, permissions] : stack.permissions) {
        require(is_domain(domain), "a stack is granted to no domain");
        require(domain == stack.creator || !permissions.empty(), "a grant without pages was kept");
        std::uint64_t last = 0;
        for (const auto& [begin, entry] : permissions.entries()) {
            require(last <= begin && begin < entry.end && is_page_aligned(begin) &&
                        is_page_aligned(entry.end),
                    "permissions of a stack overlap");
            require(committed.contains(Range{begin, entry.end}),
                    "permissions of a stack lie outside what is committed (G4)");
            require(entry.value == Perm::read || entry.value == Perm::read_write,
                    "a stack is executable, or a missing permission was kept");
            last = entry.end;
        }
    }
}

void Checker::check_stack_user(SlotNumber slot)
{
    const Stack& stack = core_.stacks[slot];
    if (stack.thread == no_thread) {
        require(stack.active_on == no_vcpu, "a stack is active without a thread (G6)");
        return;
    }
    require(stack.state == Stack::State::live, "a thread uses a stack that is not live (G2)");
    const std::optional<ThreadIndex> index = core_.threads.find(stack.thread);
    require(index.has_value(), "a stack belongs to a thread that is gone");
    if (!index) {
        return;
    }
    const Thread& thread = core_.threads[*index];
    require(thread.home == slot || thread.current == slot,
            "a stack belongs to a thread that uses another");
    require(thread.domain == stack.creator || thread.domain == stack.manager,
            "a thread uses a stack that its domain neither created nor manages (G6)");
    const VcpuId expected = thread.current == slot ? thread.vcpu : no_vcpu;
    require(stack.active_on == expected, "a stack is active where its thread does not run (G6)");
}

void Checker::check_memory()
{
    std::uint64_t last = core_.layout.memory.begin;
    std::uint64_t total = 0;
    for (const auto& [begin, entry] : core_.memory.regions().entries()) {
        require(last <= begin && begin < entry.end && is_page_aligned(begin) &&
                    is_page_aligned(entry.end) && entry.end <= core_.layout.memory.end,
                "regions of memory overlap");
        total += entry.end - begin;
        last = entry.end;
        check_region({begin, entry.end}, entry.value);
    }
    for (const Part part : {Part::described, Part::managers}) {
        std::uint64_t last_free = 0;
        for (const auto& [begin, end] : core_.memory.free_ranges(part).ranges()) {
            require(last_free < begin || last_free == 0,
                    "neighbouring free ranges were not joined");
            require(core_.part_at(begin) == part && core_.part_at(end - 1) == part,
                    "memory is free for the wrong domains");
            const auto region = core_.memory.regions().at_or_above(begin);
            require(region == core_.memory.regions().entries().end() || region->first >= end,
                    "memory is free and allocated");
            total += end - begin;
            last_free = end;
        }
    }
    require(total == core_.layout.memory.size(), "pages of memory were lost");
}

void Checker::check_region(const Range& pages, const Region& region)
{
    require(region.owner == supervisor_domain || is_domain(region.owner),
            "memory belongs to no domain");
    if (!broken_.empty()) {
        return;
    }
    require(core_.part_at(pages.begin) == core_.part_of(region.owner),
            "memory lies in the default manager's part, or is its and lies elsewhere");
    if (region.owner != supervisor_domain) {
        count(region.owner).memory += pages.size();
        count(region.owner).memory_grants += region.grants();
    }
    std::optional<DomainId> previous;
    for (const auto& [domain, perm] : region.permissions) {
        require(is_domain(domain) && perm != Perm::none &&
                    decode_perm(static_cast<std::uint64_t>(perm)).has_value(),
                "a permission on memory is none or both writable and executable");
        if (!is_domain(domain)) {
            return;
        }
        require(!previous || *previous < domain, "permissions on memory are out of order");
        previous = domain;
        const Domain::State state = core_.domain(domain).state;
        require(region.owner == domain || state == Domain::State::running ||
                    state == Domain::State::stopping,
                "a domain that is gone has a permission");
    }
    const auto work = worked_.memory.at_or_above(pages.begin);
    const bool is_worked_on = work != worked_.memory.entries().end() && work->first <= pages.begin;
    require(is_worked_on == (region.state != Region::State::live),
            "memory is marked as changing without a plan, or not with one");
}

void Checker::check_threads()
{
    std::set<std::pair<Part, std::uint64_t>> numbers;
    for (ThreadIndex index = 0; index < core_.threads.size(); ++index) {
        if (core_.threads[index].state != Thread::State::none) {
            const Thread& thread = core_.threads[index];
            require(numbers.emplace(core_.part_of(thread.domain), thread.number).second,
                    "two threads have the same number");
            check_thread(index);
        }
    }
}

void Checker::check_thread(ThreadIndex index)
{
    const Thread& thread = core_.threads[index];
    require(is_domain(thread.domain) && core_.domain(thread.domain).threads.contains(index),
            "a domain does not know a thread of its own");
    if (!broken_.empty()) {
        return;
    }
    Count& its_domain = count(thread.domain);
    ++its_domain.threads;
    if (thread.joiner != no_index) {
        const Thread& joiner = core_.threads[thread.joiner];
        require(joiner.state == Thread::State::asleep && joiner.joins == index &&
                    joiner.here() == thread.domain,
                "a thread is joined by one that does not wait for it");
    }
    if (thread.state == Thread::State::ended) {
        require(!thread.is_detached && thread.joiner == no_index && thread.vcpu == no_vcpu,
                "an ended thread was kept though nobody can join it");
        return;
    }
    require(thread.fault == 0 || core_.faults.contains(thread.fault),
            "a thread has a fault that nobody knows");
    ++its_domain.live_threads;
    check_calls(index);
    check_loan(index);
    const ThreadId id = core_.threads.id(index);
    require(core_.stacks[thread.home].thread == id && core_.stacks[thread.current].thread == id,
            "a thread's stack does not belong to it");
    const bool is_running = thread.state == Thread::State::running;
    require(is_running == (thread.vcpu != no_vcpu), "a thread runs on no vCPU");
    require(is_running || !thread.has_plan, "a thread left its vCPU with a plan in progress");
    if (is_running) {
        ++its_domain.running_threads;
        require(core_.on_vcpu[static_cast<std::uint32_t>(thread.vcpu)] == index,
                "a vCPU does not know its thread");
    } else {
        require(core_.can_go_on(index), "a thread that may not go on waits to run");
    }
}

void Checker::check_loan(ThreadIndex index)
{
    using State = Thread::State;
    const Thread& thread = core_.threads[index];
    require(thread.manager == core_.domain(thread.domain).manager.value_or(no_domain),
            "a thread has another manager than its domain");
    require((thread.state == State::lending) == (thread.runs != no_index) &&
                (thread.runs == no_index || core_.threads[thread.runs].lender == index),
            "a thread has lent its vCPU to nobody");
    if (thread.lender != no_index) {
        const Thread& lender = core_.threads[thread.lender];
        require(lender.state == State::lending && lender.runs == index &&
                    lender.domain == thread.manager,
                "a thread runs in the place of one that does not know it (G6)");
        require(thread.state == State::running || thread.state == State::chosen,
                "a vCPU is lent to a thread that does not use it");
    }
    require((thread.state == State::chosen) == (thread.vcpu_ahead != no_vcpu),
            "a thread that nobody has chosen knows its next vCPU");
    if (thread.state == State::chosen) {
        require(core_.turns[static_cast<std::size_t>(thread.vcpu_ahead)].next == index,
                "a chosen thread was forgotten");
    }
    require(thread.state != State::held || thread.manager != no_domain,
            "a thread without a manager is held by one");
}

void Checker::check_calls(ThreadIndex index)
{
    const Thread& thread = core_.threads[index];
    require(thread.calls.size() <= GLACIS_CALL_DEPTH_MAX, "a thread is in too many calls");
    require(thread.calls.empty() || thread.current == thread.home ||
                core_.stacks[thread.current].thread == core_.threads.id(index),
            "a call runs on a stack that is not its thread's (G6)");
    const Range committed = core_.stacks.committed(thread.current);
    std::uint64_t end = committed.end;
    for (const Activation& call : thread.calls) {
        require(core_.domain(call.domain).visitors.contains(index),
                "a domain does not know who is in a call of it");
        require(committed.begin < call.end && call.end <= end && is_page_aligned(call.end),
                "a callee sees its callers' frames (G9)");
        end = call.end;
    }
    const bool is_serving = core_.domain(thread.domain).serving.contains(index);
    require(is_serving ==
                (thread.state == Thread::State::asleep && thread.waits == Thread::Waits::for_calls),
            "a domain does not know which of its threads serve");
}

void Checker::check_vcpus()
{
    for (std::size_t vcpu = 0; vcpu < core_.on_vcpu.size(); ++vcpu) {
        if (const std::optional<ThreadIndex>& index = core_.on_vcpu[vcpu]) {
            require(static_cast<std::size_t>(core_.threads[*index].vcpu) == vcpu,
                    "a thread does not know its vCPU");
        }
        if (const std::optional<ThreadIndex>& next = core_.turns[vcpu].next) {
            require(static_cast<std::size_t>(core_.threads[*next].vcpu_ahead) == vcpu,
                    "a vCPU will run a thread that was not chosen for it");
        }
    }
}

void Checker::check_domains()
{
    std::uint32_t live = 0;
    for (std::uint32_t domain = 0; domain < core_.domains.size() && broken_.empty(); ++domain) {
        check_domain(DomainId{domain});
        const bool counts = core_.part_of(DomainId{domain}) == Part::described;
        live += counts && core_.domains[domain].state != Domain::State::released ? 1 : 0;
    }
    require(!broken_.empty() || live == core_.live_domains, "live domains are miscounted");
}

void Checker::check_domain(DomainId id)
{
    const Domain& domain = core_.domain(id);
    const Count& counted = count(id);
    require(domain.usage.memory.current == counted.memory &&
                domain.usage.stacks.current == counted.stacks &&
                domain.usage.stack_bytes.current == counted.stack_bytes &&
                domain.usage.threads.current == counted.threads,
            "what a domain is charged for is not what it holds");
    require(core_.memory.grants(id) == counted.memory_grants &&
                domain.stack_grants == counted.stack_grants &&
                domain.promised_grants == counted.promised_grants,
            "the grants a domain is charged for are not those in the record");
    std::uint64_t owned = 0;
    for (const Range& pages : core_.memory.owned_by(id)) {
        owned += pages.size();
    }
    require(owned == counted.memory, "what a domain owns is not what it is known to own");
    require(domain.stacks.size() == counted.stacks && domain.threads.size() == counted.threads,
            "a domain knows stacks or threads that are not its own");
    require(domain.live_threads == counted.live_threads &&
                domain.running_threads == counted.running_threads && domain.plans == counted.plans,
            "threads or plans of a domain are miscounted");
    if (domain.state == Domain::State::stopping) {
        require(domain.is_listed || !domain.threads.empty() || !domain.awaited.empty() ||
                    domain.plans != 0 || !domain.lineage.may_rest(),
                "a domain that is ready to be released was forgotten");
    }
    for (const ThreadIndex visitor : domain.visitors) {
        const std::vector<Activation>& calls = core_.threads[visitor].calls;
        require(std::any_of(calls.begin(), calls.end(),
                            [id](const Activation& call) { return call.domain == id; }),
                "a domain takes a thread for a visitor that is none");
    }
    require(domain.awaited.empty() || domain.state == Domain::State::stopping,
            "a domain that does not stop waits for vCPUs");
    require(domain.awaited.empty() == !core_.awaiting.contains(id) &&
                domain.serving.empty() == !core_.servers.contains(id) &&
                domain.gates.empty() == !core_.callers.contains(id),
            "domains that wait, serve or call are not those that are known to");
    if (domain.state == Domain::State::released) {
        require(counted.memory == 0 && counted.stacks == 0 && counted.threads == 0 &&
                    counted.plans == 0 && domain.lineage.children.empty(),
                "a released domain holds something");
    }
    check_lineage(id);
    const auto managed =
        std::count_if(core_.domains.begin(), core_.domains.end(),
                      [id](const Domain& it) { return it.manager == id && !it.is_over; });
    require(domain.managed == managed && (domain.is_manager || managed == 0),
            "domains that a manager has are miscounted");
    std::uint64_t faults = 0;
    for (const auto& [fault, it] : core_.faults) {
        faults += it.domain == id ? 1 : 0;
    }
    require(domain.lineage.pending_faults == faults, "pending faults of a domain are miscounted");
}

void Checker::check_faults()
{
    for (const auto& [fault, it] : core_.faults) {
        const Thread& thread = core_.threads[it.thread];
        require(fault < core_.next_fault && thread.fault == fault && thread.domain == it.domain,
                "a pending fault's thread does not know it");
        require(thread.state == Thread::State::ready ||
                    (thread.state == Thread::State::asleep &&
                     thread.wait_address == answers_for(it.domain)),
                "a faulted thread runs");
        require(core_.domain(it.domain).state == Domain::State::running,
                "a domain that is stopped has a fault pending");
        require(core_.domain(it.domain).lineage.handler == it.handler,
                "a fault waits for somebody else's answer");
        require(core_.domain(it.handler).state == Domain::State::running ||
                    thread.state == Thread::State::ready,
                "a fault waits for a handler that is gone");
    }
}

void Checker::check_lineage(DomainId id)
{
    const Domain& domain = core_.domain(id);
    Quota own = domain.quota;
    const auto add_back = [](std::uint64_t& quota, std::uint64_t part) {
        quota = quota == UINT64_MAX ? quota : quota + part;
    };
    for (const DomainId child : domain.lineage.children) {
        const Domain& its = core_.domain(child);
        require(its.lineage.parent == id && its.lineage.depth == domain.lineage.depth + 1,
                "a domain does not know its parent");
        for (const auto kind : quota_kinds) {
            add_back(own.*kind, its.lineage.whole.*kind);
        }
        add_back(own.domains, 1);
    }
    for (const auto kind : quota_kinds) {
        require(own.*kind == domain.lineage.whole.*kind,
                "a domain and its children have more or less than they were given");
    }
    if (domain.lineage.parent) {
        require(core_.domain(*domain.lineage.parent).lineage.children.contains(id),
                "a domain does not know a child of its own");
        require(core_.domain(*domain.lineage.parent).state != Domain::State::released,
                "a child has outlived its parent");
    }
    require(domain.lineage.pending.empty() || core_.granting.contains(id),
            "a domain's grants were forgotten");
}

void Checker::check_groups()
{
    std::map<DomainId, std::uint64_t> owned;
    for (GroupIndex index = 0; index < core_.groups.size(); ++index) {
        const Group& group = core_.groups[index];
        if (!group.exists) {
            require(group.members.empty(), "a group that is gone has members");
            continue;
        }
        require(is_domain(group.owner) && core_.is_running(group.owner),
                "a group has outlived its owner");
        for (const DomainId member : group.members) {
            require(is_domain(member) && core_.is_running(member),
                    "a domain that is gone is in a group");
        }
        ++owned[group.owner];
    }
    for (const auto& [owner, count] : owned) {
        require(count == core_.groups.count(owner) && count <= PD_GROUPS_MAX,
                "groups of a domain are miscounted");
    }
}

} // namespace

std::string find_broken_invariant(const Core& core)
{
    return Checker(core).run();
}

} // namespace glacis::supervisor
