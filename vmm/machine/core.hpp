// The running system: what the vCPU threads share, and the lock that keeps it whole.
//
// Lock order: mutex (the monitor), then GuestSpace's own. Everything marked "guarded" is touched
// only with the monitor held. Effects are performed without it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <glacis/abi/boot.h>
#include <glacis/supervisor/supervisor.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "machine/baton.hpp"
#include "machine/child_parameters.hpp"
#include "machine/clock.hpp"
#include "machine/console.hpp"
#include "machine/guest_cpu.hpp"
#include "machine/guest_space.hpp"
#include "machine/image_store.hpp"
#include "machine/kick.hpp"
#include "machine/program_symbols.hpp"
#include "machine/run.hpp"
#include "machine/seeded_random.hpp"

namespace glacis {

/// A domain while the system runs. Guarded.
struct DomainRecord {
    const DomainDescription* description = nullptr; ///< not guarded: it never changes
    supervisor::DomainId id{};
    std::uint64_t image_base = 0;
    std::uint64_t running_ns = 0; ///< time its threads have spent on vCPUs since its last start
    std::uint32_t restarts = 0;
    bool has_faulted = false;   ///< since its last start
    bool wants_restart = false; ///< once it is released
    bool has_ended = false;
    bool has_lost_manager = false; ///< and was stopped therefore
    std::uint64_t peak_stacks = 0;
    std::uint64_t peak_memory = 0;
    /// Not guarded, as it never changes and guards its content itself.
    std::shared_ptr<ProgramSymbols> symbols = std::make_shared<ProgramSymbols>();
    std::uint64_t faults = 0;

    std::string handler_name; ///< of the domain that is asked about its faults; empty for none

    // Of a domain made at run time.
    /// The one that `description` points to.
    std::shared_ptr<const DomainDescription> own_description;
    ImagePointer image;                  ///< keeps the program in the store
    std::vector<pd_boot_region> granted; ///< for its boot information
    std::string parent_name;
    bool was_made = true;       ///< false when making it has failed: no report tells of it
    bool was_destroyed = false; ///< while it was running
};

/// A fault that a handler domain has been asked about. Guarded.
struct PendingFault {
    FaultRecord record;
    supervisor::DomainId domain{};
    supervisor::ThreadId thread{};
    bool is_resumable = false;
};

/// Why a domain could not be started: what the supervisor said, or the host; PD_STOPPED when it was
/// stopped meanwhile.
struct StartFailure {
    pd_status status = PD_OK;
    HostError error;
};

/// A vCPU and the thread that runs it.
struct VcpuRecord {
    Kick kick;
    std::optional<GuestCpu> cpu;        ///< the vCPU thread's own
    bool is_idle = false;               ///< guarded
    bool is_running = false;            ///< guarded: carries a thread
    bool has_slice = false;             ///< guarded: its timer ends its turn
    bool is_slice_unless_alone = false; ///< guarded: of the thread that it carries
    bool is_recalled = false;           ///< guarded: was told that its manager wants it back
};

/// What a system is made of when every domain's first thread is there and none has run.
struct BuiltSystem {
    CpuModelPointer cpu_model;
    std::unique_ptr<GuestSpace> space;
    std::unique_ptr<supervisor::Supervisor> supervisor;
    std::vector<std::unique_ptr<VcpuRecord>> vcpus;
    std::deque<DomainRecord> domains;
    std::vector<std::uint64_t> region_bases;
};

class Core {
public:
    Core(const SystemDescription& system, const RunOptions& options);
    /// Of a system that another core has built, of the same description and with the same
    /// protection and arguments.
    Core(const SystemDescription& system, const RunOptions& options, BuiltSystem built);

    /// Builds the machine and starts every domain's first thread.
    Status build();
    /// What build() has made; nothing else can be done with the core. No vCPU runs any more.
    [[nodiscard]] BuiltSystem take_apart() &&;

    // ---- the way of a request; without the lock
    // --------------------------------------------------

    /// Performs a plan to its end and returns the final one. Called and returns with `lock` held;
    /// released around the effects.
    supervisor::Plan carry_out(std::unique_lock<std::mutex>& lock, supervisor::Plan plan);

    // ---- with the lock held
    // ----------------------------------------------------------------------

    /// Releases the domains that have come to rest, starts those anew that want it, and ends the
    /// system when none is left.
    void settle(std::unique_lock<std::mutex>& lock);
    /// After anything that may have made a thread ready: some vCPU will look. `self` is the
    /// caller's.
    void spread_work(std::uint32_t self);
    /// Whether somebody waits for the time of the thread on `vcpu` to end.
    [[nodiscard]] bool is_waited_for(std::uint32_t vcpu) const;
    void stop_domain(supervisor::DomainId domain, std::uint32_t self);
    /// Stops the domains whose thread manager `domain` was: nobody runs their threads any more.
    void stop_managed(supervisor::DomainId domain);
    /// The first end counts. Every vCPU leaves the guest.
    void end(SystemEnd how, std::string explanation = {});
    /// The system ends because the host failed.
    void break_off(HostError error);
    /// No thread can ever run again.
    [[nodiscard]] bool is_stuck() const;
    /// Ends the system when a signal asked for it; takes the lock itself, so without it.
    void check_interrupt();
    [[nodiscard]] bool is_permitted(supervisor::DomainId domain, supervisor::StackView view,
                                    std::uint64_t address, std::uint64_t length,
                                    supervisor::Perm want) const;
    [[nodiscard]] ThreadContext& context(supervisor::ThreadId thread);
    void forget_context(supervisor::ThreadId thread) { contexts_.erase(thread); }
    [[nodiscard]] DomainRecord& record(supervisor::DomainId domain)
    {
        return domains[static_cast<std::size_t>(domain)];
    }

