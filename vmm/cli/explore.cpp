// glacis explore: the search, or one saved schedule again; what it came to, for people or programs.

#include <atomic>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/execute.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/output_file.hpp"
#include "cli/stop_signals.hpp"
#include "description/error.hpp"
#include "explore/columns.hpp"
#include "explore/run_schedule.hpp"
#include "explore/schedule_file.hpp"

namespace glacis::cli {

namespace {

using namespace explore;
using nlohmann::ordered_json;

int complain_about(const std::string& what)
{
    complain("glacis explore: " + what + "\n");
    return exit_bad_input;
}

std::string count_text(std::uint64_t count, const std::string& what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// On a terminal, the same line over and over.
class ProgressLine {
public:
    void show(const SearchResult& so_far, std::uint32_t preemptions)
    {
        constexpr std::uint64_t every = 16;
        if (is_terminal_ && so_far.schedules % every == 0) {
            complain("\r" + count_text(so_far.schedules, "schedule") + ", now with " +
                     count_text(preemptions, "preemption") + (so_far.find ? ", found one " : " "));
            is_shown_ = true;
        }
    }
    void clear() const
    {
        if (is_shown_) {
            complain("\r\033[K");
        }
    }

private:
    bool is_terminal_ = isatty(STDERR_FILENO) != 0;
    bool is_shown_ = false;
};

std::string bound_text(const SearchResult& result)
{
    if (!result.complete_bound) {
        return "not even the schedule without preemptions was complete";
    }
    return "every schedule with at most " + count_text(*result.complete_bound, "preemption");
}

std::string search_text(const SearchResult& result, const Subject& subject)
{
    const std::uint32_t vcpus = subject.system.vcpus;
    std::string text = count_text(result.schedules, "schedule") + " run on " +
                       (vcpus == 1 ? "one vCPU" : std::to_string(vcpus) + " vCPUs");
    if (result.duplicates != 0) {
        text += " (" + std::to_string(result.duplicates) + " came to the same as another)";
    }
    text += ", at most " + count_text(result.most_points, "point") + " of preemption in one";
    if (result.cut != 0) {
        text += "; " + std::to_string(result.cut) + " were cut short (--max-points)";
    }
    return text + "\n";
}

std::string nothing_text(const SearchResult& result)
{
    switch (result.end) {
    case SearchResult::End::limit:
        return "nothing found, but not all was tried (--max-schedules); complete: " +
               bound_text(result) + "\n";
    case SearchResult::End::interrupted:
        return "interrupted, nothing found until then; complete: " + bound_text(result) + "\n";
    case SearchResult::End::found:
    case SearchResult::End::exhausted:
        break;
    }
    return "nothing found: " + bound_text(result) + " ends well\n";
}

const char* end_name(SearchResult::End end)
{
    switch (end) {
    case SearchResult::End::found:
        return "found";
    case SearchResult::End::exhausted:
        return "exhausted";
    case SearchResult::End::limit:
        return "limit";
    case SearchResult::End::interrupted:
        break;
    }
    return "interrupted";
}

ordered_json to_json(const Recording& recording)
{
    ordered_json steps = ordered_json::array();
    constexpr const char* kinds[] = {"call", "instruction", "output", "preempted"};
    for (const Step& step : recording.steps) {
        const auto& thread = recording.threads[step.thread];
        ordered_json each{{"domain", thread.domain},
                          {"thread", thread.number},
                          {"kind", kinds[static_cast<std::size_t>(step.kind)]}};
        if (step.kind == Step::Kind::preempted) {
            each["point"] = step.point;
        } else {
            each["what"] = step.what;
        }
        if (!step.place.file.empty()) {
            each["function"] = step.place.function;
            each["file"] = step.place.file;
            each["line"] = step.place.line;
        }
        if (!step.refusal.empty()) {
            each["refusal"] = step.refusal;
        }
        steps.push_back(std::move(each));
    }
    return steps;
}

std::string dumped(const ordered_json& document)
{
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

int show(const std::string& text, int status)
{
    return print(text) ? status : refuse(host_error("write", "standard output"), exit_host_failed);
}

/// A schedule that was run for people to see.
struct Shown {
    ScheduledRun run;
    Recording recording;
};

Result<Shown> run_for_show(const Subject& subject, const Schedule& schedule)
{
    Shown shown;
    const std::atomic<int> never{0};
    auto runner = ScheduleRunner::build(subject);
    if (!runner) {
        return runner.error();
    }
    auto run = runner->run(schedule, never, &shown.recording);
    if (!run) {
        return run.error();
    }
    shown.run = std::move(*run);
    return shown;
}

std::string schedule_text(const Schedule& schedule)
{
    if (schedule.empty()) {
        return "without a preemption";
    }
    std::string text = "with " + count_text(schedule.size(), "preemption") + ", at point";
    text += schedule.size() == 1 ? " " : "s ";
    for (std::size_t index = 0; index < schedule.size(); ++index) {
        text += (index == 0 ? "" : ", ") + std::to_string(schedule[index]);
    }
    return text;
}

ordered_json search_json(const ExploreCommand& command, const Subject& subject,
                         const SearchResult& result)
{
    return {
        {"system", subject.system.name},
        {"vcpus", subject.system.vcpus},
        {"end", end_name(result.end)},
        {"schedules", result.schedules},
        {"duplicates", result.duplicates},
        {"cut", result.cut},
        {"most_points", result.most_points},
        {"preemptions", command.preemptions},
        {"complete_bound",
         result.complete_bound ? ordered_json(*result.complete_bound) : ordered_json(nullptr)},
        {"find", nullptr},
    };
}

ordered_json find_json(const Schedule& schedule, const Shown& shown)
{
    return {{"preemptions", schedule},
            {"points", shown.run.seen.points},
            {"end", shown.run.summary},
            {"steps", to_json(shown.recording)}};
}

int tell_find(const ExploreCommand& command, const Subject& subject, const SearchResult& result,
              std::optional<OutputFile>& save, SavedSchedule to_save)
{
    const Schedule& schedule = result.find->schedule;
    const auto shown = run_for_show(subject, schedule);
    if (!shown) {
        return refuse(shown.error(), exit_host_failed);
    }
    if (save) {
        to_save.system = subject.system.name;
        to_save.preemptions = schedule;
        to_save.points = shown->run.seen.points;
        to_save.trace = shown->run.seen.trace;
        to_save.end = shown->run.summary;
        if (const auto written = save->commit(explore::to_json(to_save)); !written) {
            return refuse(written.error(), exit_host_failed);
        }
    }
    if (command.json) {
        ordered_json document = search_json(command, subject, result);
        document["find"] = find_json(schedule, *shown);
        return show(dumped(document), exit_domain_faulted);
    }
    std::string text = columns_text(shown->recording, false) + "\n" + shown->run.end + "\n";
    text += "found " + schedule_text(schedule) + ": " + shown->run.summary + "\n";
    text += search_text(result, subject);
    if (shown->run.seen.trace != result.find->seen.trace) {
        text += "warning: the same schedule did not come out the same when it was run again\n";
    }
    return show(text, exit_domain_faulted);
}

/// `to_save` has what the search is about; what it finds is added.
int search(const ExploreCommand& command, const Subject& subject, SavedSchedule to_save)
{
    auto save = OutputFile::open(command.save, "the schedule");
    if (!save) {
        return refuse(save.error(), exit_bad_input);
    }
    auto runner = ScheduleRunner::build(subject);
    if (!runner) {
        return refuse(runner.error(), exit_host_failed);
    }
    ProgressLine line;
    Search search(
        [&runner](const Schedule& schedule) -> Result<Observation> {
            auto run = runner->run(schedule, StopSignals::received(), nullptr);
            if (!run) {
                return run.error();
            }
            return std::move(run->seen);
        },
        {command.preemptions, command.schedules, SearchLimits{}.refinements},
        [&line](const SearchResult& so_far, std::uint32_t preemptions) {
            line.show(so_far, preemptions);
        });
    const auto result = search.run();
    line.clear();
    if (!result) {
        return refuse(result.error(), exit_host_failed);
    }
    if (result->find) {
        return tell_find(command, subject, *result, *save, std::move(to_save));
    }
    constexpr int by_signal = 128;
    const int status = result->end == SearchResult::End::interrupted
                           ? by_signal + StopSignals::received().load()
                           : exit_well;
    return show(command.json ? dumped(search_json(command, subject, *result))
                             : nothing_text(*result) + search_text(*result, subject),
                status);
}

/// A file that somebody says is a schedule; nothing when it cannot be read or is too long for one.
std::optional<std::string> content_of(const std::string& path)
{
    constexpr std::size_t longest = std::size_t{1} << 20;
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
    std::string content(longest, '\0');
    if (!file) {
        return std::nullopt;
    }
    content.resize(std::fread(content.data(), 1, content.size(), file.get()));
    const bool is_whole = std::ferror(file.get()) == 0 && content.size() < longest;
    return is_whole ? std::optional(std::move(content)) : std::nullopt;
}

int replay(const ExploreCommand& command, const Subject& subject, const SavedSchedule& saved)
{
    const auto shown = run_for_show(subject, saved.preemptions);
    if (!shown) {
        return refuse(shown.error(), exit_host_failed);
    }
    const bool is_same = shown->run.seen.trace == saved.trace && shown->run.has_kept_schedule &&
                         shown->run.summary == saved.end;
    const int status =
        shown->run.seen.verdict == Verdict::bad ? int{exit_domain_faulted} : int{exit_well};
    if (command.json) {
        ordered_json document{{"system", subject.system.name}, {"is_same", is_same}};
        document["run"] = find_json(saved.preemptions, *shown);
        return show(dumped(document), status);
    }
    std::string text = columns_text(shown->recording, true) + "\n" + shown->run.end + "\n";
    text += is_same ? "the same as when it was saved\n"
                    : "not the same as when it was saved (then: " + printable(saved.end) +
                          "): has a program or the description changed?\n";
    return show(text, status);
}

} // namespace

int execute(const ExploreCommand& command)
{
    start_log(0);
    auto system = described(command.system, command.files);
    if (!system) {
        return exit_bad_input;
    }
    SavedSchedule saved;
    saved.arguments = command.arguments;
    saved.functions = command.functions;
    saved.vcpus = command.vcpus;
    if (saved.arguments.empty()) {
        saved.arguments = system->explore.arguments;
    }
    if (saved.functions.empty()) {
        saved.functions = system->explore.functions;
    }
    if (command.schedule) {
        const auto content = content_of(*command.schedule);
        if (!content) {
            return complain_about(in_quotes(*command.schedule) + ": cannot be read");
        }
        auto parsed = parse_schedule(*content);
        if (!parsed) {
            return complain_about(in_quotes(*command.schedule) +
                                  ": not a schedule: " + parsed.error());
        }
        saved = std::move(*parsed);
        if (saved.system != system->name) {
            return complain_about(in_quotes(*command.schedule) + ": a schedule of the system " +
                                  in_quotes(saved.system) + ", not of " + in_quotes(system->name));
        }
    }
    Subject subject{prepared(*std::move(system), saved.vcpus), saved.arguments, {}, command.points};
    auto functions = find_functions(subject.system, saved.functions);
    if (!functions) {
        return complain_about((command.schedule ? in_quotes(*command.schedule) : "--function") +
                              ": " + functions.error());
    }
    subject.functions = std::move(*functions);
    const StopSignals signals;
    return command.schedule ? replay(command, subject, saved)
                            : search(command, subject, std::move(saved));
}

} // namespace glacis::cli
