// The options of inject, replay and merge.

#include <charconv>

#include "cli/option_parser.hpp"
#include "cli/verbs.hpp"

namespace glacis::cli {

namespace {

/// "3/8"
bool read_shard(const std::string& text, InjectCommand& command)
{
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) {
        return false;
    }
    const auto read = [](std::string_view part, std::uint64_t& number) {
        const char* const end = part.data() + part.size();
        const auto result = std::from_chars(part.data(), end, number);
        return result.ec == std::errc{} && result.ptr == end;
    };
    const std::string_view whole = text;
    constexpr std::uint64_t most_shards = 1'000'000;
    return read(whole.substr(0, slash), command.shard) &&
           read(whole.substr(slash + 1), command.shards) && command.shards <= most_shards &&
           command.shard >= 1 && command.shard <= command.shards;
}

} // namespace

Result<Command, Ending> parse_inject(std::vector<std::string> arguments)
{
    InjectCommand command;
    std::string report;
    std::string shard;
    std::uint64_t runs = 0;
    std::uint64_t seed = 0;
    OptionParser parser(
        "inject",
        "Runs a system again and again, each time with one fault, and tells what came of them, "
        "beside the same faults without protection.",
        "Exit status 5: a fault reached what it must not, which is a bug of Glacis.\n\n"
        "Examples:\n"
        "  glacis inject campaign.toml --jobs 2 --report results\n"
        "  glacis inject campaign.toml --shard 3/8 --report results-3");
    parser.app()
        .add_option("CAMPAIGN", command.campaigns, "The campaign, a TOML file, or several")
        ->required();
    const auto* has_report =
        parser.app().add_option("--report", report,
                                "Keeps every run in this directory, with several campaigns in one "
                                "for each; the same command goes on with what is there");
    constexpr std::uint64_t most_runs = 1'000'000'000; // as in campaign files
    const auto* has_runs = parser.app()
                               .add_option("--runs", runs, "So many, whatever the campaign says")
                               ->check(CLI::Range(std::uint64_t{1}, most_runs));
    const auto* has_seed =
        parser.app().add_option("--seed", seed, "This one, whatever the campaign says");
    constexpr std::uint32_t most_jobs = 256; // as in campaign/workers.cpp
    parser.app()
        .add_option("--jobs", command.jobs, "So many runs at a time, each in its process (1)")
        ->check(CLI::Range(std::uint32_t{1}, most_jobs));
    const auto* has_shard =
        parser.app()
            .add_option("--shard", shard, "Only the i-th of n parts of the runs, for `merge`")
            ->type_name("i/n");
    parser.app().add_flag("--no-baseline", command.has_no_baseline,
                          "Leaves out the runs without protection");
    parser.app().add_flag("--anew", command.is_anew,
                          "Starts the system anew for each run, instead of bringing it back to its "
                          "start: slower, with the same results");
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    if (has_shard->count() != 0 && !read_shard(shard, command)) {
        return parser.wrong("--shard: expected i/n with i from 1 to n, found " + in_quotes(shard));
    }
    if (has_report->count() != 0) {
        command.report = report;
    }
    if (has_runs->count() != 0) {
        command.runs = runs;
    }
    if (has_seed->count() != 0) {
        command.seed = seed;
    }
    return Command{std::move(command)};
}

Result<Command, Ending> parse_replay(std::vector<std::string> arguments)
{
    ReplayCommand command;
    std::uint64_t run = 0;
    OptionParser parser("replay",
                        "Repeats runs of a campaign from its report, and tells whether they came "
                        "out the same.",
                        "Exit status 6: one did not.\n\n"
                        "Example:\n  glacis replay results --run 4711");
    parser.app()
        .add_option("REPORT", command.report, "The directory that `inject --report` has written")
        ->required();
    const auto* has_run =
        parser.app().add_option("--run", run, "Only this run, with all there is to tell about it");
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    if (has_run->count() != 0) {
        command.run = run;
    }
    return Command{std::move(command)};
}

Result<Command, Ending> parse_merge(std::vector<std::string> arguments)
{
    MergeCommand command;
    OptionParser parser("merge",
                        "Puts the reports of a campaign's shards together. They may overlap. "
                        "Names what is missing.",
                        "Example:\n  glacis merge results-* --output results");
    parser.app()
        .add_option("REPORT", command.reports, "Directories that `inject --report` has written")
        ->required();
    parser.app()
        .add_option("-o,--output", command.output, "The directory for the whole report")
        ->required();
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    return Command{std::move(command)};
}

} // namespace glacis::cli
