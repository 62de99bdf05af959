// The memory supervisor: who owns which stack and which page, who may run where.
//
// Policy alone. It makes no host call, starts no thread, takes no lock and never blocks; the VMM
// holds one lock around each call of this class (`not thread-safe` is the contract) and performs
// the effects that a plan lists outside that lock. Whatever the guest asks, the answer is a status;
// a broken precondition of these functions is a bug of the VMM and asserts.
//
// A request is a small transaction: begin() claims what it needs in the same step that finds it
// free (promise G1), so that other requests see it as taken while the plan is being performed;
// finish() publishes, or undoes and gives it back (G3). Resources on their way out are free again
// only after the plan that unmapped, flushed and scrubbed them has been performed (G2).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <glacis/abi/fault.h>
#include <glacis/supervisor/effect.hpp>
#include <glacis/supervisor/facts.hpp>
#include <glacis/supervisor/gate.hpp>
#include <glacis/supervisor/request.hpp>
#include <glacis/supervisor/types.hpp>

namespace glacis::supervisor {

/// The supervisor's view of guest memory: one word at a time, for thread_wait.
class GuestWords {
public:
    virtual ~GuestWords() = default;
    /// Atomically reads the aligned 32-bit word at `address`, which is committed memory.
    [[nodiscard]] virtual std::uint32_t load(std::uint64_t address) const = 0;
    /// Bytes from the lowest page of `pages` that was ever touched up to their end: the high-water
    /// mark of a stack whose committed pages these are.
    [[nodiscard]] virtual std::uint64_t touched_below_top(Range pages) const = 0;
};

/// How much of something a domain holds now, and the most it ever held (restarts included).
struct Amount {
    std::uint64_t current = 0;
    std::uint64_t peak = 0;
};

/// What a domain holds; the counterpart of Quota. Claims in progress count.
struct Usage {
    Amount memory;      ///< bytes it owns, image included
    Amount stacks;      ///< stacks it created
    Amount stack_bytes; ///< committed bytes of those
    Amount threads;     ///< threads not ended, and ended ones that nobody has joined
    Amount grants;      ///< entries in the record that let others use its pages and stacks
};

/// A thread put on a vCPU. Its stack is active there until the thread leaves.
struct Dispatch {
    /// First run: where to begin. Otherwise the VMM has the thread's registers.
    struct Start {
        std::uint64_t entry = 0;
        std::uint64_t argument = 0;
        std::uint64_t stack_pointer = 0;
        std::uint64_t thread_pointer = 0;
    };
    ThreadId thread{};
    DomainId domain{};
    StackId stack{};
    std::size_t calls = 0; ///< that it is in: fewer than it left with when some were cut short
    std::optional<Start> start;
    std::optional<Reply> reply;    ///< of the call in which the thread was waiting
    std::uint64_t out_address = 0; ///< where that reply's structure goes, if it has one
    bool begins_turn = true;       ///< false: it goes on with that of whom the vCPU carried before
    bool is_lent = false;          ///< a thread manager has lent it the vCPU
    /// How long, then; nothing: until something happens.
    std::optional<Nanoseconds> slice;
    bool is_slice_unless_alone = false; ///< it ends only when has_news(), or as soon as that
    /// The thread's fault, which its handler has not answered: the domain's policy is to be applied
    /// instead of running it. 0: none.
    std::uint64_t unanswered_fault = 0;
};

enum class DomainState {
    running,
    stopping, ///< leaves its vCPUs; requests in progress are finishing
    released, ///< holds nothing any more; may be started again
};

class Supervisor {
public:
    Supervisor(const Layout& layout, const GuestWords& words);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// From now on all is as `other` has it, which has the same layout: domains, stacks, memory,
    /// threads. Handles and tickets of before mean nothing any more. Costs what `other` holds and
    /// what this one held. The words of the guest stay this one's own.
    void become(const Supervisor& other);

    // ---- domains
    // ---------------------------------------------------------------------------------

