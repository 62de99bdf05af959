#include "cli/execute.hpp"

#include "bench/bench.hpp"
#include "cli/inspect.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "description/error.hpp"
#include "description/load.hpp"
#include "doctor/examine.hpp"

namespace glacis::cli {

namespace {

/// Prints what was asked for.
int tell(const std::string& text)
{
    return print(text) ? exit_well
                       : refuse(host_error("write", "standard output"), exit_host_failed);
}

} // namespace

std::optional<SystemDescription> described(const std::string& path, const RegionFiles& files)
{
    auto system = load_description(path, host_limits(), files);
    if (system) {
        return std::move(system).value();
    }
    for (const DescriptionError& error : system.error()) {
        complain(error.text() + "\n");
    }
    return std::nullopt;
}

int refuse(const HostError& error, ExitStatus status)
{
    complain("glacis: " + error.text() + "\n");
    return status;
}

int end(const Ending& ending)
{
    complain(ending.errors);
    return ending.status == exit_well ? tell(ending.output) : ending.status;
}

int execute(const CheckCommand& command)
{
    return described(command.system, command.files) ? tell(command.system + ": OK\n")
                                                    : exit_bad_input;
}

int execute(const InspectCommand& command)
{
    const auto system = described(command.system, command.files);
    if (!system) {
        return exit_bad_input;
    }
    return tell(command.json ? inspect_json(*system) : inspect_text(*system));
}

int execute(const DoctorCommand& command)
{
    const doctor::DoctorReport report = doctor::examine_host();
    const int shown = tell(command.json ? doctor::to_json(report) : doctor::to_text(report));
    return report.verdict == doctor::Verdict::unusable ? exit_host_failed : shown;
}

int execute(const BenchCommand& command)
{
    start_log(0);
    const auto report = bench::run_benchmarks({command.filter, command.repeat});
    if (!report) {
        return refuse(report.error(), exit_host_failed);
    }
    if (report->results.empty() && report->skipped.empty()) {
        complain("glacis bench: --filter: no figure has " + in_quotes(command.filter) +
                 " in its name\n");
        return exit_bad_input;
    }
    return tell(command.json ? bench::to_json(*report) : bench::to_text(*report));
}

} // namespace glacis::cli
