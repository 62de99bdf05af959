#include "explore/run_schedule.hpp"

#include <algorithm>
#include <optional>

#include "explore/preempter.hpp"
#include "fault/text.hpp"

namespace glacis::explore {

namespace {

/// Threads take turns when they wait, yield or are preempted by a schedule. Only one that hangs
/// loses its turn to the clock, which in these runs then leaps to its end.
constexpr std::uint64_t endless_slice = 100'000'000;

/// A child's fault is its parent's affair, who may well expect it.
bool is_bad(const RunReport& report)
{
    return report.exit_status() != 0 ||
           std::any_of(report.faults.begin(), report.faults.end(),
                       [](const FaultRecord& fault) { return !fault.is_of_child; });
}

std::string system_end(const RunReport& report)
{
    switch (report.end) {
    case SystemEnd::stuck:
        return "the system is stuck: every thread waits and nothing can wake one";
    case SystemEnd::time_limit:
        return "the system hangs";
    case SystemEnd::interrupted:
        return "the run was ended early";
    case SystemEnd::completed:
    case SystemEnd::stopped:
        break;
    }
    return {};
}

void describe_end(const RunReport& report, ScheduledRun& run)
{
    const auto add = [&run](const std::string& line) {
        run.end += line + "\n";
        run.summary += (run.summary.empty() ? "" : "; ") + line;
    };
    for (const FaultRecord& fault : report.faults) {
        run.end += fault::to_text(fault);
        run.summary += (run.summary.empty() ? "" : "; ") +
                       std::string(class_name(fault.fault_class)) + " in domain '" + fault.domain +
                       "'";
    }
    for (const DomainReport& domain : report.domains) {
        if (domain.end == DomainEnd::exited && domain.status != 0) {
            add("domain '" + domain.name + "' ended with status " + std::to_string(domain.status));
        }
    }
    if (const std::string end = system_end(report); !end.empty()) {
        add(end);
    }
    if (run.summary.empty()) {
        add("every domain ended well");
    }
}

} // namespace

SystemDescription prepared(SystemDescription system, std::uint32_t vcpus)
{
    system.vcpus = vcpus;
    system.time_slice_ns = std::max(system.time_slice_ns, endless_slice);
    return system;
}

Result<ScheduleRunner> ScheduleRunner::build(const Subject& subject)
{
    RunOptions options;
    options.extra_arguments = subject.arguments;
    options.repeatable.emplace();
    auto system = ResettableSystem::build(subject.system, std::move(options));
    if (!system) {
        return system.error();
    }
    return ScheduleRunner(subject, std::move(*system));
}

Result<ScheduledRun> ScheduleRunner::run(const Schedule& schedule,
                                         const std::atomic<int>& interrupted, Recording* recording)
{
    std::optional<Recorder> recorder;
    if (recording != nullptr) {
        recorder.emplace(*recording);
    }
    Preempter preempter({subject_->system, subject_->functions, schedule, subject_->most_points,
                         interrupted, recorder ? &*recorder : nullptr});
    const auto report = system_->run(
        [&recorder](std::string_view /*domain*/, std::string_view line) {
            if (recorder) {
                recorder->output(line);
            }
        },
        &preempter);
    if (!report) {
        return report.error();
    }
    if (auto done = system_->reset(); !done) {
        return done.error();
    }
    ScheduledRun run;
    run.seen = preempter.seen();
    run.has_kept_schedule = preempter.has_kept_schedule();
    run.exit_status = report->exit_status();
    if (run.seen.verdict == Verdict::good && is_bad(*report)) {
        run.seen.verdict = Verdict::bad;
    }
    describe_end(*report, run);
    return run;
}

} // namespace glacis::explore
