#include "bench/process_time.hpp"

#include <cerrno>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "machine/kick.hpp"

extern char** environ;

namespace glacis::bench {

Result<double> time_process(const std::vector<std::string>& command)
{
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int descriptor : {1, 2}) {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
    }
    const std::uint64_t begin = monotonic_now();
    pid_t process = 0;
    const int error_number =
        posix_spawn(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error_number != 0) {
        return HostError{"posix_spawn", error_number, "starting " + command[0]};
    }
    int state = 0;
    while (waitpid(process, &state, 0) < 0) {
        if (errno != EINTR) {
            return host_error("waitpid", "waiting for " + command[0]);
        }
    }
    const std::uint64_t end = monotonic_now();
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
        return HostError{"", 0, command[0] + " did not end well"};
    }
    return static_cast<double>(end - begin);
}

} // namespace glacis::bench
