// A page in a headless Chromium without a network, and what a script finds out there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace glacis::end_to_end {

/// Why pages cannot be looked at here; nothing when they can.
std::optional<std::string> browser_trouble();

struct Seen {
    nlohmann::json value; ///< what the script returned; null where it did not
    /// Exceptions, refusals of the page's policy, errors of the console, and whatever else than
    /// itself the page wanted to load. Failures of the browser too.
    std::vector<std::string> problems;
};

/// `script` is the body of an asynchronous function, evaluated when the page has loaded.
Seen look_at(const std::filesystem::path& page, const std::string& script);

} // namespace glacis::end_to_end
