// Two domains that call each other, for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenario.hpp"

namespace glacis::kvm_tests {

/// A caller ("guest") with the right to call everything that the "server" exports, and the other
/// way round.
class Calls {
public:
    explicit Calls(const std::string& property, const std::vector<std::string>& more = {});

    /// Without the rights.
    Scenario& scenario() { return scenario_; }
    DomainDescription& server() { return scenario_.system().domains[1]; }
    Calls& vcpus(std::uint32_t count);
    Calls& server_does(const std::string& what);
    Calls& scrub(Scrub scrub);
    Calls& time_limit(std::uint64_t nanoseconds);

    /// With the rights. Once.
    Scenario& ready();
    [[nodiscard]] Outcome run() { return ready().run(); }

private:
    void offer_all();
    void give_rights(DomainDescription& caller, const DomainDescription& callee) const;

    Scenario scenario_;
    std::optional<std::uint64_t> time_limit_;
};

} // namespace glacis::kvm_tests
