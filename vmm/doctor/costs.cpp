#include "doctor/costs.hpp"

#include "doctor/arch_probes.hpp"
#include "doctor/probe_machine.hpp"
#include "doctor/sample.hpp"
#include "doctor/watcher.hpp"

namespace glacis::doctor {

using namespace supervisor;

namespace {

constexpr std::size_t most_samples = 300;
constexpr std::uint64_t budget_ns = 25'000'000; // for each

void add(std::vector<Cost>& costs, const char* key, const char* what,
         const std::vector<double>& values)
{
    if (!values.empty()) {
        costs.push_back({key, what, median(values), values.size()});
    }
}

/// Time of `action`, which says whether it could be done; negative when not.
template <class Action> double checked_time(Action action)
{
    bool is_done = false;
    const double time = time_of([&] { is_done = action(); });
    return is_done ? time : -1;
}

template <class Action> std::vector<double> times(Action action)
{
    (void)checked_time(action); // the first one warms up
    return sample(most_samples, budget_ns, [&] { return checked_time(action); });
}

void measure_creation(const kvm::Kvm& kvm, std::vector<Cost>& costs)
{
    constexpr std::size_t few = 15;
    add(costs, "create_vm", "creating a VM with one vCPU", sample(few, budget_ns, [&] {
            std::optional<kvm::Vm> vm;
            std::optional<kvm::Vcpu> vcpu;
            return checked_time([&] {
                auto created = kvm.create_vm();
                if (!created) {
                    return false;
                }
                vm = std::move(*created);
                auto cpu = vm->create_vcpu(0);
                if (!cpu) {
                    return false;
                }
                vcpu = std::move(*cpu);
                return true;
            });
        }));
}

void measure_bare_exits(const kvm::Kvm& kvm, std::vector<Cost>& costs)
{
    auto machine = ProbeMachine::create(kvm);
    if (!machine) {
        return;
    }
    (*machine)->start_in_supervisor_mode(probe_code().exits);
    kvm::Vcpu& vcpu = (*machine)->cpu().vcpu();
    add(costs, "exit", "a bare exit from the supervisor's mode and back",
        times([&] { return std::holds_alternative<kvm::PortWrite>(vcpu.run()); }));
    add(costs, "immediate_exit", "KVM_RUN that leaves at once", times([&] {
            vcpu.request_exit();
            const bool left = std::holds_alternative<kvm::Interrupted>(vcpu.run());
            vcpu.clear_exit_request();
            return left;
        }));
    for (const VcpuCall& call : vcpu_calls()) {
        add(costs, call.key, call.what, times([&] { return call.call(vcpu); }));
    }
}

void measure_domain_exits(const kvm::Kvm& kvm, std::vector<Cost>& costs)
{
    auto created = ProbeMachine::create(kvm);
    if (!created) {
        return;
    }
    ProbeMachine& machine = **created;
    GuestCpu& cpu = machine.cpu();
    if (machine.start(probe_code().hypercalls, 0)) {
        add(costs, "hypercall", "a bare hypercall from a domain and back", times([&] {
                if (!std::holds_alternative<HypercallEvent>(cpu.run())) {
                    return false;
                }
                cpu.reply(0, 0);
                return true;
            }));
    }
    const auto faults = [&] {
        return std::holds_alternative<FaultEvent>(cpu.run());
    };
    if (machine.start(probe_code().trap, 0)) {
        add(costs, "trap", "an undefined instruction of a domain, to the VMM", times(faults));
    }
    if (machine.start(probe_code().read, ProbeMachine::data)) {
        add(costs, "page_fault", "a page fault of a domain, to the VMM", times(faults));
    }
}

void measure_memory(const kvm::Kvm& kvm, std::vector<Cost>& costs)
{
    auto machine = ProbeMachine::create(kvm);
    if (!machine) {
        return;
    }
    constexpr Range stack{ProbeMachine::data, ProbeMachine::data + 0x10000};
    GuestArea& area = (*machine)->area();
    const auto commit = [&] {
        return area.commit(stack).has_value();
    };
    const auto release = [&] {
        return area.release(stack).has_value();
    };
    add(costs, "commit", "committing 64 KiB", sample(most_samples, budget_ns, [&] {
            const double time = checked_time(commit);
            return release() ? time : -1;
        }));
    add(costs, "release", "closing and scrubbing 64 KiB",
        sample(most_samples, budget_ns, [&] { return commit() ? checked_time(release) : -1; }));
    if (commit()) {
        const Range page{stack.begin, stack.begin + page_size};
        add(costs, "flush", "flushing the translations of a page",
            times([&] { return area.flush(page).has_value(); }));
    }
    add(costs, "slot", "adding and deleting a memory slot",
        times([&] { return (*machine)->add_and_delete_slot().has_value(); }));
}

void measure_kicks(const kvm::Kvm& kvm, std::vector<Cost>& costs)
{
    auto machine = ProbeMachine::create(kvm);
    if (!machine) {
        return;
    }
    if (auto watcher = Watcher::start(**machine)) {
        constexpr std::size_t few = 30;
        add(costs, "kick", "a kick, until the vCPU is out of the guest",
            sample(few, budget_ns, [&] { return (*watcher)->kick(); }));
    }
}

} // namespace

std::vector<Cost> measure_costs(const kvm::Kvm& kvm)
{
    std::vector<Cost> costs;
    measure_creation(kvm, costs);
    measure_bare_exits(kvm, costs);
    measure_domain_exits(kvm, costs);
    measure_memory(kvm, costs);
    measure_kicks(kvm, costs);
    return costs;
}

} // namespace glacis::doctor
