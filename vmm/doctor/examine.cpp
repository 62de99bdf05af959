#include "doctor/examine.hpp"

#include "doctor/behaviours.hpp"
#include "doctor/costs.hpp"
#include "doctor/device.hpp"
#include "doctor/host_facts.hpp"

namespace glacis::doctor {

namespace {

void refuse(DoctorReport& report, const HostError& error)
{
    report.verdict = Verdict::unusable;
    report.reasons.push_back(error.text());
    report.advice = device_advice(error);
}

/// Whether everything that is needed is there.
bool judge_capabilities(DoctorReport& report)
{
    for (const Capability& capability : report.capabilities) {
        if (capability.is_needed && capability.value == 0) {
            report.reasons.push_back("this kernel's KVM lacks " + capability.name + ": " +
                                     capability.use);
        }
    }
    if (report.reasons.empty()) {
        return true;
    }
    report.verdict = Verdict::unusable;
    report.advice.push_back("Linux 4.17 or newer has everything that Glacis needs.");
    return false;
}

void judge_host(DoctorReport& report)
{
    constexpr std::uint64_t mib = 1 << 20;
    constexpr std::uint64_t little_memory = 128 * mib;
    constexpr std::uint64_t many_stacks = 30'000;
    if (report.host.memory_available < little_memory) {
        report.reasons.push_back("only " + std::to_string(report.host.memory_available / mib) +
                                 " MiB of memory are left");
        report.advice.push_back("Systems take about what their domains touch and 10 MiB.");
    }
    if (report.host.max_stacks < many_stacks) {
        const std::uint64_t needed = many_stacks * mappings_of_stack + mappings_of_process;
        report.reasons.push_back("vm.max_map_count allows about " +
                                 std::to_string(report.host.max_stacks) + " stacks at once");
        report.advice.push_back(
            "For " + std::to_string(many_stacks) +
            " of them: `sudo sysctl vm.max_map_count=" + std::to_string(needed) + "`");
    }
    const Behaviour* deletion = report.behaviour("slot_delete_drops_all");
    if (report.kvm.paging == "shadowed" && deletion != nullptr && deletion->answer == "no") {
        report.reasons.push_back("KVM may not forget guest page tables that are given up");
    }
    for (const Capability& capability : report.capabilities) {
        if (capability.name == "KVM_CAP_READONLY_MEM" && capability.value == 0) {
            report.reasons.push_back("a guest's supervisor mode could write the shim (no " +
                                     capability.name + ")");
        }
    }
}

} // namespace

DoctorReport examine_host()
{
    DoctorReport report;
    report.host = examine_host_facts();
    report.kvm.device = kvm::device_path();
    const auto kvm = kvm::Kvm::open(report.kvm.device);
    if (!kvm) {
        refuse(report, kvm.error());
        return report;
    }
    report.kvm = examine_device(*kvm);
    report.capabilities = examine_capabilities(*kvm);
    if (!judge_capabilities(report)) {
        return report;
    }
    auto behaviours = examine_behaviours(*kvm);
    if (!behaviours) {
        refuse(report, behaviours.error());
        return report;
    }
    report.behaviours = std::move(behaviours->answers);
    report.cpu_features = std::move(behaviours->cpu_features);
    report.reasons = std::move(behaviours->limits);
    judge_host(report);
    report.verdict = report.reasons.empty() ? Verdict::usable : Verdict::limited;
    report.costs = measure_costs(*kvm);
    return report;
}

} // namespace glacis::doctor
