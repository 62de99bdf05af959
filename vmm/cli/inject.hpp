// glacis inject, replay and merge, and what they share.
#pragma once

#include <string>
#include <vector>

#include "campaign/archive.hpp"
#include "cli/command.hpp"
#include "description/error.hpp"

namespace glacis::cli {

// All functions that return int return the exit status.

int execute(const InjectCommand& command);
int execute(const ReplayCommand& command); // replay.cpp
int execute(const MergeCommand& command);  // replay.cpp

int complain_of(const std::vector<DescriptionError>& errors);
int complain_of(const campaign::ArchiveError& error);

/// Of a report with these records: tells the first escape, if there is one. `report`: its
/// directory, empty for none.
int end_of(const campaign::Records& records, const std::string& report);

/// A run for people, over several lines.
[[nodiscard]] std::string record_text(const campaign::Record& record);

} // namespace glacis::cli
