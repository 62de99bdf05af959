// Running a program to its end, with its output captured.
#pragma once

#include <chrono>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace glacis::end_to_end {

struct ProcessResult {
    int exit_status = -1; ///< -1 when a signal or the time limit ended it
    int signal = 0;
    bool is_timed_out = false;
    std::string output;
    std::string errors;
};

/// For failed assertions: everything there is to know.
std::ostream& operator<<(std::ostream& stream, const ProcessResult& result);

struct ProcessOptions {
    std::string directory;                          ///< empty: the current one
    std::map<std::string, std::string> environment; ///< added to this process's own
    std::vector<int> signals_when_started;          ///< sent one after the other after first output
    unsigned user = 0;                              ///< not 0: runs as this user (needs root)
    std::chrono::seconds time_limit{120};           ///< a hang is a failure, not a hung test
};

/// Runs `command` with an empty standard input. Its whole process group is gone at return.
ProcessResult run_process(const std::vector<std::string>& command,
                          const ProcessOptions& options = {});

} // namespace glacis::end_to_end