    DomainId add_domain(std::string name, const Quota& quota);
    [[nodiscard]] DomainState state(DomainId domain) const;
    [[nodiscard]] std::uint32_t domain_count() const;

    /// A domain in state `released` becomes `running` again, holding nothing.
    void restart_domain(DomainId domain);

    /// Domain memory for the VMM's own purposes, without quota: program images, boot information
    /// (owner: the domain) and shared regions (owner: supervisor_domain). Takes a plan like a
    /// request; the final reply's value is the address. `perm` is what `owner` gets, ignored for
    /// regions. What a domain is given in this way counts towards its quota but is not refused
    /// because of it.
    Plan reserve_memory(DomainId owner, std::uint64_t length, Perm perm);
    /// Sets what `domain` may do with pages that reserve_memory gave. A plan of its own.
    Plan set_reserved_perm(DomainId domain, Range pages, Perm perm);
    /// A stack for a domain's first thread, as if the domain had asked for it; counts towards its
    /// quota.
    Plan reserve_stack(DomainId domain, std::uint64_t commit, std::uint64_t limit);
    /// A domain's first thread, ready to run. The stack is one that reserve_stack gave.
    ThreadId start_main_thread(DomainId domain, StackId stack, std::uint64_t entry,
                               std::uint64_t argument);

    /// Before stop_domain(): the domain will be started again. So those whom it may call go on
    /// serving although it has no thread meanwhile. Counts until its next main thread.
    void expect_restart(DomainId domain);
    /// It will not be started again after all: whoever serves it alone need not wait.
    void give_up_restart(DomainId domain);
    /// First half of an end: the domain's threads leave every queue and no request of it is
    /// accepted any more. Returns the vCPUs on which its threads still run, and those whose threads
    /// may be in calls of it or enter it by a prepared one: the VMM kicks them all. A thread of it
    /// that is in a call of another domain finishes that call first.
    /// Idempotent.
    std::vector<VcpuId> stop_domain(DomainId domain);
    /// A stopping domain with no thread on any vCPU and no plan in progress, to be released now.
    /// Each is returned once; ask after every leave() and every final plan. From here on its own
    /// tables are dead and may be dropped: it has lost every permission on the memory and stacks of
    /// others (shared regions too, so a restart sets theirs again), and no plan names it but that
    /// of release_domain(). They must be dropped before a restart: nobody removes from them any
    /// more what others release.
    [[nodiscard]] std::optional<DomainId> take_quiescent();
    /// Second half, for a domain that take_quiescent() returned: gives back everything it holds:
    /// stacks, memory, grants it made. When the plan is final the domain is `released`. A stack on
    /// which a thread of its manager's domain lives passes to that domain.
    Plan release_domain(DomainId domain);

    // ---- domains at run time
    // ---------------------------------------------------------------------
    //
    // A domain_create that was answered with PD_OK has made a child in state `running` that holds
    // nothing. The VMM builds it with the functions above and next_grant(), or stops it again when
    // that fails; then end_start(). It may have been stopped in between, by its parent's end:
    // state() says so after each plan, and nothing more may be reserved for it then.
    //
    // stop_domain() also destroys all that the domain has made. A domain is released after them.

