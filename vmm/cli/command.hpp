// What the user asked for, as values: one structure for each verb.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "description/region_files.hpp"
#include "machine/run.hpp"

namespace glacis::cli {

struct RunCommand {
    std::string system; ///< path of the description
    RegionFiles files;
    std::optional<std::string> report;
    std::optional<std::uint64_t> timeout_ns;
    std::optional<std::uint32_t> vcpus; ///< instead of the description's
    Protection protection = Protection::domains;
    int verbosity = 0;                  ///< 0 quiet, 1 -v, 2 and more -vv
    std::vector<std::string> arguments; ///< after `--`, for every domain
};

struct CheckCommand {
    std::string system;
    RegionFiles files;
};

struct InspectCommand {
    std::string system;
    RegionFiles files;
    bool json = false;
};

struct DoctorCommand {
    bool json = false;
};

struct BenchCommand {
    bool json = false;
    std::string filter;                ///< part of a benchmark's name; empty for all
    std::optional<std::size_t> repeat; ///< samples of each, instead of each one's own number
};

struct ExploreCommand {
    std::string system;
    RegionFiles files;
    std::vector<std::string> functions; ///< marked ones
    std::uint32_t vcpus = 1;            ///< that go on one at a time
    std::uint32_t preemptions = 2;
    std::uint64_t schedules = 10'000;    ///< most that are run
    std::uint32_t points = 20'000;       ///< most of a run
    std::optional<std::string> schedule; ///< file of the only one to run
    std::optional<std::string> save;     ///< file for the one that was found
    bool json = false;
    std::vector<std::string> arguments; ///< after `--`, for every domain
};

struct InjectCommand {
    std::vector<std::string> campaigns; ///< paths of their files
    /// Directory; with several campaigns, each has one of its name in it.
    std::optional<std::string> report;
    std::optional<std::uint64_t> runs; ///< of each, instead of its file's
    std::optional<std::uint64_t> seed; ///< likewise
    std::uint32_t jobs = 1;            ///< processes
    std::uint64_t shard = 1;           ///< from 1 to `shards`
    std::uint64_t shards = 1;
    bool has_no_baseline = false; ///< whatever the file says
    bool is_anew = false;         ///< each run starts its system anew
};

struct ReplayCommand {
    std::string report;               ///< directory
    std::optional<std::uint64_t> run; ///< nothing: all
};

struct MergeCommand {
    std::vector<std::string> reports; ///< directories
    std::string output;               ///< directory
};

using Command = std::variant<RunCommand, CheckCommand, InspectCommand, DoctorCommand, BenchCommand,
                             ExploreCommand, InjectCommand, ReplayCommand, MergeCommand>;

/// Exit statuses of the tool.
enum ExitStatus : int {
    exit_well = 0,
    exit_host_failed = 1,
    exit_bad_input = 2, ///< command line, description, program or other file
    exit_domain_faulted = 3,
    exit_time_limit = 4,
    exit_escaped = 5, ///< inject, merge: a fault reached what it must not
    exit_differs = 6, ///< replay: a run did not come out as recorded
};

} // namespace glacis::cli
