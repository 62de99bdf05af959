#include "browser.hpp"

#include "installed_glacis.hpp"

namespace glacis::end_to_end {

std::optional<std::string> browser_trouble()
{
    for (const char* program : {"node", "chromium"}) {
        if (const auto result = run_process({program, "--version"}); result.exit_status != 0) {
            return std::string(program) + " is not installed";
        }
    }
    return std::nullopt;
}

Seen look_at(const std::filesystem::path& page, const std::string& script)
{
    const ScratchDirectory scratch;
    const std::string opener =
        std::string(GLACIS_SOURCE_DIRECTORY) + "/tests/end_to_end/browser.mjs";
    const ProcessResult result = run_process(
        {"node", opener, "chromium", page.string(), scratch.write("script.js", script)});
    Seen seen;
    const auto document = nlohmann::json::parse(result.output, nullptr, false);
    if (result.exit_status != 0 || !document.is_object()) {
        seen.problems.push_back("the browser failed: " + result.output + result.errors);
        return seen;
    }
    seen.value = document["value"];
    document["problems"].get_to(seen.problems);
    return seen;
}

} // namespace glacis::end_to_end
