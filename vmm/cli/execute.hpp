// What the short verbs do, and what all verbs share. `run` is the program's main way, in main.cpp;
// inject.hpp has campaigns.
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/parse.hpp"
#include "description/system.hpp"
#include "host/result.hpp"

namespace glacis::cli {

// All functions that return int return the exit status.

int execute(const CheckCommand& command);
int execute(const InspectCommand& command);
int execute(const DoctorCommand& command);
int execute(const BenchCommand& command);
int execute(const ExploreCommand& command); // explore.cpp

/// Tells help or what is wrong with the command line.
int end(const Ending& ending);

/// The checked system; nothing when it was refused, which has been told.
[[nodiscard]] std::optional<SystemDescription> described(const std::string& path,
                                                         const RegionFiles& files);

/// Tells an error.
int refuse(const HostError& error, ExitStatus status);

} // namespace glacis::cli
