#include "machine/resettable_system.hpp"

#include <cassert>
#include <utility>

namespace glacis {

using namespace supervisor;

Result<std::unique_ptr<ResettableSystem>> ResettableSystem::build(const SystemDescription& system,
                                                                  RunOptions options)
{
    std::unique_ptr<ResettableSystem> result(new ResettableSystem(system, std::move(options)));
    Core core(system, result->options_);
    if (auto built = core.build(); !built) {
        return built.error();
    }
    if (auto kept = result->keep(core); !kept) {
        return kept.error();
    }
    result->system_at_rest_ = std::move(core).take_apart();
    return result;
}

Status ResettableSystem::keep(const Core& core)
{
    const std::vector<OwnedPages> owned = core.supervisor->owned_pages();
    // The roots of the stacks that there are, which the first run would build, are kept as well.
    for (const OwnedPages& pages : owned) {
        if (!pages.is_stack) {
            continue;
        }
        const std::uint64_t slot = core.layout.stack_slot;
        const StackId stack{pages.pages.begin / slot * slot};
        const auto root = core.space->root(
            pages.owner, stack, [&] { return core.supervisor->stack_pages(pages.owner, stack); });
        if (!root) {
            return root.error();
        }
    }
    if (auto kept = core.space->keep(owned); !kept) {
        return kept;
    }
    record_ = std::make_unique<Supervisor>(core.layout, *core.space);
    record_->become(*core.supervisor);
    domains_ = core.domains;
    return Done{};
}

Result<RunReport>
ResettableSystem::run(std::function<void(std::string_view, std::string_view)> console,
                      Intervention* intervention)
{
    assert(!core_);
    options_.console = std::move(console);
    options_.intervention = intervention;
    core_ = std::make_unique<Core>(system_, options_, std::move(system_at_rest_));
    return run_built(*core_);
}

Status ResettableSystem::reset()
{
    assert(core_);
    system_at_rest_ = std::move(*core_).take_apart();
    core_.reset();
    for (const auto& vcpu : system_at_rest_.vcpus) {
        if (auto done = vcpu->cpu->start_over(); !done) {
            return done;
        }
        vcpu->is_idle = vcpu->is_running = vcpu->has_slice = false;
        vcpu->is_slice_unless_alone = vcpu->is_recalled = false;
    }
    if (auto done = system_at_rest_.space->restore(); !done) {
        return done;
    }
    system_at_rest_.supervisor->become(*record_);
    system_at_rest_.domains = domains_;
    return Done{};
}

} // namespace glacis
