// A system for one test: domains from the guests beside, run in this process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "description/system.hpp"
#include "machine/run.hpp"

namespace glacis::kvm_tests {

/// How a system ended, with the consoles of its domains.
struct Outcome {
    RunReport report;
    std::map<std::string, std::vector<std::string>> console; ///< lines by domain

    /// All lines of a domain in one string, each with its newline.
    [[nodiscard]] std::string text(const std::string& domain) const;
    [[nodiscard]] const DomainReport& domain(const std::string& name) const;
    /// "class; class" of all faults.
    [[nodiscard]] std::string classes() const;
};

class Scenario {
public:
    /// One vCPU, 16 MiB, the default stack area, slices of 1 ms.
    Scenario();

    Scenario& vcpus(std::uint32_t count);
    Scenario& slice(std::uint64_t nanoseconds);
    Scenario& timeout(std::uint64_t nanoseconds);
    Scenario& unprotected();
    /// run() runs it twice, the first time for nothing: the second must not notice. Environment
    /// variable GLACIS_TEST_AFTER_RESET: all scenarios.
    Scenario& after_reset();
    Scenario& region(const std::string& name, std::uint64_t size);
    /// A region with the program of guests/`guest`.c in it.
    Scenario& program_region(const std::string& name, const std::string& guest);
    /// Adds a domain that runs guests/`guest`.c with these arguments.
    Scenario& domain(const std::string& name, const std::string& guest,
                     const std::vector<std::string>& arguments);
    /// Of the domain added last.
    Scenario& use(const std::string& region_name, std::uint32_t perm);
    /// Threads of the domain added last are run by the one of this name, added before.
    Scenario& managed_by(const std::string& manager);
    DomainDescription& last() { return system_.domains.back(); }
    SystemDescription& system() { return system_; }
    RunOptions& options() { return options_; }

    /// Runs it; a failure of the host fails the test.
    [[nodiscard]] Outcome run();
    /// The same where a failure of the host is what is tested.
    [[nodiscard]] Result<RunReport> try_run(Outcome& outcome);

private:
    SystemDescription system_;
    RunOptions options_;
    bool is_after_reset_;
};

} // namespace glacis::kvm_tests
