// Running a system: from the checked description to the report of how it ended.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "description/system.hpp"
#include "fault/record.hpp"
#include "host/result.hpp"
#include "machine/clock.hpp"

namespace glacis {

enum class Protection {
    domains, ///< tables for each domain and stack, stage 2 holds only what is committed
    none,    ///< the unprotected baseline: one root for all, the whole stack area mapped
};

class Intervention;

/// A run that can be repeated exactly: one vCPU goes on at a time, with a time of its own, with
/// every call across domains made by the VMM. Of several vCPUs one goes on until nothing is left
/// for it to run, or until an intervention makes its thread give way; then the next that has
/// something to run does.
struct Repeatable {
    Patience patience;
    std::uint64_t seed = 0; ///< of the random numbers that domains ask for
};

struct RunOptions {
    Protection protection = Protection::domains;
    std::optional<std::uint64_t> timeout_ns;  ///< for the whole system
    std::vector<std::string> extra_arguments; ///< after `--`: appended to every domain's arguments
    /// Called with whole lines, without the newline, from any vCPU thread, one at a time.
    std::function<void(std::string_view domain, std::string_view line)> console;
    /// Called when a fault has been dealt with, one at a time.
    std::function<void(const FaultRecord&)> on_fault;
    /// For tests: called before each effect that is performed, from any vCPU thread; preemption is
    /// injected here.
    std::function<void()> between_effects;
    /// Stands between the guest and the VMM. SIGINT and SIGTERM are then its owner's affair.
    Intervention* intervention = nullptr;
    std::optional<Repeatable> repeatable;
};

enum class DomainEnd {
    exited,    ///< ended by itself, with `status`
    faulted,   ///< stopped by a fault
    cut_short, ///< was still running when the system ended (another domain's fault, time limit)
    destroyed, ///< was still running when its parent destroyed it or ended
    abandoned, ///< stopped because its thread manager has ended
};

struct DomainReport {
    std::string name;
    DomainEnd end = DomainEnd::exited;
    std::uint64_t status = 0;
    std::uint32_t restarts = 0;
    std::uint64_t peak_stacks = 0;
    std::uint64_t peak_memory = 0; ///< bytes
    std::uint64_t faults = 0;
    std::string parent = {};   ///< the domain that made it; empty for a domain of the description
    bool is_collected = false; ///< its parent has asked for its end, or destroyed it

    /// Whether exit_status() is 3 because of this domain. The end of a child is its parent's affair
    /// once that knows of it.
    [[nodiscard]] bool decides_badly() const;
};

enum class SystemEnd {
    completed, ///< every domain ended or was stopped
    stopped,   ///< a fault with policy "stop the system"
    time_limit,
    stuck,       ///< every thread waits and nothing can wake one
    interrupted, ///< SIGINT or SIGTERM
};

/// Counts that no noise touches.
struct RunCounts {
    std::uint64_t exits = 0; ///< returns of KVM_RUN to user space
    std::uint64_t hypercalls = 0;
    std::uint64_t faults = 0;
    std::uint64_t resumed_faults = 0; ///< by handler domains; not among the others
    std::uint64_t kicks = 0;
    std::uint64_t switches = 0; ///< dispatches
    std::uint64_t table_pages = 0;
};

/// What lay in a region that has an output.
struct RegionOutput {
    std::size_t region = 0;                        ///< index into SystemDescription::regions
    std::uint64_t length = 0;                      ///< as the domains said, who may say anything
    std::optional<std::vector<std::byte>> content; ///< absent where so much does not fit
};

struct RunReport {
    SystemEnd end = SystemEnd::completed;
    std::vector<DomainReport> domains;  ///< those of the description first
    std::uint64_t domains_left_out = 0; ///< children that are gone, beyond a bound
    bool has_lost_child = false;        ///< one that is gone decides badly
    std::vector<FaultRecord> faults;    ///< of children only the first thousand
    RunCounts counts;
    int signal = 0;              ///< that interrupted the system
    std::string end_explanation; ///< who waits where when stuck; empty otherwise
    std::vector<RegionOutput> outputs;

    /// 0 every domain ended well, 3 a domain faulted or ended with a non-zero status (children only
    /// when their parents did not learn of it), or an output makes no sense, or the system is
    /// stuck, 4 a time limit, 128 + signal when interrupted.
    [[nodiscard]] int exit_status() const;
};

/// Runs the system to its end on the calling thread and as many more as it has vCPUs. A HostError
/// means that the host failed (exit status 1).
Result<RunReport> run_system(const SystemDescription& system, const RunOptions& options);

} // namespace glacis
