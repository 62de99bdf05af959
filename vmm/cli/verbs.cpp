#include "cli/verbs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ios>
#include <optional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <glacis/abi/layout.h>

#include "description/error.hpp"
#include "description/units.hpp"
#include "explore/schedule_file.hpp"

namespace glacis::cli {

namespace {

/// One verb's options. Only the verb that was asked for is ever built.
class OptionParser {
public:
    OptionParser(const std::string& verb, const std::string& description, const std::string& footer)
        : verb_(verb), app_(description, "glacis " + verb)
    {
        app_.footer(footer);
        app_.get_formatter()->column_width(32);
    }

    CLI::App& app() { return app_; }

    /// What ends the program: help, or an error. Nothing when the options were understood.
    std::optional<Ending> parse(std::vector<std::string> arguments)
    {
        std::reverse(arguments.begin(), arguments.end()); // as the library wants them
        try {
            app_.parse(std::move(arguments));
        } catch (const CLI::CallForHelp&) {
            return Ending{exit_well, app_.help(), {}};
        } catch (const CLI::ParseError& error) {
            return wrong(error.what());
        }
        return std::nullopt;
    }

    [[nodiscard]] Ending wrong(const std::string& message) const
    {
        return {exit_bad_input,
                {},
                "glacis " + verb_ + ": " + printable(message) + "\ntry 'glacis " + verb_ +
                    " --help'\n"};
    }

private:
    std::ios_base::Init streams_; ///< late/iostream leaves it out
    std::string verb_;
    CLI::App app_;
};

/// The system, where `arguments` are nothing else. That is how most systems are started, and
/// building the parser of options takes as long as reading a description.
std::optional<std::string> system_alone(const std::vector<std::string>& arguments)
{
    const bool is_alone = arguments.size() == 1 && !arguments[0].empty() && arguments[0][0] != '-';
    return is_alone ? std::optional(arguments[0]) : std::nullopt;
}

void add_system(CLI::App& app, std::string& system)
{
    app.add_option("SYSTEM", system, "The description of the system, a TOML file")->required();
}

/// The options that name files for regions.
class RegionFileOptions {
public:
    explicit RegionFileOptions(CLI::App& app)
    {
        add(app, "--input", inputs_, "Fills a region from this file");
        add(app, "--output", outputs_,
            "Writes a region to this file when the system has ended well");
    }

    /// What is wrong with them; nothing when `files` holds them.
    [[nodiscard]] std::optional<std::string> take(RegionFiles& files) const
    {
        auto wrong = split(inputs_, "--input", files.inputs);
        return wrong ? wrong : split(outputs_, "--output", files.outputs);
    }

private:
    static void add(CLI::App& app, const char* name, std::vector<std::string>& values,
                    const char* help)
    {
        app.add_option(name, values, help)->type_name("REGION=FILE")->allow_extra_args(false);
    }

    static std::optional<std::string> split(const std::vector<std::string>& values,
                                            const std::string& option,
                                            std::vector<RegionFile>& files)
    {
        for (const std::string& value : values) {
            const std::size_t equals = value.find('=');
            if (equals == 0 || equals == std::string::npos || equals + 1 == value.size()) {
                return option + ": expected REGION=FILE, found " + in_quotes(value);
            }
            files.push_back({value.substr(0, equals), value.substr(equals + 1)});
        }
        return std::nullopt;
    }

