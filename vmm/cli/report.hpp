// The report of a run, for programs: docs/command_line.md describes it.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "description/system.hpp"
#include "machine/run.hpp"

namespace glacis::cli {

/// The JSON document, ended by a newline.
[[nodiscard]] std::string report_text(const SystemDescription& system, const RunCommand& command,
                                      const RunReport& report);

/// For people, on standard error: what of the run's end the console and the faults have not told.
/// Empty when every domain ended well.
[[nodiscard]] std::string end_text(const RunCommand& command, const RunReport& report);

} // namespace glacis::cli