    // ---- the default thread manager (default_manager.cpp)
    // ---------------------------------------------------------------------

    /// Before any domain has a thread; nothing is loaded yet.
    void add_default_manager();
    /// When the supervisor needs it. With the lock held, which it gives up in between.
    void start_default_manager(std::unique_lock<std::mutex>& lock);

    // ---- domains made at run time, with the lock held (run_time_domains.cpp)
    // --------------------------------

    /// The record of a child that the supervisor has just been asked for.
    void add_child(supervisor::DomainId id, ChildDescription child, ImagePointer image);
    /// Starts it; what is not PD_OK has left nothing. Gives the lock up in between.
    [[nodiscard]] pd_status start_child(std::unique_lock<std::mutex>& lock,
                                        supervisor::DomainId id);
    /// Records of children that are gone become reports.
    void forget_vacated();
    /// After a call that may have stopped domains: their threads leave their vCPUs.
    void kick_stopped(std::uint32_t self);
    void keep_fault(FaultRecord record, DomainRecord& domain);

    // ---- faults that handlers answer, with the lock held (fault_handlers.cpp)
    // ---------------------------------

    void report_pending(DomainRecord& domain);
    [[nodiscard]] std::string handler_name(supervisor::DomainId domain) const;

    [[nodiscard]] bool is_ending() const { return is_ending_.load(); }
    /// Precondition: no vCPU runs any more.
    [[nodiscard]] RunReport report();
    /// Precondition: no vCPU runs any more.
    [[nodiscard]] std::vector<RegionOutput> outputs() const;
    [[nodiscard]] const std::optional<HostError>& host_failure() const { return host_failure_; }

    const SystemDescription& system;
    const RunOptions& options;
    supervisor::Layout layout;
    Clock clock;
    std::optional<std::uint64_t> deadline; ///< of the whole system

    std::mutex mutex;
    std::unique_ptr<GuestSpace> space;
    std::unique_ptr<supervisor::Supervisor> supervisor; ///< guarded
    std::deque<DomainRecord> domains; ///< guarded; by DomainId, places of children used again
    /// Its place in `domains`, if there is one. Not guarded: it never changes.
    std::optional<supervisor::DomainId> default_manager;
    std::vector<FaultRecord> faults;                      ///< guarded
    std::map<std::uint64_t, PendingFault> pending_faults; ///< guarded; by handle
    std::vector<std::unique_ptr<VcpuRecord>> vcpus;
    Console console;
    ImageStore images;
    /// Of a repeatable run with several vCPUs. Taken before the monitor's lock.
    std::optional<Baton> baton;
    std::optional<SeededRandom> random; ///< the guests', of a repeatable run; who has the baton

    std::atomic<int> interrupted{0}; ///< SIGINT or SIGTERM, once it came

    // Counts, from any thread.
    std::atomic<std::uint64_t> hypercalls{0};
    std::atomic<std::uint64_t> kicks{0};
    std::atomic<std::uint64_t> resumed_faults{0};
    std::atomic<std::uint64_t> switches{0};

private:
    void describe_default_manager();
    bool wake_idle();
    /// Takes back everything that a domain at rest holds.
    void release(std::unique_lock<std::mutex>& lock, const DomainRecord& domain);
    void add_domains();
    Status create_regions(std::unique_lock<std::mutex>& lock);
    /// The value of a plan, or why the domain cannot be started.
    template <class T> using Started = Result<T, StartFailure>;
    Started<Done> start_domain(std::unique_lock<std::mutex>& lock, DomainRecord& domain);
    Started<Done> grant_all(std::unique_lock<std::mutex>& lock, const DomainRecord& domain);
    Status place_image(const Program& program, std::uint64_t base);
    Started<std::uint64_t> place_program(std::unique_lock<std::mutex>& lock,
                                         const DomainRecord& domain);
    Started<std::uint64_t> write_boot_info(std::unique_lock<std::mutex>& lock,
                                           const DomainRecord& domain, std::uint64_t main_stack);
    [[nodiscard]] pd_boot_gate boot_gate(const GateDescription& description,
                                         std::size_t handle) const;
    Started<std::uint64_t> must_succeed(std::unique_lock<std::mutex>& lock,
                                        supervisor::DomainId domain, supervisor::Plan plan,
                                        const std::string& what);
    void forget_contexts();
    void start_anew(std::unique_lock<std::mutex>& lock, DomainRecord& domain);
    [[nodiscard]] DomainReport report_of(const DomainRecord& domain) const;
    void keep_report(DomainReport report);
    void charge_parent(const DomainRecord& domain);

    CpuModelPointer cpu_model_;
    DomainDescription default_manager_; ///< its program once it is started
    std::uint32_t starting_ = 0;        ///< guarded: domains being started anew
    std::vector<std::uint64_t> region_bases_;
    std::uint64_t children_ = 0;         ///< guarded: ever made
    std::uint64_t faults_ = 0;           ///< guarded: those that were not kept included
    std::size_t childrens_faults_ = 0;   ///< guarded: kept
    std::vector<DomainReport> gone_;     ///< guarded: of children that were destroyed
    std::uint64_t reports_left_out_ = 0; ///< guarded
    bool has_lost_child_ = false;        ///< guarded
    std::map<supervisor::ThreadId, ThreadContext> contexts_;
    std::size_t contexts_kept_ = 0; ///< guarded: fewer are not worth looking through
    std::atomic<bool> is_ending_{false};
    SystemEnd end_ = SystemEnd::completed;
    std::string end_explanation_;
    std::optional<HostError> host_failure_;
};

/// The rest of run_system(), when build() has succeeded. Once.
Result<RunReport> run_built(Core& core);

} // namespace glacis
