// From the arguments of the process to a command.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "host/result.hpp"

namespace glacis::cli {

/// Why there is no command: help was asked for, or the command line is wrong. What to print where,
/// and the exit status.
struct Ending {
    int status = 0;
    std::string output;
    std::string errors;
};

/// `arguments` without the name of the program.
Result<Command, Ending> parse_command_line(std::vector<std::string> arguments);

} // namespace glacis::cli
