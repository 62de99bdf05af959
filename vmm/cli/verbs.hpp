// The verbs: the name, what it does, and how its options become a command.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/parse.hpp"

namespace glacis::cli {

struct Verb {
    std::string_view name;
    std::string_view usage;   ///< "run SYSTEM.toml"
    std::string_view summary; ///< one line
    /// `arguments` without the verb.
    Result<Command, Ending> (*parse)(std::vector<std::string> arguments) = nullptr;
};

[[nodiscard]] std::span<const Verb> verbs();

// campaign_verbs.cpp
Result<Command, Ending> parse_inject(std::vector<std::string> arguments);
Result<Command, Ending> parse_replay(std::vector<std::string> arguments);
Result<Command, Ending> parse_merge(std::vector<std::string> arguments);

} // namespace glacis::cli
