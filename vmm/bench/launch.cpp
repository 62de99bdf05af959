// The whole process of `glacis run hello.toml`, beside a minimal process that uses KVM.

#include <cerrno>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bench/benchmarks.hpp"
#include "bench/guest_run.hpp"
#include "bench/programs.hpp"
#include "bench/samples.hpp"
#include "machine/kick.hpp"

extern char** environ;

namespace glacis::bench {

namespace {

/// Nanoseconds from before the start to after the end of a process, whose output goes nowhere.
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

} // namespace

Measured measure_launch(std::size_t samples)
{
    const auto own = own_path();
    const auto minimal = file_path("minimal_kvm");
    const auto hello = file_path("hello.toml");
    for (const auto* path : {&own, &minimal, &hello}) {
        if (!*path) {
            return path->error();
        }
    }
    std::vector<Pair> pairs;
    for (std::size_t index = 0; index < samples + 1; ++index) {
        const auto floor = time_process({*minimal});
        const auto value = time_process({*own, "run", *hello});
        if (!floor) {
            return floor.error();
        }
        if (!value) {
            return value.error();
        }
        if (index > 0) { // the first fills the page cache
            pairs.push_back({*floor, *value});
        }
    }
    BenchResult result;
    result.name = "launch";
    result.unit = "ns";
    result.floor = "a minimal KVM process: a VM, a vCPU, one exit";
    result.targets = {{Target::Kind::ratio_at_most, 1.5}};
    set_from_pairs(result, pairs);

    auto system = describe("hello", {});
    if (!system) {
        return system.error();
    }
    const auto report = run_guest(*system, {});
    if (!report) {
        return report.error();
    }
    result.exits = report->counts.exits;
    return std::vector<BenchResult>{result};
}

} // namespace glacis::bench