    /// Of the domain that a handle names. Precondition: there is one.
    [[nodiscard]] DomainId place(std::uint64_t handle) const;
    [[nodiscard]] bool exists(std::uint64_t handle) const;
    /// What guests know the domain by.
    [[nodiscard]] std::uint32_t handle(DomainId domain) const;
    /// Nothing for a domain of the description.
    [[nodiscard]] std::optional<DomainId> parent(DomainId domain) const;
    /// Around the building of a domain anew: it does not become quiescent meanwhile.
    void begin_start(DomainId domain);
    void end_start(DomainId domain);
    /// Instead of end_start(), for a child whose making has failed: it is destroyed.
    void abandon_start(DomainId domain);
    /// The next grant that the domain is to start with: a plan, final at once where the pages are
    /// not the parent's any more or (PD_IN_USE) where it has to be asked for again. Nothing when
    /// all have been given. A domain that starts anew gets what it still had of its grants.
    std::optional<Plan> next_grant(DomainId domain);
    /// For what its parent is told.
    void note_fault(DomainId domain, pd_fault_class fault_class);
    /// Whether a domain that has been released must not be restarted: it is being destroyed.
    [[nodiscard]] bool is_doomed(DomainId domain) const;
    /// A released domain is not to be restarted. Whoever waits for its end is woken; its place is
    /// left if it is being destroyed.
    void conclude(DomainId domain);
    /// Whether the parent has learned of the domain's end, or has destroyed it.
    [[nodiscard]] bool is_collected(DomainId domain) const;
    /// A place that was left, once: whatever the VMM knows of that domain can go, and the place may
    /// get another from now on. Ask after every conclude() and every final plan.
    [[nodiscard]] std::optional<DomainId> take_vacated();
    /// vCPUs that run threads of domains that have been stopped or suspended, by whatever call, and
    /// those that stopping domains wait for.
    [[nodiscard]] std::vector<VcpuId> vcpus_to_leave() const;

    // ---- faults that a handler domain answers
    // ---------------------------------------------------------
    //
    // A request FaultResume that was answered with PD_OK has made the thread ready; after FaultEnd
    // the VMM stops the domain in the same hold of its lock.

    /// `handler` is asked about faults of `domain`; with `suspends` all threads of `domain` stop
    /// meanwhile. Holds until the domain is gone.
    void set_fault_handler(DomainId domain, DomainId handler, bool suspends);
    [[nodiscard]] bool has_fault_handler(DomainId domain) const;
    /// The thread on `vcpu` has faulted: it leaves the vCPU until its handler has answered, or
    /// `timeout` has passed; then dispatch() returns it with its fault. The fault's handle;
    /// nothing, and nothing done, when there is no handler that could answer. Precondition: the
    /// thread is in no call across domains.
    std::optional<std::uint64_t> suspend_faulting(VcpuId vcpu, Nanoseconds now,
                                                  std::uint64_t timeout);
    /// Whether a fault still waits for an answer.
    [[nodiscard]] bool is_pending(std::uint64_t fault) const;
    /// Whether threads of the domain shall leave their vCPUs while a fault waits for an answer.
    [[nodiscard]] bool is_suspended(DomainId domain) const;

    // ---- requests
    // --------------------------------------------------------------------------------

    /// `caller` is running on its vCPU by a dispatch, and has no other plan in progress. A call of
    /// a domain that is being stopped gets PD_STOPPED and Disposition::reschedule.
    Plan begin(const Caller& caller, const Request& request, Nanoseconds now);
    /// An effect that failed has changed nothing. The effects of an undoing plan, and those that
    /// release what nobody can hold any more (release_domain, a detached thread's stack), only take
    /// away or put back what was: when one fails all the same, the answer is a plan of the rest,
    /// from the failed on.
    Plan finish(Ticket ticket, const PlanOutcome& outcome, Nanoseconds now);

    // ---- calls across domains
    // ---------------------------------------------------------------------

