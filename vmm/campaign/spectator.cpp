#include "campaign/spectator.hpp"

namespace glacis::campaign {

std::function<void(std::string_view, std::string_view)> Spectator::console()
{
    return [this](std::string_view domain, std::string_view line) {
        Text& text = texts_[std::string(domain)];
        ++text.lines;
        text.last = line;
        text.digest = digest(text.last + "\n", text.digest);
    };
}

Observation Spectator::observe(const SystemDescription& system,
                               const Result<RunReport>& report) const
{
    Observation observation;
    if (!report) {
        observation.host_failure = report.error().text();
        return observation;
    }
    observation.end = report->end;
    observation.explanation = report->end_explanation;
    observation.faults = report->faults;
    observation.calls = report->counts.hypercalls + report->counts.faults;
    for (std::size_t i = 0; i < system.domains.size(); ++i) {
        const DomainReport& domain = report->domains[i];
        DomainBehaviour behaviour{domain.name, domain.end, domain.status, domain.restarts, 0,
                                  0,           {}};
        if (const auto text = texts_.find(domain.name); text != texts_.end()) {
            behaviour.lines = text->second.lines;
            behaviour.text = text->second.digest;
            behaviour.last_line = text->second.last;
        }
        observation.domains.push_back(std::move(behaviour));
    }
    for (const RegionOutput& output : report->outputs) {
        observation.outputs.push_back(
            output.content ? digest(std::as_bytes(std::span(*output.content))) : output.length);
    }
    return observation;
}

} // namespace glacis::campaign
