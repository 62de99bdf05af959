// What the supervisor knows, and the few moves that several calls share.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <glacis/supervisor/gate.hpp>
#include <glacis/supervisor/supervisor.hpp>

#include "bound.hpp"
#include "faults.hpp"
#include "group_table.hpp"
#include "lineage.hpp"
#include "memory_map.hpp"
#include "scheduler.hpp"
#include "stack_area.hpp"
#include "thread_table.hpp"
#include "transaction.hpp"

namespace glacis::supervisor {

/// A protection domain.
struct Domain {
    enum class State : std::uint8_t {
        running,
        stopping,  ///< until no thread is on a vCPU and no plan that names it is in progress
        quiescent, ///< taken, waits for its release
        releasing,
        released,
    };
    State state = State::running;
    std::string name;
    Quota quota;
    Usage usage;                       ///< grants: the peak alone, see Core::grants
    std::uint64_t stack_grants = 0;    ///< of its stacks
    std::uint64_t promised_grants = 0; ///< to its plans in progress
    std::uint64_t running_threads = 0; ///< on vCPUs
    std::uint64_t live_threads = 0;    ///< not ended
    std::uint64_t plans = 0;           ///< in progress, that name this domain
    bool is_listed = false;            ///< in Core::quiescent
    bool has_open_gates = false;       ///< it answers calls
    bool is_expected = false;          ///< will be started again
    std::uint32_t incarnation = 0;     ///< counts the stops of whoever has had this place
    bool is_callee = false;            ///< somebody may call it
    std::vector<GateRight> gates;      ///< what it may call; handles are indices from 1
    std::set<VcpuId> awaited;          ///< stopping: vCPUs that may enter or return to it unasked
    std::set<ThreadIndex> visitors;    ///< threads with a call of it on their way
    std::set<ThreadIndex> serving;     ///< its threads that do nothing but wait for calls to end
    ThreadId main_thread = no_thread;
    std::optional<std::uint64_t> exit_value;
    std::uint64_t main_value = 0;
    std::set<ThreadIndex> threads;   ///< ended ones that can be joined included
    std::set<SlotNumber> stacks;     ///< that it created, in any state but free
    std::optional<DomainId> manager; ///< of its threads
    bool is_over = false;            ///< has ended for good
    bool is_manager = false;
    std::uint32_t managed = 0; ///< domains whose threads it manages and that have not ended
    Lineage lineage;
};

/// What a vCPU has been lent for, and does next.
struct Turn {
    std::optional<ThreadIndex> next;    ///< chosen: before any ready thread
    std::optional<Nanoseconds> slice;   ///< of a thread that was lent the vCPU; nothing: no end
    bool is_slice_unless_alone = false; ///< it ends only when the manager has news
    /// Parameter from which on a thread that becomes ready ends the loan.
    std::uint64_t recall_from = UINT64_MAX;
    /// Who had the vCPU and waits, as `next` is about to be told; no_thread for nobody, and where
    /// the time lent was limited.
    ThreadId waits = no_thread;
};

struct Core {
    Core(const Layout& layout, const GuestWords& words);

    Layout layout;
    Bound<const GuestWords> words;
    StackArea stacks;
    MemoryMap memory;
    GroupTable groups;
    ThreadTable threads;
    Scheduler scheduler;
    std::uint32_t live_domains = 0; ///< not released, the default manager not counted
    std::optional<DomainId> default_manager;
    std::vector<Domain> domains;                                ///< by DomainId
    std::vector<std::optional<ThreadIndex>> on_vcpu;            ///< by VcpuId
    std::vector<Turn> turns;                                    ///< by VcpuId
    std::unordered_map<std::uint64_t, Transaction> in_progress; ///< by Ticket
    std::uint64_t next_ticket = 1;
    std::uint64_t stops = 0;         ///< of domains that call or are called
    std::set<DomainId> awaiting;     ///< domains that wait for vCPUs
    std::set<DomainId> callers;      ///< domains with gates
    std::set<DomainId> servers;      ///< domains with threads that serve
    std::vector<DomainId> quiescent; ///< candidates for take_quiescent()
    std::deque<DomainId> vacant;     ///< places for new domains, the one left longest ago first
    std::vector<DomainId> vacated;   ///< left, and not yet taken note of by the VMM
    PendingFaults faults;
    std::uint64_t next_fault = 1;
    std::set<DomainId> granting; ///< domains with grants to be given to them

    // ---- domains (domains.cpp)
    // ---------------------------------------------------------------------

    [[nodiscard]] Domain& domain(DomainId id);
    [[nodiscard]] const Domain& domain(DomainId id) const;
    [[nodiscard]] bool is_running(DomainId id) const;
    /// The running domain that a guest names by `raw`; PD_SELF is `self`.
    [[nodiscard]] std::optional<DomainId> find_domain(std::uint64_t raw, DomainId self) const;
    void note_if_quiescent(DomainId id);
    std::vector<VcpuId> stop(DomainId id);
    void await_callers(DomainId id);
    std::optional<DomainId> take_quiescent();
    /// It loses what others let it do with their stacks.
    void forget_foreign_stacks(DomainId id);
    /// Its stacks on which other domains' threads live become theirs.
    void pass_on_used_stacks(DomainId id);
    Plan release(DomainId id);