    /// Gives `caller` the right to call; the handle. At most GLACIS_GATES_MAX for each domain.
    std::uint64_t add_gate(DomainId caller, const GateRight& right);
    /// How often a domain has been stopped that calls others or is called.
    [[nodiscard]] std::uint64_t stops() const;
    /// How often the domain has been stopped, or one that has had its place before: what was
    /// prepared for another incarnation is void.
    [[nodiscard]] std::uint32_t incarnation(DomainId domain) const;
    /// Whether the callee still is what was called.
    [[nodiscard]] bool is_current(const Activation& activation) const;
    /// The calls that `thread`, which is on a vCPU, is in now: to be said before anything else is
    /// asked for it, whenever they have changed.
    void follow(ThreadId thread, std::vector<Activation> calls);
    /// A call that was not prepared, by code of `caller` (as begin()). `window` is the first
    /// address above what the callee shall see of the stack.
    CallDecision decide_call(const Caller& caller, std::uint64_t handle, std::uint64_t arguments,
                             std::uint64_t window);
    /// Whether the code that `thread` executes may go on: neither its own domain, when it is in no
    /// call, nor its innermost callee is being stopped.
    [[nodiscard]] bool can_go_on(ThreadId thread) const;
    /// Ends those of its innermost calls that cannot go on. Returns in how many it is then; nothing
    /// when it cannot go on in its own domain either, and has to leave its vCPU.
    std::optional<std::size_t> cut_calls(ThreadId thread);
    /// `vcpu` has dropped every prepared call into a domain that is being stopped, and so has the
    /// thread on it. A stopping domain is at rest only when this was said for each vCPU that
    /// stop_domain() named.
    void caught_up(VcpuId vcpu);

    // ---- thread managers
    // -------------------------------------------------------------------------
    //
    // A manager's thread lends its vCPU to a thread of a domain that it manages (thread_run). On
    // that vCPU dispatch() returns the borrower next, and after it the lender, with the reason in
    // its reply, unless other ready threads have waited for a vCPU meanwhile.

    /// `manager`, which has no manager itself, decides when threads of `domain` and of its children
    /// run. Before the domain has a thread.
    void set_thread_manager(DomainId domain, DomainId manager);
    /// Domains whose threads it manages, ended ones included.
    [[nodiscard]] std::vector<DomainId> managed_by(DomainId manager) const;
    /// vCPUs whose threads have to give them back to their manager: the VMM makes them leave().
    [[nodiscard]] std::vector<VcpuId> vcpus_to_recall() const;
    [[nodiscard]] bool is_recalled(VcpuId vcpu) const;
    /// Whether there are threads that the manager of the one on `vcpu` has not been told of.
    [[nodiscard]] bool has_news(VcpuId vcpu) const;
    /// Whoever slept until now is ready, though the thread that asks stays where it is.
    void wake_expired(Nanoseconds now);

    // ---- the default thread manager
    // -------------------------------------------------------------------------
    //
    // A domain of the VMM's own for the threads of those that name no manager. No handle names it,
    // its stacks and memory are those that Layout keeps for it, its threads are numbered apart, and
    // it does not count as live. It sleeps, in state `released`, until there is something to
    // decide: until a vCPU is free and more threads are ready than there are such vCPUs. Until then
    // the ready thread gets the free vCPU. A running one leaves its own when its turn is over and
    // another is ready, or when one with a higher parameter is: then the manager has to decide. It
    // is started like a restarted domain, between begin_default_manager() and
    // employ_default_manager().

    /// At most one. set_thread_manager() then gives it its domains.
    DomainId add_default_manager(std::string name);
    /// Before dispatch() on a vCPU: whether it sleeps and has to be started.
    [[nodiscard]] bool needs_default_manager() const;
    /// It is `running` from now on, and does not become quiescent until it is employed.
    void begin_default_manager();
    /// Its main thread is there: it is told of all threads that it manages. Those on vCPUs are
    /// recalled.
    void employ_default_manager();

    // ---- turns: vCPUs for threads of managers, first come, first served
    // -----------------------------------------

