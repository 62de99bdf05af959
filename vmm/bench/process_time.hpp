// How long a process takes, all in all.
#pragma once

#include <string>
#include <vector>

#include "host/result.hpp"

namespace glacis::bench {

/// Nanoseconds from before the start to after the end of a process, whose output goes nowhere. An
/// error unless it ends with status 0.
Result<double> time_process(const std::vector<std::string>& command);

} // namespace glacis::bench
