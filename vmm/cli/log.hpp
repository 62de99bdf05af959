// Where log lines go.
#pragma once

namespace glacis::cli {

/// To standard error, from now on: with -v what is being done, with -vv details. Without either
/// nothing is told, and nothing made.
void start_log(int verbosity);

} // namespace glacis::cli