    // ---- grants (grants.cpp)
    // ----------------------------------------------------------------------

    /// What a domain is charged for: its entries in the record, and room for those that its plans
    /// in progress end with, whichever way they end.
    [[nodiscard]] std::uint64_t grants(DomainId id) const;
    /// Whether `more` still fit its quota. Nothing more always does.
    [[nodiscard]] bool has_room_for_grants(DomainId id, std::uint64_t more) const;
    /// Keeps room until settle_grants(), for a plan that has changed the record from `before` to
    /// `now` entries and will leave `before` or `after` of them. What it is for: 0 for memory of
    /// the supervisor's own.
    [[nodiscard]] std::uint64_t promise_grants(DomainId id, std::uint64_t before, std::uint64_t now,
                                               std::uint64_t after);
    /// The plan has ended.
    void settle_grants(DomainId id, std::uint64_t promised);
    /// For the peak, when something has been published.
    void note_grants(DomainId id);
    /// Charges the creator of a stack for the grants that the stack has now. After every change of
    /// them, and before and after a change of creator.
    void charge_stack_grants(SlotNumber slot);

    // ---- parents and children (lineage.cpp)
    // -------------------------------------------------------------

    /// What guests know the domain by; PD_SELF for the supervisor.
    [[nodiscard]] std::uint32_t handle(DomainId id) const;
    /// The place that a handle names, whatever has become of the domain but not when it is
    /// another's by now.
    [[nodiscard]] std::optional<DomainId> find_place(std::uint64_t handle) const;
    /// A place for another domain; nothing when all are taken.
    std::optional<DomainId> take_place();
    /// A place that was left since this was last asked; it may be taken from now on.
    std::optional<DomainId> take_vacated();
    /// Adds the vCPUs on which threads of the descendants run. All of these are destroyed.
    void stop_children(DomainId id, std::set<VcpuId>& busy);
    /// A child that is to be destroyed: nobody restarts it.
    std::vector<VcpuId> doom(DomainId child);
    /// Released and not to be started again: its parent learns of it.
    void conclude(DomainId id);
    /// The handle is stale, the quotas are the parent's again.
    void vacate(DomainId child);
    /// For a restart: what it still has of the grants it was made with.
    void remember_grants(DomainId id);
    /// Whatever was remembered of these pages no longer holds.
    void forget_grants(const Range& pages);
    Plan next_grant(DomainId child);

    // ---- faults that handlers answer (fault_calls.cpp)
    // ------------------------------------------------------

    /// The running thread leaves its vCPU until its handler has answered. The fault's handle;
    /// nothing when there is no handler to ask.
    std::optional<std::uint64_t> suspend_faulting(ThreadIndex thread,
                                                  std::optional<Nanoseconds> deadline);
    /// It waits for no answer any more; its thread stays where it is.
    void end_fault(PendingFaults::iterator fault);
    /// Of a domain that stops: its own faults are over, and those that it handles come back.
    void end_faults_of(DomainId id);
    /// Whether its threads, but for faulted ones, shall not run.
    [[nodiscard]] bool is_suspended(DomainId id) const;

    // ---- threads (threads.cpp)
    // ---------------------------------------------------------------------

    /// A ready thread on a live stack that nobody uses; nothing when handles have run out.
    std::optional<ThreadId> start_thread(DomainId domain, SlotNumber stack,
                                         const Dispatch::Start& start, bool is_detached,
                                         std::string name, std::uint64_t parameter);
    /// A manager that was to go on at `vcpu` has had its turn there: ready threads come first.
    void end_turn(VcpuId vcpu);
    /// The thread that was chosen for `vcpu`, or else the next ready one. Those whose domains are
    /// suspended wait instead.
    std::optional<ThreadIndex> take_next(VcpuId vcpu);
    /// The same, with its stack active there.
    std::optional<Dispatch> put_on_vcpu(VcpuId vcpu, bool is_turn_over);
    /// Takes the thread off its vCPU; its stack becomes inactive. It is in no queue then. If its
    /// manager has lent it the vCPU it is told why (PD_RUN_*), and true is returned.
    bool take_off_vcpu(ThreadIndex thread, std::uint64_t why = PD_RUN_WAITS);
    /// Of a thread that could go on: to the end of its queue, or held by a manager who was told.
    void make_ready_again(ThreadIndex thread, bool was_told);
    /// A ready, held, chosen, lending or sleeping thread is in no queue and on no vCPU's list, and
    /// whoever was to come back to it, or it to whom, knows.
    void withdraw(ThreadIndex thread);
    /// Off its vCPU, and gone: its domain is being stopped, and so are those it would return to.
    void retire_stopped(ThreadIndex thread);
    /// A thread of a stopped domain, or in a call of one, that is on no vCPU: it goes on in its
    /// innermost caller that can, or is gone.
    void interrupt(ThreadIndex thread);
    /// A thread of the domain that was not ended is gone: what waits for calls may have to end.
    void note_thread_end(DomainId owner);
    /// The thread's stacks are free for other threads.
    void unbind_stacks(ThreadIndex thread);
    /// Precondition: in no queue, on no vCPU, bound to no stack.
    void destroy_thread(ThreadIndex thread);

