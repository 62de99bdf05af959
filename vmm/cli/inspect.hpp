// A checked system shown as it would run.
#pragma once

#include <string>

#include "description/system.hpp"

namespace glacis::cli {

[[nodiscard]] std::string inspect_text(const SystemDescription& system);
/// The JSON document, ended by a newline; docs/command_line.md describes it.
[[nodiscard]] std::string inspect_json(const SystemDescription& system);

} // namespace glacis::cli
