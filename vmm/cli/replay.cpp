// What is done with the reports of campaigns: runs repeated, parts put together.
#include "campaign/archive.hpp"
#include "campaign/laboratory.hpp"
#include "campaign/tally.hpp"
#include "cli/execute.hpp"
#include "cli/inject.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"

namespace glacis::cli {

using namespace campaign;

int execute(const ReplayCommand& command)
{
    const auto content = read_archive(command.report);
    if (!content) {
        return complain_of(content.error());
    }
    std::vector<const Record*> records;
    for (const auto& [run, record] : content->records) {
        if (!command.run || *command.run == run) {
            records.push_back(&record);
        }
    }
    if (records.empty()) {
        complain("glacis replay: " + printable(command.report) + ": has no record of " +
                 (command.run ? "run " + std::to_string(*command.run) : "any run") + "\n");
        return exit_bad_input;
    }
    start_log(0);
    const auto opened = Laboratory::open(content->head.context, content->head.has_baseline);
    if (!opened) {
        return complain_of(opened.error());
    }
    // Anew: what runs before a run has no part in it.
    auto beds = (*opened)->beds(true);
    std::uint64_t differences = 0;
    Progress progress("replay", records.size(), 0);
    for (const Record* record : records) {
        const Record again = (*opened)->run(record->run, record->fault, beds);
        const bool is_same = again == *record;
        if (!command.run) {
            progress.add(again);
            progress.show();
        }
        if (command.run || !is_same) {
            progress.end();
        }
        differences += is_same ? 0 : 1;
        if (command.run || !is_same) {
            (void)print(record_text(again) + (is_same ? "the same as recorded\n" : ""));
        }
        if (!is_same) {
            (void)print("NOT the same as recorded:\n" + record_text(*record));
        }
    }
    progress.end();
    if (!command.run) {
        (void)print(std::to_string(records.size() - differences) + " of " +
                    std::to_string(records.size()) + " runs came out the same\n");
    }
    return differences == 0 ? exit_well : exit_differs;
}

int execute(const MergeCommand& command)
{
    auto merged = merge(command.reports);
    if (!merged) {
        return complain_of(merged.error());
    }
    const auto absent = missing(*merged);
    for (const std::string& text : absent) {
        complain("glacis merge: " + text + "\n");
    }
    if (!absent.empty()) {
        return exit_bad_input;
    }
    merged->head.shard = {};
    if (const auto written = write_archive(command.output, *merged); !written) {
        complain_of(written.error());
        return exit_host_failed;
    }
    Tally tally;
    for (const auto& [run, record] : merged->records) {
        tally.add(record);
    }
    const bool is_shown =
        print("campaign '" + merged->head.name + "': " + std::to_string(merged->records.size()) +
              " runs\n\n" + tally.text());
    const int ended = end_of(merged->records, command.output);
    return ended != exit_well ? ended : is_shown ? exit_well : exit_host_failed;
}

} // namespace glacis::cli
