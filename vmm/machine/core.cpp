#include "machine/core.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "description/layout.hpp"
#include "machine/log.hpp"

namespace glacis {

using namespace supervisor;

namespace {

std::vector<std::string> names_of(const SystemDescription& system)
{
    std::vector<std::string> names;
    for (const DomainDescription& domain : system.domains) {
        names.push_back(domain.name);
    }
    return names;
}

} // namespace

Core::Core(const SystemDescription& its_system, const RunOptions& its_options)
    : system(its_system), options(its_options), layout(layout_of(its_system)),
      clock(its_options.repeatable ? std::optional(its_options.repeatable->patience)
                                   : std::nullopt),
      console(names_of(its_system), its_options.console),
      images(std::max<std::uint64_t>(its_system.memory, PD_IMAGE_MAX))
{
    if (its_options.repeatable) {
        random.emplace(its_options.repeatable->seed);
        if (its_system.vcpus > 1) {
            baton.emplace(its_system.vcpus);
        }
    }
}

Core::Core(const SystemDescription& its_system, const RunOptions& its_options, BuiltSystem built)
    : Core(its_system, its_options)
{
    cpu_model_ = std::move(built.cpu_model);
    space = std::move(built.space);
    space->set_between(options.between_effects);
    supervisor = std::move(built.supervisor);
    vcpus = std::move(built.vcpus);
    domains = std::move(built.domains);
    region_bases_ = std::move(built.region_bases);
    if (domains.size() > system.domains.size()) {
        describe_default_manager();
        domains.back().description = &default_manager_;
        default_manager = domains.back().id;
    }
}

BuiltSystem Core::take_apart() &&
{
    return {std::move(cpu_model_), std::move(space),   std::move(supervisor),
            std::move(vcpus),      std::move(domains), std::move(region_bases_)};
}

Plan Core::carry_out(std::unique_lock<std::mutex>& lock, Plan plan)
{
    while (!plan.is_final) {
        lock.unlock();
        const PlanOutcome outcome = space->perform(plan.effects);
        lock.lock();
        if (auto broken = space->broken()) {
            break_off(std::move(*broken));
        }
        plan = supervisor->finish(plan.ticket, outcome, clock.now());
    }
    return plan;
}

void Core::release(std::unique_lock<std::mutex>& lock, const DomainRecord& domain)
{
    Plan plan = supervisor->release_domain(domain.id);
    const std::uint32_t itself = domain.id == default_manager ? 0 : 1;
    if (supervisor->live_domains() > itself || (domain.wants_restart && !is_ending())) {
        carry_out(lock, std::move(plan));
        return;
    }
    // Nobody is left who could reach the memory or get it anew: it goes with the machine.
    while (!plan.is_final) {
        const PlanOutcome as_if_done{plan.effects.size(), false, {}};
        plan = supervisor->finish(plan.ticket, as_if_done, clock.now());
    }
}

void Core::settle(std::unique_lock<std::mutex>& lock)
{
    while (const auto quiescent = supervisor->take_quiescent()) {
        DomainRecord& domain = record(*quiescent);
        report_pending(domain);
        const Usage usage = supervisor->usage(*quiescent);
        domain.peak_stacks = std::max(domain.peak_stacks, usage.stacks.peak);
        domain.peak_memory = std::max(domain.peak_memory, usage.memory.peak);
        release(lock, domain);
        space->close_domain(*quiescent);
        forget_contexts();
        console.finish(static_cast<std::size_t>(*quiescent));
        charge_parent(domain);
        if (domain.wants_restart && !is_ending() && !supervisor->is_doomed(*quiescent)) {
            start_anew(lock, domain);
            continue;
        }
        domain.has_ended = true;
        domain.was_destroyed = supervisor->is_doomed(*quiescent);
        if (domain.own_description) { // children come and go by the thousand
            log_debug("domain '{}' has ended", domain.description->name);
        } else {
            log_info("domain '{}' has ended", domain.description->name);
        }
        supervisor->give_up_restart(*quiescent);
        supervisor->conclude(*quiescent);
        stop_managed(*quiescent);
        forget_vacated();
    }
    if (!is_ending() && supervisor->live_domains() == 0) {
        end(SystemEnd::completed);
    }
}

/// Those of threads that are gone; not at every end, since that looks at all.
void Core::forget_contexts()
{
    constexpr std::size_t slack = 16;
    if (contexts_.size() <= contexts_kept_ + slack) {
        return;
    }
    std::erase_if(contexts_, [this](const auto& entry) {
        return supervisor->thread_number(entry.first) == UINT64_MAX;
    });
    contexts_kept_ = contexts_.size() + contexts_.size() / 2;
}

namespace {

/// Whether it was the host that could not, and not the supervisor that had nothing left to give.
[[nodiscard]] bool is_hosts_failure(const StartFailure& failure)
{
    return failure.status == PD_OK || failure.status == PD_HOST_NO_MEMORY ||
           failure.status == PD_HOST_CONFLICT || failure.status == PD_HOST_FAILED;
}

} // namespace

void Core::start_anew(std::unique_lock<std::mutex>& lock, DomainRecord& domain)
{
    domain.wants_restart = false;
    domain.has_faulted = false;
    domain.running_ns = 0;
    ++domain.restarts;
    supervisor->restart_domain(domain.id);
    supervisor->begin_start(domain.id);
    ++starting_;
    const auto started = start_domain(lock, domain);
    --starting_;
    if (!started && is_hosts_failure(started.error())) {
        break_off(started.error().error);
    } else if (!started) {
        // Others may have taken what it needs: that ends this domain, and no other.
        log_info("domain '{}' is not restarted: {}", domain.description->name,
                 started.error().error.text());
        domain.has_faulted = true;
        supervisor->note_fault(domain.id, PD_FAULT_UNKNOWN);
        supervisor->give_up_restart(domain.id);
        supervisor->stop_domain(domain.id);
    }
    supervisor->end_start(domain.id);
}

/// Whether there is a vCPU that looks for work now.
bool Core::wake_idle()
{
    for (const auto& vcpu : vcpus) {
        if (vcpu->is_idle) {
            vcpu->is_idle = false; // the next piece of work wakes the next one
            vcpu->kick.wake();
            return true;
        }
    }
    return false;
}

bool Core::is_waited_for(std::uint32_t vcpu) const
{
    return supervisor->has_ready() ||
           (vcpus[vcpu]->is_slice_unless_alone && supervisor->has_news(VcpuId{vcpu}));
}

void Core::spread_work(std::uint32_t self)
{
    for (const VcpuId id : supervisor->vcpus_to_recall()) {
        VcpuRecord& vcpu = *vcpus[static_cast<std::size_t>(id)];
        if (vcpu.is_running && !vcpu.is_recalled) {
            vcpu.is_recalled = true;
            kicks.fetch_add(1, std::memory_order_relaxed);
            vcpu.kick.send();
        }
    }
    if (supervisor->has_ready() && wake_idle()) {
        return;
    }
    for (std::uint32_t id = 0; id < vcpus.size(); ++id) {
        VcpuRecord& vcpu = *vcpus[id];
        if (id != self && vcpu.is_running && !vcpu.has_slice && is_waited_for(id)) {
            vcpu.has_slice = true;
            kicks.fetch_add(1, std::memory_order_relaxed);
            vcpu.kick.send();
        }
    }
}

void Core::stop_domain(DomainId domain, std::uint32_t self)
{
    for (const VcpuId vcpu : supervisor->stop_domain(domain)) {
        if (static_cast<std::uint32_t>(vcpu) != self) {
            kicks.fetch_add(1, std::memory_order_relaxed);
            vcpus[static_cast<std::size_t>(vcpu)]->kick.send();
        }
    }
}

void Core::stop_managed(DomainId manager)
{
    for (const DomainId id : supervisor->managed_by(manager)) {
        if (supervisor->state(id) == DomainState::released) {
            continue;
        }
        DomainRecord& domain = record(id);
        log_info("domain '{}' is stopped: its thread manager '{}' has ended",
                 domain.description->name, record(manager).description->name);
        domain.wants_restart = false;
        domain.has_lost_manager = true;
        stop_domain(id, UINT32_MAX);
    }
}

void Core::end(SystemEnd how, std::string explanation)
{
    if (is_ending_.exchange(true)) {
        return;
    }
    end_ = how;
    end_explanation_ = std::move(explanation);
    for (const auto& vcpu : vcpus) {
        vcpu->kick.wake();
        if (vcpu->is_running) {
            kicks.fetch_add(1, std::memory_order_relaxed);
            vcpu->kick.send();
        }
    }
}

void Core::break_off(HostError error)
{
    if (!host_failure_) {
        host_failure_ = std::move(error);
    }
    end(SystemEnd::stopped);
}

bool Core::is_stuck() const
{
    return starting_ == 0 && supervisor->is_stuck();
}

void Core::check_interrupt()
{
    if (interrupted.load() != 0) {
        const std::lock_guard guard(mutex);
        end(SystemEnd::interrupted);
    }
}

bool Core::is_permitted(DomainId domain, StackView view, std::uint64_t address,
                        std::uint64_t length, Perm want) const
{
    return space->protection() == Protection::none
               ? space->is_mapped(address, length, want)
               : supervisor->is_permitted(domain, view, address, length, want);
}

ThreadContext& Core::context(ThreadId thread)
{
    return contexts_[thread];
}

DomainReport Core::report_of(const DomainRecord& domain) const
{
    DomainReport part;
    part.name = domain.description->name;
    part.parent = domain.parent_name;
    part.restarts = domain.restarts;
    part.peak_stacks = domain.peak_stacks;
    part.peak_memory = domain.peak_memory;
    part.faults = domain.faults;
    part.status = supervisor->exit_value(domain.id);
    part.is_collected = supervisor->is_collected(domain.id);
    if (domain.has_lost_manager) {
        part.end = DomainEnd::abandoned;
    } else if (domain.has_faulted) {
        part.end = DomainEnd::faulted;
    } else if (!domain.has_ended) {
        part.end = DomainEnd::cut_short;
    } else {
        part.end = domain.was_destroyed ? DomainEnd::destroyed : DomainEnd::exited;
    }
    if (!domain.has_ended) {
        const Usage usage = supervisor->usage(domain.id);
        part.peak_stacks = std::max(part.peak_stacks, usage.stacks.peak);
        part.peak_memory = std::max(part.peak_memory, usage.memory.peak);
    }
    return part;
}

bool DomainReport::decides_badly() const
{
    if (parent.empty()) {
        return end != DomainEnd::exited || status != 0;
    }
    const bool went_wrong = end == DomainEnd::faulted || end == DomainEnd::abandoned ||
                            (end == DomainEnd::exited && status != 0) || faults != 0;
    return went_wrong && !is_collected;
}

RunReport Core::report()
{
    RunReport result;
    result.end = end_;
    result.signal = interrupted.load();
    result.end_explanation = end_explanation_;
    for (const DomainRecord& domain : domains) {
        if (domain.description != nullptr && domain.was_made && domain.id != default_manager) {
            result.domains.push_back(report_of(domain));
        }
    }
    std::move(gone_.begin(), gone_.end(), std::back_inserter(result.domains));
    result.domains_left_out = reports_left_out_;
    result.has_lost_child = has_lost_child_;
    result.faults = std::move(faults);
    for (const auto& vcpu : vcpus) {
        result.counts.exits += vcpu->cpu ? vcpu->cpu->exits() : 0;
    }
    result.counts.hypercalls = hypercalls.load();
    result.counts.faults = faults_;
    result.counts.resumed_faults = resumed_faults.load();
    result.counts.kicks = kicks.load();
    result.counts.switches = switches.load();
    if (default_manager && supervisor->state(*default_manager) != DomainState::released) {
        space->close_domain(*default_manager); // what is its own, is counted nowhere
    }
    result.counts.table_pages = space->table_pages();
    return result;
}

int RunReport::exit_status() const
{
    switch (end) {
    case SystemEnd::time_limit:
        return 4;
    case SystemEnd::stopped:
    case SystemEnd::stuck:
        return 3;
    case SystemEnd::interrupted:
        return 128 + signal;
    case SystemEnd::completed:
        break;
    }
    const bool is_bad =
        has_lost_child ||
        std::any_of(domains.begin(), domains.end(),
                    [](const DomainReport& domain) { return domain.decides_badly(); }) ||
        std::any_of(faults.begin(), faults.end(),
                    [](const FaultRecord& fault) { return !fault.is_of_child; });
    const bool is_output_sound =
        std::all_of(outputs.begin(), outputs.end(),
                    [](const RegionOutput& output) { return output.content.has_value(); });
    return is_bad || !is_output_sound ? 3 : 0;
}

} // namespace glacis
