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
    std::map<std::uint32_t, Dispatch> last_;
};

/// Failure of the n-th effect of a plan.
[[nodiscard]] World::Failures fail_at(std::size_t effect,
                                      EffectFailure failure = EffectFailure::host_no_memory);

/// Everything a caller could see of the record, for comparison before and after a failed request.
[[nodiscard]] std::string snapshot(const World& world);

} // namespace glacis::supervisor::test
