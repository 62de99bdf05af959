// glacis: options -> description -> checked system -> run -> report and exit status.
#include <unistd.h>

#include "cli/advice.hpp"
#include "cli/console_view.hpp"
#include "cli/execute.hpp"
#include "cli/inject.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/output_file.hpp"
#include "cli/parse.hpp"
#include "cli/region_outputs.hpp"
#include "cli/report.hpp"
#include "fault/text.hpp"
#include "machine/run.hpp"

using namespace glacis;
using namespace glacis::cli;

namespace {

int execute(const RunCommand& command)
{
    auto system = described(command.system, command.files);
    if (!system) {
        return exit_bad_input;
    }
    system->vcpus = command.vcpus.value_or(system->vcpus);
    auto report_file = OutputFile::open(command.report, "the report");
    if (!report_file) {
        return refuse(report_file.error(), exit_bad_input);
    }
    auto outputs = RegionOutputs::open(*system);
    if (!outputs) {
        return refuse(outputs.error(), exit_bad_input);
    }
    start_log(command.verbosity);
    ConsoleView console(*system, isatty(STDOUT_FILENO) != 0);
    RunOptions options;
    options.protection = command.protection;
    options.timeout_ns = command.timeout_ns;
    options.extra_arguments = command.arguments;
    options.console = [&](auto domain, auto line) {
        console.show(domain, line);
    };
    options.on_fault = [](const FaultRecord& record) {
        complain(fault::to_text(record));
    };
    const auto report = run_system(*system, options);
    if (!report) {
        complain(failure_text(report.error()));
        return exit_host_failed;
    }
    complain(end_text(command, *report) + withheld_text(*system, *report));
    if (const auto written = outputs->commit(*system, *report); !written) {
        return refuse(written.error(), exit_host_failed);
    }
    if (*report_file) {
        const auto written = (*report_file)->commit(report_text(*system, command, *report));
        if (!written) {
            return refuse(written.error(), exit_host_failed);
        }
    }
    if (const auto shown = console.status(); !shown) {
        return refuse(shown.error(), exit_host_failed);
    }
    return report->exit_status();
}

} // namespace

int main(int argc, char** argv)
{
    const auto command = parse_command_line({argv + (argc > 0 ? 1 : 0), argv + argc});
    if (!command) {
        return end(command.error());
    }
    return std::visit([](const auto& chosen) { return execute(chosen); }, *command);
}
