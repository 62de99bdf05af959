// A supervisor, a machine model and the part of the VMM between them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include <glacis/supervisor/supervisor.hpp>

#include "machine_model.hpp"

namespace glacis::supervisor::test {

constexpr std::uint64_t page = page_size;

/// 8 slots of 64 KiB with guards of 16 KiB; 64 pages of domain memory; 4 vCPUs.
[[nodiscard]] Layout small_layout();

class World {
public:
    explicit World(const Layout& its_layout = small_layout());

    Layout layout;
    MachineModel machine;
    Supervisor supervisor;
    Nanoseconds now = 1000;
    bool is_turn_over = true;             ///< whenever a manager is to go on
    std::uint64_t main_commit = 2 * page; ///< of the stacks of main threads
    std::uint64_t main_limit = 4 * page;

    /// A domain with a page of code, a page of data and a main thread that is ready.
    DomainId add_domain(const std::string& name, const Quota& quota = {});
    /// Gives a new or restarted domain its image, its stack and its main thread.
    void start_domain(DomainId domain);
    /// What domain_create made becomes a domain like those of add_domain().
    DomainId start_child(std::uint64_t handle);
    [[nodiscard]] std::uint64_t code(DomainId domain) const { return images_.at(domain); }
    [[nodiscard]] std::uint64_t data(DomainId domain) const { return images_.at(domain) + page; }

    void set_image(DomainId domain, std::uint64_t base) { images_[domain] = base; }

    /// Puts the next ready thread on `vcpu`, whose root is built when it is new.
    Caller dispatch(std::uint32_t vcpu);
    std::optional<Dispatch> try_dispatch(std::uint32_t vcpu);
    /// What the last dispatch on `vcpu` said.
    [[nodiscard]] const Dispatch& last(std::uint32_t vcpu) const { return last_.at(vcpu); }

    /// The code that a thread so dispatched executes.
    [[nodiscard]] Caller here(const Dispatch& dispatch, std::uint32_t vcpu);

    // ---- calls across domains: what VMM and shim do
    // ----------------------------------------------

    /// The way of a call that is not prepared: decided, and entered if it may be. `caller` then is
    /// the callee's code on that thread.
    CallDecision cross(Caller& caller, std::uint64_t handle, std::uint64_t arguments,
                       std::uint64_t window);
    /// `caller` is on its vCPU, and from now on in these calls.
    void follow(Caller& caller, std::vector<Activation> calls);
    /// Back to where the innermost call came from, if that goes on. Precondition: in a call.
    void go_back(Caller& caller);
    /// A vCPU kicked by a stop catches up, and its thread leaves what cannot go on. What the VMM
    /// tells the thread then; nothing when it goes on as it is. `caller` then is the code that the
    /// thread executes; `has_left` when it has none any more.
    struct CaughtUp {
        bool has_left = false;
        std::optional<pd_status> status;
    };
    CaughtUp catch_up(Caller& caller);
    [[nodiscard]] const std::vector<Activation>& calls(ThreadId thread) { return calls_[thread]; }
    /// What the code that the thread executes sees of its stack.
    [[nodiscard]] StackView view(const Caller& caller);
    /// The first address above the thread's stack, and the lowest that is committed.
    [[nodiscard]] std::uint64_t top(const Caller& caller) const;
    [[nodiscard]] std::uint64_t bottom(const Caller& caller) const;
    /// The guest's access to a page of a stack, with the VMM's handling of the fault.
    bool touch(const Caller& caller, std::uint64_t address);

    /// Performs a plan and those that follow, to the end. `fails(n)` says whether the n-th effect
    /// of the first plan fails, and how.
    Plan perform(Plan plan);
    using Failures = std::function<std::optional<EffectFailure>(std::size_t effect)>;
    Plan perform(Plan plan, const Failures& fails);
    Plan begin(const Caller& caller, const Request& request);
    Plan call_plan(const Caller& caller, const Request& request);
    Reply call(const Caller& caller, const Request& request);
    pd_status status(const Caller& caller, const Request& request);
    /// Precondition: succeeds.
    std::uint64_t value(const Caller& caller, const Request& request);

    /// Stops, releases and drops whatever domains are quiescent. How many.
    std::size_t release_quiescent();

    /// The record is sound and, when nothing is in progress, the machine is what it says.
    void check() const;
    void check_idle() const;

private:
    std::map<DomainId, std::uint64_t> images_;
    std::map<ThreadId, std::vector<Activation>> calls_;
    std::map<std::uint32_t, Dispatch> last_;
};

/// Failure of the n-th effect of a plan.
[[nodiscard]] World::Failures fail_at(std::size_t effect,
                                      EffectFailure failure = EffectFailure::host_no_memory);

/// Everything a caller could see of the record, for comparison before and after a failed request.
[[nodiscard]] std::string snapshot(const World& world);

} // namespace glacis::supervisor::test
