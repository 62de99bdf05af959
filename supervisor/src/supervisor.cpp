// The public face: requests to calls, domains to plans, threads to vCPUs, questions to the record.

#include <glacis/supervisor/supervisor.hpp>

#include <cassert>
#include <utility>

#include "calls.hpp"
#include "core.hpp"
#include "invariants.hpp"

namespace glacis::supervisor {

struct Supervisor::State : Core {
    using Core::Core;
};

Supervisor::Supervisor(const Layout& layout, const GuestWords& words)
    : state_(std::make_unique<State>(layout, words))
{
}

Supervisor::~Supervisor() = default;

void Supervisor::become(const Supervisor& other)
{
    assert(state_->layout == other.state_->layout);
    static_cast<Core&>(*state_) = *other.state_;
}

// ---- domains
// -------------------------------------------------------------------------------------

DomainId Supervisor::add_domain(std::string name, const Quota& quota)
{
    const DomainId id{static_cast<std::uint32_t>(state_->domains.size())};
    Domain domain;
    domain.name = std::move(name);
    domain.quota = quota;
    domain.lineage.whole = quota;
    state_->domains.push_back(std::move(domain));
    ++state_->live_domains;
    return id;
}

DomainState Supervisor::state(DomainId domain) const
{
    switch (state_->domain(domain).state) {
    case Domain::State::running:
        return DomainState::running;
    case Domain::State::released:
        return DomainState::released;
    default:
        return DomainState::stopping;
    }
}

std::uint32_t Supervisor::domain_count() const
{
    return static_cast<std::uint32_t>(state_->domains.size());
}

void Supervisor::restart_domain(DomainId domain)
{
    Domain& it = state_->domain(domain);
    assert(it.state == Domain::State::released);
    it.state = Domain::State::running;
    ++state_->live_domains;
    it.main_thread = no_thread;
    it.main_value = 0;
    it.exit_value.reset();
    it.has_open_gates = false;
    it.lineage.has_faulted = false;
    state_->note_managed_again(domain);
    ++it.lineage.restarts;
}

Plan Supervisor::reserve_memory(DomainId owner, std::uint64_t length, Perm perm)
{
    assert(is_page_aligned(length) && length != 0);
    if (owner == supervisor_domain) {
        return claim_memory(*state_, owner, length, Perm::none, std::nullopt);
    }
    assert(state_->is_running(owner));
    return claim_memory(*state_, owner, length, perm, std::nullopt);
}

Plan Supervisor::set_reserved_perm(DomainId domain, Range pages, Perm perm)
{
    const Region* region = state_->memory.find(pages.begin);
    assert(region != nullptr && state_->is_running(domain));
    if (const pd_status status = state_->memory.check(pages, region->owner); status != PD_OK) {
        return refuse(status);
    }
    std::vector<PermissionChange> changes;
    collect_changes(changes, domain, pages, perm, [&](std::uint64_t address) {
        return state_->memory.recorded(domain, address);
    });
    Transaction transaction = change_memory_permissions(*state_, pages, std::move(changes));
    transaction.domains.insert(domain);
    if (region->owner != supervisor_domain) {
        transaction.domains.insert(region->owner);
    }
    return open(*state_, std::move(transaction));
}

Plan Supervisor::reserve_stack(DomainId domain, std::uint64_t commit, std::uint64_t limit)
{
    assert(state_->is_running(domain));
    StackAlloc request;
    request.commit = commit;
    request.limit = limit;
    return claim_stack(*state_, domain, request, std::nullopt);
}

ThreadId Supervisor::start_main_thread(DomainId domain, StackId stack, std::uint64_t entry,
                                       std::uint64_t argument)
{
    const std::optional<SlotNumber> slot =
        state_->stacks.find_stack(static_cast<std::uint64_t>(stack));
    assert(slot && state_->is_running(domain) && state_->stacks[*slot].creator == domain);
    const Dispatch::Start start{entry, argument, state_->stacks.range(*slot).end, 0};
    const std::optional<ThreadId> thread =
        state_->start_thread(domain, *slot, start, false, "main", 0);
    assert(thread);
    state_->domain(domain).main_thread = *thread;
    state_->domain(domain).is_expected = false;
    return *thread;
}

void Supervisor::expect_restart(DomainId domain)
{
    state_->domain(domain).is_expected = true;
}

void Supervisor::give_up_restart(DomainId domain)
{
    if (std::exchange(state_->domain(domain).is_expected, false)) {
        state_->end_idle_services();
    }
}

std::vector<VcpuId> Supervisor::stop_domain(DomainId domain)
{
    return state_->stop(domain);
}

std::optional<DomainId> Supervisor::take_quiescent()
{
    return state_->take_quiescent();
}

Plan Supervisor::release_domain(DomainId domain)
{
    return state_->release(domain);
}

// ---- domains at run time
// -------------------------------------------------------------------------

DomainId Supervisor::place(std::uint64_t handle) const
{
    const std::optional<DomainId> id = state_->find_place(handle);
    assert(id);
    return *id;
}

bool Supervisor::exists(std::uint64_t handle) const
{
    return state_->find_place(handle).has_value();
}

std::uint32_t Supervisor::handle(DomainId domain) const
{
    return state_->handle(domain);
}

std::optional<DomainId> Supervisor::parent(DomainId domain) const
{
    return state_->domain(domain).lineage.parent;
}

void Supervisor::begin_start(DomainId domain)
{
    state_->domain(domain).lineage.is_starting = true;
}

void Supervisor::end_start(DomainId domain)
{
    state_->domain(domain).lineage.is_starting = false;
    state_->note_if_quiescent(domain);
}

void Supervisor::abandon_start(DomainId domain)
{
    state_->domain(domain).lineage.is_collected = true; // nobody ever hears of it
    state_->doom(domain);
    end_start(domain);
}

std::optional<Plan> Supervisor::next_grant(DomainId domain)
{
    if (state_->domain(domain).lineage.pending.empty()) {
        return std::nullopt;
    }
    return state_->next_grant(domain);
}

void Supervisor::note_fault(DomainId domain, pd_fault_class fault_class)
{
    Lineage& lineage = state_->domain(domain).lineage;
    lineage.has_faulted = true;
    lineage.fault_class = fault_class;
    ++lineage.faults;
}

bool Supervisor::is_doomed(DomainId domain) const
{
    return state_->domain(domain).lineage.is_doomed;
}

void Supervisor::conclude(DomainId domain)
{
    state_->conclude(domain);
}

bool Supervisor::is_collected(DomainId domain) const
{
    return state_->domain(domain).lineage.is_collected;
}

std::optional<DomainId> Supervisor::take_vacated()
{
    return state_->take_vacated();
}

std::vector<VcpuId> Supervisor::vcpus_to_leave() const
{
    std::vector<VcpuId> vcpus;
    for (std::uint32_t vcpu = 0; vcpu < state_->on_vcpu.size(); ++vcpu) {
        const std::optional<ThreadIndex>& thread = state_->on_vcpu[vcpu];
        // A thread that finishes a call elsewhere stays, once its vCPU knows where not to return.
        const bool may_stay = !thread || (state_->can_go_on(*thread) &&
                                          !state_->is_suspended(state_->threads[*thread].domain));
        if (!may_stay || state_->is_awaited(VcpuId{vcpu})) {
            vcpus.push_back(VcpuId{vcpu});
        }
    }
    return vcpus;
}

// ---- faults that a handler domain answers
// ------------------------------------------------------------

void Supervisor::set_fault_handler(DomainId domain, DomainId handler, bool suspends)
{
    assert(domain != handler);
    Lineage& lineage = state_->domain(domain).lineage;
    lineage.handler = handler;
    lineage.is_suspended_by_faults = suspends;
}

bool Supervisor::has_fault_handler(DomainId domain) const
{
    return state_->domain(domain).lineage.handler.has_value();
}

std::optional<std::uint64_t> Supervisor::suspend_faulting(VcpuId vcpu, Nanoseconds now,
                                                          std::uint64_t timeout)
{
    const std::optional<ThreadIndex> index = state_->on_vcpu[static_cast<std::uint32_t>(vcpu)];
    assert(index);
    return state_->suspend_faulting(*index, deadline_after(now, timeout));
}

bool Supervisor::is_pending(std::uint64_t fault) const
{
    return state_->faults.contains(fault);
}

bool Supervisor::is_suspended(DomainId domain) const
{
    return state_->is_suspended(domain);
}

// ---- requests
// ------------------------------------------------------------------------------------

Plan Supervisor::begin(const Caller& caller, const Request& request, Nanoseconds now)
{
    const std::optional<ThreadIndex> index = state_->threads.find(caller.thread);
    assert(index && state_->threads[*index].state == Thread::State::running);
    assert(state_->threads[*index].vcpu == caller.vcpu && !state_->threads[*index].has_plan);
    assert(state_->threads[*index].here() == caller.domain);
    if (!state_->can_go_on(*index)) {
        return stopped(*state_, *index);
    }
    return std::visit([&](const auto& it) { return call(*state_, caller, it, now); }, request);
}

Plan Supervisor::finish(Ticket ticket, const PlanOutcome& outcome, Nanoseconds)
{
    return advance(*state_, ticket, outcome);
}

// ---- calls across domains
// -------------------------------------------------------------------------

std::uint64_t Supervisor::add_gate(DomainId caller, const GateRight& right)
{
    std::vector<GateRight>& gates = state_->domain(caller).gates;
    assert(gates.size() < GLACIS_GATES_MAX);
    gates.push_back(right);
    state_->callers.insert(caller);
    state_->domain(right.callee).is_callee = true;
    return gates.size();
}

std::uint32_t Supervisor::incarnation(DomainId domain) const
{
    return state_->domain(domain).incarnation;
}

std::uint64_t Supervisor::stops() const
{
    return state_->stops;
}

bool Supervisor::is_current(const Activation& activation) const
{
    return state_->is_current(activation);
}

void Supervisor::follow(ThreadId thread, std::vector<Activation> calls)
{
    const std::optional<ThreadIndex> index = state_->threads.find(thread);
    assert(index && state_->threads[*index].state == Thread::State::running);
    state_->follow(*index, std::move(calls));
}

CallDecision Supervisor::decide_call(const Caller& caller, std::uint64_t handle,
                                     std::uint64_t arguments, std::uint64_t window)
{
    return state_->decide_call(caller, handle, arguments, window);
}

bool Supervisor::can_go_on(ThreadId thread) const
{
    const std::optional<ThreadIndex> index = state_->threads.find(thread);
    assert(index);
    return state_->can_go_on(*index);
}

std::optional<std::size_t> Supervisor::cut_calls(ThreadId thread)
{
    const std::optional<ThreadIndex> index = state_->threads.find(thread);
    assert(index);
    if (!state_->cut_calls(*index)) {
        return std::nullopt;
    }
    return state_->threads[*index].calls.size();
}

void Supervisor::caught_up(VcpuId vcpu)
{
    state_->caught_up(vcpu);
}

// ---- thread managers
// -----------------------------------------------------------------------------

void Supervisor::set_thread_manager(DomainId domain, DomainId manager)
{
    state_->set_manager(domain, manager);
}

std::vector<DomainId> Supervisor::managed_by(DomainId manager) const
{
    std::vector<DomainId> managed;
    for (std::uint32_t id = 0; id < state_->domains.size(); ++id) {
        if (state_->domains[id].manager == manager) {
            managed.push_back(DomainId{id});
        }
    }
    return managed;
}

std::vector<VcpuId> Supervisor::vcpus_to_recall() const
{
    std::vector<VcpuId> vcpus;
    for (std::uint32_t vcpu = 0; vcpu < state_->on_vcpu.size(); ++vcpu) {
        if (state_->is_recalled(VcpuId{vcpu})) {
            vcpus.push_back(VcpuId{vcpu});
        }
    }
    return vcpus;
}

bool Supervisor::is_recalled(VcpuId vcpu) const
{
    return state_->is_recalled(vcpu);
}

bool Supervisor::has_news(VcpuId vcpu) const
{
    const std::optional<ThreadIndex>& index = state_->on_vcpu[static_cast<std::uint32_t>(vcpu)];
    return index && state_->scheduler.has_announced(state_->threads[*index].manager);
}

void Supervisor::wake_expired(Nanoseconds now)
{
    state_->scheduler.wake_expired(now);
}

// ---- the default thread manager
// ---------------------------------------------------------------------

DomainId Supervisor::add_default_manager(std::string name)
{
    assert(!state_->default_manager);
    const DomainId id{static_cast<std::uint32_t>(state_->domains.size())};
    Domain domain;
    domain.name = std::move(name);
    domain.state = Domain::State::released;
    domain.is_manager = true;
    state_->domains.push_back(std::move(domain));
    state_->default_manager = id;
    state_->scheduler.let_sleep(id);
    return id;
}

bool Supervisor::needs_default_manager() const
{
    return state_->needs_default_manager();
}

void Supervisor::begin_default_manager()
{
    Domain& it = state_->domain(*state_->default_manager);
    assert(it.state == Domain::State::released);
    it.state = Domain::State::running;
    it.lineage.is_starting = true;
}

void Supervisor::employ_default_manager()
{
    state_->scheduler.employ();
    end_start(*state_->default_manager);
}

// ---- turns
// ----------------------------------------------------------------------------------

std::optional<Dispatch> Supervisor::dispatch(VcpuId vcpu, Nanoseconds now, bool is_turn_over)
{
    state_->scheduler.wake_expired(now);
    return state_->put_on_vcpu(vcpu, is_turn_over);
}

void Supervisor::leave(VcpuId vcpu, Nanoseconds)
{
    const std::optional<ThreadIndex> index = state_->on_vcpu[static_cast<std::uint32_t>(vcpu)];
    assert(index);
    Thread& thread = state_->threads[*index];
    const std::size_t calls = thread.calls.size();
    if (!state_->cut_calls(*index)) {
        state_->retire_stopped(*index);
        return;
    }
    if (thread.calls.size() != calls) {
        thread.reply = Reply{PD_CALLEE_STOPPED, 0, {}};
    }
    const bool is_recalled = state_->is_recalled(vcpu);
    const bool was_told =
        state_->take_off_vcpu(*index, is_recalled ? PD_RUN_RECALLED : PD_RUN_SLICE_OVER);
    state_->make_ready_again(*index, was_told);
}

bool Supervisor::has_ready() const
{
    return state_->scheduler.has_ready();
}

std::optional<Nanoseconds> Supervisor::next_deadline() const
{
    return state_->scheduler.next_deadline();
}

bool Supervisor::is_stuck() const
{
    std::uint64_t live = 0;
    std::uint64_t running = 0;
    for (const Domain& domain : state_->domains) {
        live += domain.live_threads;
        running += domain.running_threads;
    }
    for (const Turn& turn : state_->turns) {
        running += turn.next ? 1 : 0;
    }
    return live != 0 && running == 0 && !has_ready() && !next_deadline() &&
           state_->in_progress.empty();
}

std::uint32_t Supervisor::live_domains() const
{
    return state_->live_domains;
}

// ---- questions
// -----------------------------------------------------------------------------------

bool Supervisor::is_permitted(DomainId domain, StackView view, std::uint64_t address,
                              std::uint64_t length, Perm want) const
{
    return state_->is_permitted(domain, view, address, length, want);
}

Perm Supervisor::permission(DomainId domain, StackView view, std::uint64_t address) const
{
    return state_->permission(domain, view, address).perm;
}

bool Supervisor::is_changing(std::uint64_t address) const
{
    if (state_->stacks.contains(address)) {
        const StackArea& stacks = state_->stacks;
        const Stack& stack = stacks[stacks.slot_at(address)];
        return stack.is_changing || stack.state == Stack::State::claimed ||
               stack.state == Stack::State::freeing;
    }
    const Region* region = state_->memory.find(address);
    return region != nullptr && region->state != Region::State::live;
}

std::vector<Supervisor::StackPages> Supervisor::stack_pages(DomainId domain, StackView view) const
{
    const std::optional<SlotNumber> slot =
        state_->stacks.find_stack(static_cast<std::uint64_t>(view.stack));
    assert(slot);
    std::vector<StackPages> parts;
    const Range pages = state_->stacks.committed(*slot);
    if (!view.is_whole()) {
        return {{{pages.begin, view.end}, Perm::read_write}};
    }
    for (std::uint64_t address = pages.begin; address < pages.end;) {
        const PermissionRun run = state_->stacks.permission(domain, address);
        if (run.perm != Perm::none) {
            parts.push_back({{address, run.end}, run.perm});
        }
        address = run.end;
    }
    return parts;
}

StackId Supervisor::current_stack(ThreadId thread) const
{
    const std::optional<ThreadIndex> index = state_->threads.find(thread);
    assert(index && state_->threads[*index].state != Thread::State::ended);
    return state_->stacks.id(state_->threads[*index].current);
}

Usage Supervisor::usage(DomainId domain) const
{
    Usage usage = state_->domain(domain).usage;
    usage.grants.current = state_->grants(domain);
    return usage;
}

std::uint64_t Supervisor::stack_peak(StackId stack) const
{
    const auto slot = state_->stacks.find_stack(static_cast<std::uint64_t>(stack));
    return slot ? state_->stack_peak(*slot) : 0;
}

void Supervisor::keep_stack_peak(StackId stack)
{
    if (const auto slot = state_->stacks.find_stack(static_cast<std::uint64_t>(stack))) {
        state_->stacks[*slot].peak = state_->stack_peak(*slot);
    }
}

AddressFacts Supervisor::facts(DomainId viewer, std::uint64_t address) const
{
    return state_->facts(viewer, address);
}

std::vector<OwnedPages> Supervisor::owned_pages() const
{
    return state_->owned_pages();
}

std::vector<GroupFacts> Supervisor::groups(DomainId owner) const
{
    std::vector<GroupFacts> all;
    for (GroupIndex index = 0; index < state_->groups.size(); ++index) {
        const Group& group = state_->groups[index];
        if (group.exists && group.owner == owner) {
            all.push_back({state_->groups.id(index), {group.members.begin(), group.members.end()}});
        }
    }
    return all;
}

std::string Supervisor::thread_name(ThreadId thread) const
{
    const std::optional<ThreadIndex> index = state_->threads.find(thread);
    return index ? state_->threads[*index].name : std::string{};
}

std::uint64_t Supervisor::thread_number(ThreadId thread) const
{
    const std::optional<ThreadIndex> index = state_->threads.find(thread);
    return index ? state_->threads[*index].number : UINT64_MAX;
}

std::uint64_t Supervisor::exit_value(DomainId domain) const
{
    const Domain& it = state_->domain(domain);
    return it.exit_value.value_or(it.main_value);
}

void Supervisor::set_exit_value(DomainId domain, std::uint64_t value)
{
    state_->domain(domain).exit_value = value;
}

std::string Supervisor::check_invariants() const
{
    return find_broken_invariant(*state_);
}

} // namespace glacis::supervisor