    std::vector<std::string> inputs_;
    std::vector<std::string> outputs_;
};

/// What follows the first "--" is the domains' own business; it is taken out of `arguments`.
std::vector<std::string> split_off_domain_arguments(std::vector<std::string>& arguments)
{
    const auto separator = std::find(arguments.begin(), arguments.end(), "--");
    if (separator == arguments.end()) {
        return {};
    }
    std::vector<std::string> rest(separator + 1, arguments.end());
    arguments.erase(separator, arguments.end());
    return rest;
}

Result<Command, Ending> parse_run(std::vector<std::string> arguments)
{
    RunCommand command;
    std::string timeout;
    std::string protection = "domains";
    std::uint32_t vcpus = 0;
    std::string report;
    command.arguments = split_off_domain_arguments(arguments);
    if (auto system = system_alone(arguments)) {
        command.system = *std::move(system);
        return Command{std::move(command)};
    }
    OptionParser parser(
        "run", "Runs a system to its end, its domains' consoles labelled.",
        "Arguments after -- are appended to those of every domain.\n\n"
        "Examples:\n"
        "  glacis run pipeline.toml --report result.json --timeout \"30 s\" -- --quiet\n"
        "  glacis run thumbnail.toml --input picture=photo.jpg --output thumbnail=small.png");
    add_system(parser.app(), command.system);
    const RegionFileOptions region_files(parser.app());
    const auto* has_report =
        parser.app().add_option("--report", report, "Writes what happened to this file, as JSON");
    const auto* has_timeout = parser.app().add_option(
        "--timeout", timeout, "Ends the system after this time: \"500 ms\", \"2 s\"");
    const auto* has_vcpus =
        parser.app()
            .add_option("--vcpus", vcpus, "Uses so many vCPUs, whatever the description says")
            ->check(CLI::Range(1, GLACIS_VCPU_MAX));
    parser.app()
        .add_option("--protection", protection,
                    "domains, or none: the unprotected baseline, to see what goes unnoticed")
        ->check(CLI::IsMember({"domains", "none"}));
    parser.app().add_flag("-v,--verbose", command.verbosity,
                          "Tells what is being done; twice (-vv) tells more");
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    if (const auto wrong = region_files.take(command.files)) {
        return parser.wrong(*wrong);
    }
    if (has_report->count() != 0) {
        command.report = report;
    }
    if (has_vcpus->count() != 0) {
        command.vcpus = vcpus;
    }
    if (has_timeout->count() != 0) {
        command.timeout_ns = parse_duration(timeout);
        if (!command.timeout_ns) {
            const std::string likely = likely_duration(timeout);
            return parser.wrong("--timeout: expected a duration such as \"2 s\", found " +
                                in_quotes(timeout) +
                                (likely.empty() ? "" : "; did you mean \"" + likely + "\"?"));
        }
    }
    command.protection = protection == "none" ? Protection::none : Protection::domains;
    return Command{std::move(command)};
}

Result<Command, Ending> parse_check(std::vector<std::string> arguments)
{
    CheckCommand command;
    if (auto system = system_alone(arguments)) {
        command.system = *std::move(system);
        return Command{std::move(command)};
    }
    OptionParser parser("check",
                        "Checks a description and the programs it names, and tells every error.",
                        "Example:\n  glacis check pipeline.toml");
    add_system(parser.app(), command.system);
    const RegionFileOptions region_files(parser.app());
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    if (const auto wrong = region_files.take(command.files)) {
        return parser.wrong(*wrong);
    }
    return Command{std::move(command)};
}

Result<Command, Ending> parse_inspect(std::vector<std::string> arguments)
{
    InspectCommand command;
    if (auto system = system_alone(arguments)) {
        command.system = *std::move(system);
        return Command{std::move(command)};
    }
    OptionParser parser(
        "inspect", "Shows a system as it would run: addresses, pages, stacks, rights, exports.",
        "Example:\n  glacis inspect pipeline.toml --json");
    add_system(parser.app(), command.system);
    const RegionFileOptions region_files(parser.app());
    parser.app().add_flag("--json", command.json, "For programs instead of people");
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    if (const auto wrong = region_files.take(command.files)) {
        return parser.wrong(*wrong);
    }
    return Command{std::move(command)};
}

Result<Command, Ending> parse_doctor(std::vector<std::string> arguments)
{
    DoctorCommand command;
    OptionParser parser(
        "doctor",
        "Finds out what this host's KVM can do, which quirks it has, what things cost on "
        "it, and what to do when it cannot be used.",
        "Example:\n  glacis doctor");
    parser.app().add_flag("--json", command.json, "For programs instead of people");
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    return Command{command};
}

Result<Command, Ending> parse_bench(std::vector<std::string> arguments)
{
    BenchCommand command;
    OptionParser parser("bench", "Measures, each figure beside its floor from the same run.",
                        "Example:\n  glacis bench --filter stack --json");
    parser.app().add_flag("--json", command.json, "For programs instead of people");
    parser.app().add_option("--filter", command.filter, "Only those whose names contain this");
    constexpr std::size_t most_samples = 10'000;
    std::size_t repeat = 0;
    const auto* has_repeat = parser.app()
                                 .add_option("--repeat", repeat, "Takes so many samples of each")
                                 ->check(CLI::Range(std::size_t{1}, most_samples));
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    if (has_repeat->count() != 0) {
        command.repeat = repeat;
    }
    return Command{std::move(command)};
}

Result<Command, Ending> parse_explore(std::vector<std::string> arguments)
{
    ExploreCommand command;
    std::string schedule;
    std::string save;
    command.arguments = split_off_domain_arguments(arguments);
    OptionParser parser(
        "explore",
        "Runs a system under one schedule of its threads after the other, and tells the first that "
        "ends in a fault, a status other than 0, or nowhere.",
        "Arguments after -- are appended to those of every domain.\n\n"
        "Examples:\n"
        "  glacis explore pipeline.toml --function queue_put --preemptions 3\n"
        "  glacis explore pipeline.toml --save bug.json\n"
        "  glacis explore pipeline.toml --schedule bug.json");
    add_system(parser.app(), command.system);
    const RegionFileOptions region_files(parser.app());
    parser.app()
        .add_option("--function", command.functions,
                    "Threads can be preempted at each instruction of this function too; may be "
                    "given again")
        ->type_name("[DOMAIN.]NAME")
        ->allow_extra_args(false);
    const auto* has_vcpus =
        parser.app()
            .add_option("--vcpus", command.vcpus,
                        "Runs the system on so many vCPUs, whatever the description says: who is "
                        "preempted waits on its own, and the next one goes on (1)")
            ->check(CLI::Range(std::uint32_t{1}, explore::most_vcpus));
    constexpr std::uint32_t most_preemptions = 100;
    constexpr std::uint32_t most_points = 10'000'000;
    constexpr std::uint64_t most_schedules = 1'000'000'000;
    parser.app()
        .add_option("--preemptions", command.preemptions, "Most preemptions of a schedule (2)")
        ->check(CLI::Range(std::uint32_t{0}, most_preemptions));
    parser.app()
        .add_option("--max-schedules", command.schedules, "Ends the search after so many (10000)")
        ->check(CLI::Range(std::uint64_t{1}, most_schedules));
    parser.app()
        .add_option("--max-points", command.points,
                    "Cuts a run short after so many points at which threads could be preempted "
                    "(20000)")
        ->check(CLI::Range(std::uint32_t{1}, most_points));
    const auto* has_schedule =
        parser.app().add_option("--schedule", schedule, "Runs only the schedule in this file");
    const auto* has_save =
        parser.app().add_option("--save", save, "Writes the schedule that was found to this file");
    parser.app().add_flag("--json", command.json, "For programs instead of people");
    if (auto ending = parser.parse(std::move(arguments))) {
        return *std::move(ending);
    }
    if (const auto wrong = region_files.take(command.files)) {
        return parser.wrong(*wrong);
    }
    if (has_schedule->count() != 0) {
        command.schedule = schedule;
    }
    if (has_save->count() != 0) {
        command.save = save;
    }
    if (command.schedule &&
        (command.save || !command.functions.empty() || has_vcpus->count() != 0)) {
        return parser.wrong("--schedule: the file says everything; --save, --function and --vcpus "
                            "do not go with it");
    }
    return Command{std::move(command)};
}

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

constexpr std::array<Verb, 9> all_verbs{{
    {"run", "run SYSTEM.toml", "runs a system", &parse_run},
    {"check", "check SYSTEM.toml", "checks a description and its programs", &parse_check},
    {"inspect", "inspect SYSTEM.toml", "shows a system as it would run", &parse_inspect},
    {"doctor", "doctor", "tells what this host's KVM can do", &parse_doctor},
    {"explore", "explore SYSTEM.toml", "searches for a schedule of its threads that goes wrong",
     &parse_explore},
    {"inject", "inject CAMPAIGN.toml...", "runs a system with faults, and tells what came of them",
     &parse_inject},
    {"replay", "replay REPORT", "repeats runs of a campaign", &parse_replay},
    {"merge", "merge REPORT...", "puts the parts of a campaign together", &parse_merge},
    {"bench", "bench", "measures, each figure beside its floor", &parse_bench},
}};

} // namespace

std::span<const Verb> verbs()
{
    return all_verbs;
}

} // namespace glacis::cli
