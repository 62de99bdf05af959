#include "campaign/experiment.hpp"

#include <algorithm>
#include <map>
#include <native/injection.hpp>

#include "campaign/spectator.hpp"
#include "host/calls.hpp"

namespace glacis::campaign {

namespace {

Observation run(const Setting& setting, Intervention* intervention)
{
    Spectator spectator;
    RunOptions options = options_of(setting);
    options.intervention = intervention;
    options.console = spectator.console();
    return spectator.observe(setting.system, run_system(setting.system, options));
}

/// Looks on. With an intervention a run leaves signals alone.
class Nothing final : public Intervention {
public:
    Status on_built(Core& /*core*/) override { return Done{}; }
    void before_entry(RunningThread& /*thread*/) override {}
    [[nodiscard]] Next on_event(RunningThread& /*thread*/, CpuEvent& /*event*/) override
    {
        return Next::as_it_is;
    }
    void on_end(Core& /*core*/) override {}
};

/// Makes every instruction trap once.
class Tracer final : public Intervention {
public:
    explicit Tracer(const std::vector<Target>& targets) : targets_(targets) {}

    Status on_built(Core& core) override
    {
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            const std::uint64_t base = core.domains[i].image_base;
            for (const std::uint64_t offset : targets_[i].instructions()) {
                std::array<std::uint8_t, native::trap_code.size()> original{};
                if (core.space->peek(base + offset, original) &&
                    core.space->copy_out(base + offset, native::trap_code)) {
                    traps_[base + offset] = {i, offset, original};
                }
            }
        }
        return Done{};
    }

    void before_entry(RunningThread& /*thread*/) override {}

    [[nodiscard]] Next on_event(RunningThread& thread, CpuEvent& event) override
    {
        const auto* fault = std::get_if<FaultEvent>(&event);
        const auto found =
            fault != nullptr ? traps_.find(fault->fault.program_counter) : traps_.end();
        if (found == traps_.end()) {
            return Next::as_it_is;
        }
        (void)thread.core().space->copy_out(found->first, found->second.original);
        executed[found->second.target].insert(found->second.offset);
        traps_.erase(found);
        return Next::resume;
    }

    void on_end(Core& /*core*/) override {}

    std::map<std::size_t, std::set<std::uint64_t>> executed; ///< by target

private:
    struct Trap {
        std::size_t target = 0;
        std::uint64_t offset = 0;
        std::array<std::uint8_t, native::trap_code.size()> original{};
    };
    const std::vector<Target>& targets_;
    std::map<std::uint64_t, Trap> traps_;
};

} // namespace

RunOptions options_of(const Setting& setting)
{
    RunOptions options;
    options.protection = setting.protection;
    options.extra_arguments = setting.arguments;
    options.repeatable = Repeatable{setting.patience, setting.seed};
    return options;
}

Experiment run_experiment(const Setting& setting, const Fault& fault)
{
    Injector injector(fault);
    const bool is_hosts = fault.fault_class == FaultClass::host_failure;
    if (is_hosts) {
        host::fail_at(fault.trigger.host_call, fault.trigger.nth, fault.error_number);
    }
    Experiment experiment;
    experiment.observation = run(setting, &injector);
    experiment.injection = injector.injection();
    if (is_hosts && !host::cancel_failure()) {
        experiment.injection.times = 1;
    }
    return experiment;
}

Observation run_golden(const Setting& setting)
{
    Nothing nothing;
    return run(setting, &nothing);
}

void find_executed(const Setting& setting, const Observation& golden, std::vector<Target>& targets)
{
    Tracer tracer(targets);
    const Observation traced = run(setting, &tracer);
    if (!is_alike(golden, traced)) {
        return;
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        targets[i].executed = std::move(tracer.executed[i]);
    }
}

} // namespace glacis::campaign
