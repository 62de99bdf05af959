#include "campaign/judge.hpp"

#include <algorithm>
#include <map>

#include <glacis/abi/hypercall.h>

#include "machine/status_text.hpp"

namespace glacis::campaign {

namespace {

/// Whether what `from` does can change what `to` does, by something that the description allows.
bool is_connected(const SystemDescription& system, std::size_t from, std::size_t to)
{
    const DomainDescription& giver = system.domains[from];
    const DomainDescription& taker = system.domains[to];
    for (const RegionUse& written : giver.regions) {
        if ((written.perm & PD_PERM_WRITE) == 0) {
            continue;
        }
        for (const RegionUse& read : taker.regions) {
            if (read.region == written.region) {
                return true;
            }
        }
    }
    const auto calls = [](const DomainDescription& caller, std::size_t callee) {
        return std::any_of(caller.gates.begin(), caller.gates.end(),
                           [callee](const GateDescription& gate) { return gate.domain == callee; });
    };
    return calls(giver, to) || calls(taker, from) || giver.fault_handler == to ||
           taker.fault_handler == from || giver.thread_manager == to ||
           taker.thread_manager == from;
}

const DomainBehaviour* find(const Observation& observation, const std::string& name)
{
    for (const DomainBehaviour& each : observation.domains) {
        if (each.name == name) {
            return &each;
        }
    }
    return nullptr;
}

/// Whether a domain behaved as without the fault. One that the system's end cut short has done
/// nothing wrong.
bool is_as_before(const DomainBehaviour& before, const DomainBehaviour& now)
{
    return before == now || now.end == DomainEnd::cut_short;
}

std::vector<std::string> changed_others(const Fault& fault, const Observation& golden,
                                        const Observation& now)
{
    std::vector<std::string> changed;
    for (const DomainBehaviour& before : golden.domains) {
        const DomainBehaviour* after = find(now, before.name);
        if (before.name != fault.domain && after != nullptr && !is_as_before(before, *after)) {
            changed.push_back(before.name);
        }
    }
    return changed;
}

/// The first fault that the undisturbed run does not have: its domain has not had so many of that
/// class there.
std::optional<std::size_t> new_fault(const Observation& golden, const Observation& now)
{
    std::map<std::pair<std::string, std::string>, std::uint64_t> expected;
    for (const FaultRecord& record : golden.faults) {
        ++expected[{record.domain, class_name(record.fault_class)}];
    }
    for (std::size_t index = 0; index < now.faults.size(); ++index) {
        const FaultRecord& record = now.faults[index];
        std::uint64_t& left = expected[{record.domain, class_name(record.fault_class)}];
        if (left == 0) {
            return index;
        }
        --left;
    }
    return std::nullopt;
}

/// What detected it, if anything did.
bool find_detection(const Fault& fault, const Observation& golden, const Experiment& experiment,
                    Verdict& verdict)
{
    const Observation& now = experiment.observation;
    if (now.host_failure) {
        verdict.mechanism = "host failure reported";
        return true;
    }
    if (const auto index = new_fault(golden, now)) {
        const FaultRecord& record = now.faults[*index];
        const std::vector<std::uint64_t>& at = experiment.injection.exits_at_faults;
        verdict.mechanism = class_name(record.fault_class);
        verdict.detected_in = record.domain;
        if (at.size() == now.faults.size()) { // otherwise some were resumed by their handlers
            verdict.latency = at[*index] - std::min(at[*index], experiment.injection.exits_before);
        }
        return true;
    }
    if (experiment.injection.refusal) {
        verdict.mechanism =
            std::string("hypercall refused: ") + status_text(*experiment.injection.refusal);
        verdict.detected_in = fault.domain;
        return true;
    }
    if (now.end == SystemEnd::stuck && golden.end != SystemEnd::stuck) {
        verdict.mechanism = "no thread can go on";
        return true;
    }
    for (const DomainBehaviour& before : golden.domains) {
        const DomainBehaviour* after = find(now, before.name);
        if (after != nullptr && after->status != 0 && after->status != before.status &&
            after->end == DomainEnd::exited) {
            verdict.mechanism = "the program's own check";
            verdict.detected_in = before.name;
            return true;
        }
    }
    return false;
}

std::vector<Escape> find_escapes(const SystemDescription& system, const Fault& fault,
                                 const Experiment& experiment,
                                 const std::vector<std::string>& changed)
{
    std::vector<Escape> escapes = experiment.injection.escapes;
    if (!experiment.injection.broken_invariant.empty()) {
        escapes.push_back({"the VMM", experiment.injection.broken_invariant});
    }
    if (experiment.injection.was_granted) {
        escapes.push_back({"the supervisor", "granted: " + experiment.injection.deed});
    }
    if (experiment.observation.host_failure && fault.fault_class != FaultClass::host_failure) {
        escapes.push_back({"the VMM", *experiment.observation.host_failure});
    }
    if (fault.fault_class == FaultClass::host_failure) {
        return escapes; // it is nobody's in particular, and may concern everybody
    }
    const std::set<std::string> reach = reach_of(system, fault.domain);
    for (const std::string& name : changed) {
        if (reach.count(name) == 0) {
            escapes.push_back({name, "it behaves otherwise, and has nothing to do with domain '" +
                                         fault.domain + "'"});
        }
    }
    return escapes;
}

} // namespace

std::string_view name_of(Outcome outcome)
{
    switch (outcome) {
    case Outcome::not_activated:
        return "not activated";
    case Outcome::no_effect:
        return "no effect";
    case Outcome::detected:
        return "detected";
    case Outcome::time_limit:
        return "time limit";
    case Outcome::silent_corruption:
        return "silent corruption";
    case Outcome::escape:
        return "escape";
    }
    return "";
}

std::optional<Outcome> outcome_named(std::string_view name)
{
    const auto* const found = std::find_if(all_outcomes.begin(), all_outcomes.end(),
                                           [name](Outcome each) { return name_of(each) == name; });
    return found != all_outcomes.end() ? std::optional(*found) : std::nullopt;
}

std::set<std::string> reach_of(const SystemDescription& system, const std::string& domain)
{
    std::set<std::size_t> reached;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < system.domains.size(); ++i) {
        if (system.domains[i].name == domain) {
            open.push_back(i);
        }
    }
    while (!open.empty()) {
        const std::size_t from = open.back();
        open.pop_back();
        if (!reached.insert(from).second) {
            continue;
        }
        for (std::size_t to = 0; to < system.domains.size(); ++to) {
            if (is_connected(system, from, to)) {
                open.push_back(to);
            }
        }
    }
    std::set<std::string> names;
    for (const std::size_t index : reached) {
        names.insert(system.domains[index].name);
    }
    return names;
}

Verdict judge(const SystemDescription& system, const Fault& fault, const Observation& golden,
              const Experiment& experiment)
{
    Verdict verdict;
    const Observation& now = experiment.observation;
    const std::vector<std::string> changed = changed_others(fault, golden, now);
    verdict.escapes = find_escapes(system, fault, experiment, changed);
    if (!verdict.escapes.empty()) {
        verdict.outcome = Outcome::escape;
        return verdict;
    }
    if (experiment.injection.times == 0) {
        verdict.outcome = Outcome::not_activated;
        return verdict;
    }
    verdict.spread = changed;
    if (find_detection(fault, golden, experiment, verdict)) {
        verdict.outcome = Outcome::detected;
    } else if (now.end == SystemEnd::time_limit) {
        verdict.outcome = Outcome::time_limit;
    } else {
        verdict.outcome = is_alike(golden, now) ? Outcome::no_effect : Outcome::silent_corruption;
    }
    return verdict;
}

} // namespace glacis::campaign
