#include "process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace glacis::end_to_end {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
    Pipe()
    {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        read_end = ends[0];
        write_end = ends[1];
    }
    ~Pipe()
    {
        close_write_end();
        close(read_end);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close_write_end()
    {
        if (write_end >= 0) {
            close(write_end);
            write_end = -1;
        }
    }

    int read_end = -1;
    int write_end = -1;
};

[[noreturn]] void become(const std::vector<std::string>& command, const ProcessOptions& options,
                         const Pipe& output, const Pipe& errors)
{
    constexpr int could_not_start = 127;
    setpgid(0, 0);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(output.write_end, STDOUT_FILENO);
    dup2(errors.write_end, STDERR_FILENO);
    if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) {
        _exit(could_not_start);
    }
    for (const auto& [name, value] : options.environment) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    if (options.user != 0 && (setgid(options.user) != 0 || setuid(options.user) != 0)) {
        _exit(could_not_start);
    }
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(could_not_start);
}

/// Reads what is there; false at the end of the stream.
bool take(int descriptor, std::string& text)
{
    std::array<char, 65536> buffer{};
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

/// Collects output until both streams end; false when the time limit comes first.
bool collect(const Pipe& output, const Pipe& errors, Clock::time_point deadline, pid_t child,
             const ProcessOptions& options, ProcessResult& result)
{
    std::array<pollfd, 2> streams{{{output.read_end, POLLIN, 0}, {errors.read_end, POLLIN, 0}}};
    const std::array<std::string*, 2> texts{&result.output, &result.errors};
    bool are_signals_sent = false;
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            return false;
        }
        if (poll(streams.data(), streams.size(), static_cast<int>(left.count())) < 0) {
            continue;
        }
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (streams[i].fd >= 0 && streams[i].revents != 0 && !take(streams[i].fd, *texts[i])) {
                streams[i].fd = -1;
            }
        }
        if (!are_signals_sent && !(result.output.empty() && result.errors.empty())) {
            are_signals_sent = true;
            for (const int signal : options.signals_when_started) {
                kill(child, signal);
            }
        }
    }
    return true;
}

} // namespace

ProcessResult run_process(const std::vector<std::string>& command, const ProcessOptions& options)
{
    Pipe output;
    Pipe errors;
    const pid_t child = fork();
    if (child < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (child == 0) {
        become(command, options, output, errors);
    }
    output.close_write_end();
    errors.close_write_end();

    ProcessResult result;
    const Clock::time_point deadline = Clock::now() + options.time_limit;
    result.is_timed_out = !collect(output, errors, deadline, child, options, result);
    if (result.is_timed_out) {
        kill(child, SIGKILL);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    kill(-child, SIGKILL);
    if (WIFEXITED(status)) {
        result.exit_status = WEXITSTATUS(status);
    } else if (WIFSIGNALED(status)) {
        result.signal = WTERMSIG(status);
    }
    return result;
}

std::ostream& operator<<(std::ostream& stream, const ProcessResult& result)
{
    stream << "exit status " << result.exit_status << ", signal " << result.signal
           << (result.is_timed_out ? ", time limit" : "") << "\n--- standard output\n"
           << result.output << "--- standard error\n"
           << result.errors << "---";
    return stream;
}

} // namespace glacis::end_to_end
