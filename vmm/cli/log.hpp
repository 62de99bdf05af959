// Where log lines go.
#pragma once

namespace glacis::cli {

/// To standard error, from now on: warnings and errors, with -v what is being done, with -vv
/// details.
void start_log(int verbosity);

} // namespace glacis::cli