    /// The next ready thread, with its stack made active on `vcpu` by the same check as
    /// stack_activate (promise G6); nothing when no thread is ready. `vcpu` runs no thread.
    /// `is_turn_over`: the time for which a manager may have the vCPU, together with the threads it
    /// lends it to, has passed; where others wait, they come first.
    std::optional<Dispatch> dispatch(VcpuId vcpu, Nanoseconds now, bool is_turn_over);
    /// The thread on `vcpu` leaves it, preempted: its stack becomes inactive, it is ready again at
    /// the end of the queue (or gone, if its domain is being stopped).
    void leave(VcpuId vcpu, Nanoseconds now);
    [[nodiscard]] bool has_ready() const;
    /// When the first sleeper or timed waiter has to be woken; nothing when there is none.
    [[nodiscard]] std::optional<Nanoseconds> next_deadline() const;
    /// Threads that exist and could still run: 0 ready, 0 on vCPUs and no deadline means that
    /// nothing will ever happen again.
    [[nodiscard]] bool is_stuck() const;
    /// Not released, the default manager not counted.
    [[nodiscard]] std::uint32_t live_domains() const;

    // ---- questions
    // -------------------------------------------------------------------------------

    /// Whether code of `domain` running in `view` may do `want` with every byte of [address,
    /// +length): pages of domain memory, of that part of its stack, and of stacks of other domains
    /// that were granted. False for empty and wrapping ranges. While a plan changes a permission,
    /// only what held before and will hold after is permitted: a revocation counts from its
    /// begin(), a grant from its finish().
    [[nodiscard]] bool is_permitted(DomainId domain, StackView view, std::uint64_t address,
                                    std::uint64_t length, Perm want) const;
    /// All that it may do with the byte at `address`: what a page of a granted stack is filled in
    /// with.
    [[nodiscard]] Perm permission(DomainId domain, StackView view, std::uint64_t address) const;
    /// Whether a plan in progress works on the page at `address`, so that a fault there may be of
    /// the moment: the access can be tried again and will be decided when the plan has ended.
    [[nodiscard]] bool is_changing(std::uint64_t address) const;
    /// What code of `domain` running in `view` may do with that stack's own pages: what a new root
    /// is filled with. The creator has read and write unless it gave them up; the thread manager
    /// only what it was granted.
    struct StackPages {
        Range pages;
        Perm perm = Perm::none;
    };
    [[nodiscard]] std::vector<StackPages> stack_pages(DomainId domain, StackView view) const;
    /// The stack a thread uses now: after stack_activate another than it was dispatched with.
    /// Precondition: the thread has not ended.
    [[nodiscard]] StackId current_stack(ThreadId thread) const;
    [[nodiscard]] Usage usage(DomainId domain) const;
    /// High-water mark of a live stack, in bytes below its top.
    [[nodiscard]] std::uint64_t stack_peak(StackId stack) const;
    /// Before pages of it are scrubbed, which would make it forget.
    void keep_stack_peak(StackId stack);
    /// `viewer` is the domain whose access failed: of what is the default manager's it learns
    /// nothing. supervisor_domain sees all.
    [[nodiscard]] AddressFacts facts(DomainId viewer, std::uint64_t address) const;
    /// All that guests' memory consists of at the moment, in ascending order: allocated pages of
    /// domain memory and committed ones of live stacks, whose owner is their creator. Walks
    /// everything.
    [[nodiscard]] std::vector<OwnedPages> owned_pages() const;
    /// Groups that `owner` made and did not delete.
    [[nodiscard]] std::vector<GroupFacts> groups(DomainId owner) const;
    /// Empty for a thread that is gone.
    [[nodiscard]] std::string thread_name(ThreadId thread) const;
    /// Small number of a thread within the system, for people: counts up from 0 in order of
    /// creation, apart for those of the default manager. UINT64_MAX for a thread that is gone.
    [[nodiscard]] std::uint64_t thread_number(ThreadId thread) const;
    /// Exit value that the domain ended with: what set_exit_value() said, or its first thread's, or
    /// 0.
    [[nodiscard]] std::uint64_t exit_value(DomainId domain) const;
    /// For a domain that ends by a call of its own: before stop_domain(). Holds until a restart.
    void set_exit_value(DomainId domain, std::uint64_t value);

    /// Checks every invariant and returns the first that is broken, in words; empty when all hold.
    /// For tests and fuzzers; walks everything.
    [[nodiscard]] std::string check_invariants() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace glacis::supervisor
