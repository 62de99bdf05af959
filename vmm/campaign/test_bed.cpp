#include "campaign/test_bed.hpp"

#include "campaign/spectator.hpp"

namespace glacis::campaign {

bool TestBed::is_ready()
{
    if (!system_) {
        if (auto built = ResettableSystem::build(setting_.system, options_of(setting_))) {
            system_ = std::move(*built);
        }
    }
    return system_ != nullptr;
}

Experiment TestBed::run(const Fault& fault)
{
    // A failing call of the host is counted from the start of the system, and spares none.
    const bool needs_start = fault.fault_class == FaultClass::host_failure;
    if (is_anew_ || needs_start || !is_ready()) {
        return run_experiment(setting_, fault);
    }
    Injector injector(fault);
    Spectator spectator;
    const auto report = system_->run(spectator.console(), &injector);
    Experiment experiment{spectator.observe(setting_.system, report), injector.injection()};
    // What has done harm where it must not is not built upon.
    const bool is_sound = experiment.injection.escapes.empty() &&
                          experiment.injection.broken_invariant.empty() &&
                          !experiment.observation.host_failure;
    if ((setting_.protection == Protection::domains && !is_sound) || !system_->reset()) {
        system_.reset();
    }
    return experiment;
}

} // namespace glacis::campaign
