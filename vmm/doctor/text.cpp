#include <algorithm>
#include <cstdio>

#include "doctor/report.hpp"

namespace glacis::doctor {

namespace {

std::string padded(std::string text, std::size_t width)
{
    if (text.size() < width) {
        text.resize(width, ' ');
    }
    return text;
}

std::string entry(const std::string& key, const std::string& value)
{
    constexpr std::size_t width = 12;
    return "  " + padded(key, width) + value + "\n";
}

/// "12.3 us"
std::string time_text(double nanoseconds)
{
    char text[32];
    if (nanoseconds < 1000) {
        std::snprintf(text, sizeof text, "%8.0f ns", nanoseconds);
    } else {
        std::snprintf(text, sizeof text, "%8.1f us", nanoseconds / 1000);
    }
    return text;
}

std::string host_text(const DoctorReport& report)
{
    constexpr std::uint64_t mib = 1 << 20;
    const HostFacts& host = report.host;
    std::string text = "\nhost\n" + entry("kernel", host.kernel + ", " + host.machine);
    text += entry("processor", host.cpu + (host.cpu.empty() ? "" : ", ") +
                                   std::to_string(host.cpus) + " online");
    text += entry("runs under", host.hypervisor.empty() ? "no hypervisor" : host.hypervisor);
    text += entry("memory", std::to_string(host.memory_available / mib) + " MiB available");
    text += entry("mappings", "vm.max_map_count = " + std::to_string(host.max_map_count) +
                                  ", enough for " + std::to_string(host.max_stacks) + " stacks");
    return text;
}

std::string kvm_text(const DoctorReport& report)
{
    const KvmFacts& kvm = report.kvm;
    std::string text = "\nKVM\n" + entry("device", kvm.device);
    if (kvm.api_version == 0) {
        return text;
    }
    text += entry("flavour", kvm.flavour + ", paging " + kvm.paging + ", API version " +
                                 std::to_string(kvm.api_version));
    text += entry("limits", std::to_string(kvm.max_vcpus) + " vCPUs, " +
                                std::to_string(kvm.max_slots) + " memory slots a VM");
    std::string given;
    std::string refused;
    for (const CpuFeature& feature : report.cpu_features) {
        (feature.is_given ? given : refused) += " " + feature.name;
    }
    if (!report.cpu_features.empty()) {
        text += entry("domains get", given.empty() ? "-" : given.substr(1));
        text += refused.empty() ? "" : entry("and not", refused.substr(1));
    }
    return text;
}

std::string capabilities_text(const DoctorReport& report)
{
    constexpr std::size_t width = 28;
    std::string text = "\ncapabilities\n";
    for (const Capability& capability : report.capabilities) {
        const char* state = capability.value != 0  ? "yes      "
                            : capability.is_needed ? "MISSING  "
                                                   : "no       ";
        text += "  " + padded(capability.name, width) + state + capability.use + "\n";
    }
    return text;
}

std::string behaviours_text(const DoctorReport& report)
{
    constexpr std::size_t width = 54;
    constexpr std::size_t answer_width = 20;
    std::string text = "\nbehaviour\n";
    for (const Behaviour& behaviour : report.behaviours) {
        std::string line = "  " + padded(behaviour.question, width) +
                           padded(behaviour.answer, answer_width) + behaviour.meaning;
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string costs_text(const DoctorReport& report)
{
    constexpr std::size_t width = 54;
    std::string text = "\ncosts (medians; compare them with each other, not between hosts)\n";
    for (const Cost& cost : report.costs) {
        text += "  " + padded(cost.what, width) + time_text(cost.median_ns) + "\n";
    }
    return text;
}

} // namespace

std::string to_text(const DoctorReport& report)
{
    std::string text = std::string("This host is ") + verdict_text(report.verdict) + ".\n";
    for (const std::string& reason : report.reasons) {
        text += "  - " + reason + "\n";
    }
    if (!report.advice.empty()) {
        text += "What to do:\n";
        for (const std::string& advice : report.advice) {
            text += "  - " + advice + "\n";
        }
    }
    text += host_text(report) + kvm_text(report);
    text += report.capabilities.empty() ? "" : capabilities_text(report);
    text += report.behaviours.empty() ? "" : behaviours_text(report);
    text += report.costs.empty() ? "" : costs_text(report);
    return text;
}

} // namespace glacis::doctor
