// Where the benchmarks' programs are.
#pragma once

#include <string>

#include "description/system.hpp"
#include "host/result.hpp"

namespace glacis::bench {

/// This executable.
Result<std::string> own_path();

/// A file of the benchmarks, beside the build's or the installed executable.
Result<std::string> file_path(const std::string& name);

/// A system of one domain that runs `program` (a name without ".pd") with these arguments: one
/// vCPU, 16 MiB of memory, the default stack area.
Result<SystemDescription> describe(const std::string& program,
                                   const std::vector<std::string>& arguments);

} // namespace glacis::bench
