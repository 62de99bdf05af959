#include "cli/verbs.hpp"

#include <array>

#include <glacis/abi/layout.h>

#include "cli/option_parser.hpp"
#include "description/units.hpp"
#include "explore/schedule_file.hpp"

namespace glacis::cli {

namespace {

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
