#include "calls.hpp"

#include "description/gates.hpp"

namespace glacis::kvm_tests {

Calls::Calls(const std::string& property, const std::vector<std::string>& more)
{
    std::vector<std::string> arguments{property};
    arguments.insert(arguments.end(), more.begin(), more.end());
    scenario_.domain("guest", "caller", arguments);
    scenario_.last().stack_commit = scenario_.last().stack_limit = 256ULL * 1024;
    offer_all();
    scenario_.domain("server", "server", {});
    offer_all();
}

Calls& Calls::vcpus(std::uint32_t count)
{
    scenario_.vcpus(count);
    return *this;
}

Calls& Calls::server_does(const std::string& what)
{
    server().arguments = {what};
    return *this;
}

Calls& Calls::scrub(Scrub scrub)
{
    for (ExportDescription& exported : server().exports) {
        exported.scrub = scrub;
    }
    return *this;
}

Calls& Calls::time_limit(std::uint64_t nanoseconds)
{
    time_limit_ = nanoseconds;
    return *this;
}

Scenario& Calls::ready()
{
    give_rights(scenario_.system().domains[0], server());
    give_rights(server(), scenario_.system().domains[0]);
    link_gates(scenario_.system());
    return scenario_;
}

void Calls::offer_all()
{
    for (const ProgramExport& exported : scenario_.last().program.exports()) {
        scenario_.last().exports.push_back({exported.name, Scrub::none});
    }
}

void Calls::give_rights(DomainDescription& caller, const DomainDescription& callee) const
{
    for (const ExportDescription& exported : callee.exports) {
        GateDescription gate;
        gate.callee = callee.name;
        gate.name = exported.name;
        gate.time_limit_ns = time_limit_;
        caller.gates.push_back(gate);
    }
}

} // namespace glacis::kvm_tests
