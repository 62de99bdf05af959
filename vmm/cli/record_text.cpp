// Runs of a campaign for people.
#include "campaign/record.hpp"
#include "cli/inject.hpp"

namespace glacis::cli {

using namespace campaign;

namespace {

std::string side_text(const char* title, const Side& side)
{
    const Verdict& verdict = side.verdict;
    std::string text = std::string(title) + std::string(name_of(verdict.outcome));
    if (!verdict.mechanism.empty()) {
        text += " by: " + verdict.mechanism;
        text += verdict.detected_in.empty() ? "" : " in domain '" + verdict.detected_in + "'";
    }
    if (verdict.latency != 0) {
        text += ", " + std::to_string(verdict.latency) + " exits after the injection";
    }
    text += "\n";
    text += side.deed.empty() ? "" : "  what was done: " + side.deed + "\n";
    for (const std::string& name : verdict.spread) {
        text += "  domain '" + name + "' behaved otherwise too, by permitted ways\n";
    }
    for (const Escape& escape : verdict.escapes) {
        text += "  escaped to " + escape.owner + ": " + escape.what + "\n";
    }
    return text + side.fault_text;
}

} // namespace

std::string record_text(const Record& record)
{
    std::string text = "run " + std::to_string(record.run) + ": " +
                       std::string(inject::name_of(record.fault.fault_class));
    text += record.fault.domain.empty() ? "" : " in domain '" + record.fault.domain + "'";
    text += ", " + trigger_text(record.fault, record.place) + "\n";
    text += side_text("with protection: ", record.with);
    if (record.without) {
        text += side_text("without: ", *record.without);
    }
    return text;
}

} // namespace glacis::cli
