#include "judge_world.hpp"

#include <algorithm>

#include <glacis/abi/hypercall.h>

namespace glacis::campaign::test {

SystemDescription sample_system()
{
    SystemDescription system;
    system.regions.resize(1);
    system.domains.resize(3);
    system.domains[0].name = "parser";
    system.domains[0].regions = {{0, PD_PERM_READ | PD_PERM_WRITE}};
    system.domains[1].name = "reader";
    system.domains[1].regions = {{0, PD_PERM_READ}};
    system.domains[2].name = "lonely";
    return system;
}

Observation golden_run()
{
    Observation observation;
    observation.domains = {{"parser", DomainEnd::exited, 0, 0, 3, 0x11, "done"},
                           {"reader", DomainEnd::exited, 0, 0, 5, 0x22, "done"},
                           {"lonely", DomainEnd::exited, 0, 0, 1, 0x33, "done"}};
    observation.outputs = {0x44};
    return observation;
}

DomainBehaviour& behaviour_of(Observation& observation, const std::string& domain)
{
    return *std::find_if(observation.domains.begin(), observation.domains.end(),
                         [&domain](const auto& each) { return each.name == domain; });
}

Experiment harmless_run()
{
    Experiment experiment;
    experiment.observation = golden_run();
    experiment.injection.times = 1;
    experiment.injection.deed = "did something";
    return experiment;
}

Fault parser_fault(FaultClass fault_class)
{
    Fault fault;
    fault.fault_class = fault_class;
    fault.domain = "parser";
    return fault;
}

FaultRecord fault_record(pd_fault_class fault_class, const std::string& domain)
{
    FaultRecord record;
    record.fault_class = fault_class;
    record.domain = domain;
    return record;
}

Verdict verdict_on(const Experiment& experiment)
{
    return judge(sample_system(), parser_fault(), golden_run(), experiment);
}

} // namespace glacis::campaign::test
