#include "campaign_files.hpp"

#include <sstream>

namespace glacis::end_to_end {

std::string write_campaign(const ScratchDirectory& scratch, const std::string& system,
                           std::uint64_t runs, const std::vector<std::string>& classes,
                           const std::string& more)
{
    std::string text = "[campaign]\nsystem = \"" + system + "\"\nruns = " + std::to_string(runs) +
                       "\n" + more + "\n[[fault]]\nclasses = [";
    for (const std::string& each : classes) {
        text += " \"" + each + "\",";
    }
    return scratch.write("campaign.toml", text + " ]\n");
}

std::vector<nlohmann::json> records_of(const std::string& report)
{
    std::vector<nlohmann::json> records;
    std::istringstream lines(content_of(report + "/runs.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        records.push_back(nlohmann::json::parse(line));
    }
    return records;
}

} // namespace glacis::end_to_end