    // ---- thread managers (managers.cpp)
    // -----------------------------------------------------------------

    [[nodiscard]] Part part_of(DomainId id) const
    {
        return id == default_manager ? Part::managers : Part::described;
    }
    /// The default manager sleeps, and nobody has begun to start it.
    [[nodiscard]] bool is_yet_to_be_started() const;
    /// Precondition: a vCPU runs nothing. Whether the default manager has to say what it runs.
    [[nodiscard]] bool needs_default_manager() const;
    /// Of a running thread of the default manager, which sleeps: another waits whose parameter is
    /// higher.
    [[nodiscard]] bool is_outranked(const Thread& thread) const;

    /// `manager` decides when threads of `managed` run.
    void set_manager(DomainId managed, DomainId manager);
    /// The caller's vCPU goes to `target` until that leaves it.
    void lend(ThreadIndex lender, ThreadIndex target);
    /// The lender of `thread`, which leaves `vcpu` or was not put on it, goes on there.
    void return_loan(ThreadIndex thread, VcpuId vcpu, std::uint64_t why);
    /// `lender` is about to learn that the thread it ran waits. If that can run again, and there is
    /// no other news, it goes on as if it had not waited. Who is next on `vcpu`, then.
    ThreadIndex take_up_loan(VcpuId vcpu, ThreadIndex lender);
    /// The lender is gone: nobody waits for the thread that it runs.
    void end_loan(ThreadIndex lender);
    /// Of a manager that ends: what it was told of will be told anew.
    void announce_held(DomainId manager);
    /// Whether the thread on the vCPU has to give it back.
    [[nodiscard]] bool is_recalled(VcpuId vcpu) const;
    /// A domain has ended for good: one less to manage.
    void note_managed_end(DomainId id);
    /// It has not, after all.
    void note_managed_again(DomainId id);

    // ---- calls across domains (gates.cpp)
    // ---------------------------------------------------------------

    [[nodiscard]] bool is_current(const Activation& activation) const;
    /// Whether the code that the thread executes may go on.
    [[nodiscard]] bool can_go_on(ThreadIndex thread) const;
    void follow(ThreadIndex thread, std::vector<Activation> calls);
    /// Takes off the calls that cannot go on, down to one that can; false when there is none, the
    /// thread's own domain included.
    bool cut_calls(ThreadIndex thread);
    [[nodiscard]] CallDecision decide_call(const Caller& caller, std::uint64_t handle,
                                           std::uint64_t arguments, std::uint64_t window);
    void open_gates(DomainId id);
    /// Of a thread that is asleep for as long as its domain may be called.
    void begin_serving(ThreadIndex thread);
    void end_serving(ThreadIndex thread);
    /// The vCPU has dropped what was prepared before the domains now stopping were stopped.
    void caught_up(VcpuId vcpu);
    /// Whether a stopping domain still waits for that.
    [[nodiscard]] bool is_awaited(VcpuId vcpu) const;
    /// Wakes the threads that serve calls which can no longer come.
    void end_idle_services();
    /// What the thread's view of its stack is.
    [[nodiscard]] StackView view_of(ThreadIndex thread) const;

    // ---- questions (questions.cpp)
    // -----------------------------------------------------------------

    /// What code of `domain` running in `view` may do from `address` on.
    [[nodiscard]] PermissionRun permission(DomainId domain, StackView view,
                                           std::uint64_t address) const;
    [[nodiscard]] bool is_permitted(DomainId domain, StackView view, std::uint64_t address,
                                    std::uint64_t length, Perm want) const;
    [[nodiscard]] std::vector<OwnedPages> owned_pages() const;
    [[nodiscard]] Part part_at(std::uint64_t address) const;
    [[nodiscard]] AddressFacts facts(DomainId viewer, std::uint64_t address) const;
    [[nodiscard]] std::uint64_t stack_peak(SlotNumber slot) const;
    [[nodiscard]] SlotFacts slot_facts(SlotNumber slot) const;
    [[nodiscard]] MemoryFacts memory_facts(DomainId viewer, std::uint64_t address) const;
};

/// `now` and `timeout` later; nothing for never.
[[nodiscard]] std::optional<Nanoseconds> deadline_after(Nanoseconds now, std::uint64_t timeout);

/// Whether `more` still fits the quota.
[[nodiscard]] bool fits(const Amount& amount, std::uint64_t quota, std::uint64_t more);
/// A claim: counts at once.
void charge(Amount& amount, std::uint64_t more);
void refund(Amount& amount, std::uint64_t less);
/// What has been claimed is there: only now it counts for the peak, which a failed request must not
/// raise (promise G3).
void note_peak(Amount& amount);

} // namespace glacis::supervisor
