#include <nlohmann/json.hpp>

#include "doctor/report.hpp"

namespace glacis::doctor {

namespace {

using nlohmann::ordered_json;

ordered_json host_json(const HostFacts& host)
{
    return {
        {"kernel", host.kernel},
        {"machine", host.machine},
        {"cpu", host.cpu},
        {"cpus", host.cpus},
        {"hypervisor",
         host.hypervisor.empty() ? ordered_json(nullptr) : ordered_json(host.hypervisor)},
        {"memory_available", host.memory_available},
        {"max_map_count", host.max_map_count},
        {"max_stacks", host.max_stacks},
    };
}

ordered_json kvm_json(const KvmFacts& kvm)
{
    return {
        {"device", kvm.device},       {"flavour", kvm.flavour},
        {"paging", kvm.paging},       {"api_version", kvm.api_version},
        {"max_vcpus", kvm.max_vcpus}, {"max_slots", kvm.max_slots},
    };
}

} // namespace

std::string to_json(const DoctorReport& report)
{
    ordered_json capabilities = ordered_json::array();
    for (const Capability& capability : report.capabilities) {
        capabilities.push_back({{"name", capability.name},
                                {"needed", capability.is_needed},
                                {"value", capability.value},
                                {"use", capability.use}});
    }
    ordered_json features = ordered_json::object();
    for (const CpuFeature& feature : report.cpu_features) {
        features[feature.name] = feature.is_given;
    }
    ordered_json behaviours = ordered_json::array();
    for (const Behaviour& behaviour : report.behaviours) {
        behaviours.push_back({{"key", behaviour.key},
                              {"question", behaviour.question},
                              {"answer", behaviour.answer},
                              {"meaning", behaviour.meaning}});
    }
    ordered_json costs = ordered_json::array();
    for (const Cost& cost : report.costs) {
        costs.push_back({{"key", cost.key},
                         {"what", cost.what},
                         {"median_ns", cost.median_ns},
                         {"samples", cost.samples}});
    }
    const ordered_json document{
        {"verdict", verdict_text(report.verdict)},
        {"reasons", report.reasons},
        {"advice", report.advice},
        {"host", host_json(report.host)},
        {"kvm", kvm_json(report.kvm)},
        {"capabilities", std::move(capabilities)},
        {"cpu_features", std::move(features)},
        {"behaviours", std::move(behaviours)},
        {"costs", std::move(costs)},
    };
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace glacis::doctor
