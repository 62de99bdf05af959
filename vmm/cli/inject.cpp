// glacis inject: the campaign -> a laboratory -> runs, each kept as it comes -> the matrix.
#include "cli/inject.hpp"

#include <algorithm>

#include "campaign/campaign.hpp"
#include "campaign/laboratory.hpp"
#include "campaign/tally.hpp"
#include "campaign/workers.hpp"
#include "cli/execute.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/stop_signals.hpp"

namespace glacis::cli {

using namespace campaign;

namespace {

ArchiveHead head_of(const Campaign& campaign, const Laboratory& laboratory, const Shard& shard)
{
    return {campaign.name, campaign.runs, campaign.has_baseline, shard, laboratory.context()};
}

std::vector<std::uint64_t> runs_to_do(const ArchiveHead& head, const Records& done)
{
    std::vector<std::uint64_t> runs;
    for (std::uint64_t run = head.shard.index; run < head.runs; run += head.shard.count) {
        if (done.count(run) == 0) {
            runs.push_back(run);
        }
    }
    return runs;
}

/// A campaign of the command that is ready to run.
struct Prepared {
    Campaign campaign;
    std::unique_ptr<Laboratory> laboratory;
    std::string report;               ///< directory; empty for none
    std::unique_ptr<Archive> archive; ///< of that
    ArchiveContent content;           ///< with what was there before
};

/// Loads one and runs its system undisturbed; nothing when that was refused, which has been told.
std::optional<Prepared> prepare(const InjectCommand& command, const std::string& path)
{
    auto campaign = load_campaign(path);
    if (!campaign) {
        complain_of(campaign.error());
        return std::nullopt;
    }
    campaign->runs = command.runs.value_or(campaign->runs);
    campaign->seed = command.seed.value_or(campaign->seed);
    campaign->has_baseline = campaign->has_baseline && !command.has_no_baseline;
    auto opened = Laboratory::open(*campaign);
    if (!opened) {
        complain_of(opened.error());
        return std::nullopt;
    }
    Prepared prepared;
    prepared.campaign = std::move(*campaign);
    prepared.laboratory = std::move(*opened);
    prepared.content.head =
        head_of(prepared.campaign, *prepared.laboratory, {command.shard - 1, command.shards});
    return prepared;
}

/// Opens the report in this directory, which is made.
bool open_report(Prepared& prepared, std::string directory)
{
    auto archive = Archive::open(directory, prepared.content.head);
    if (!archive) {
        complain_of(archive.error());
        return false;
    }
    prepared.report = std::move(directory);
    prepared.archive = std::move(*archive);
    prepared.content.records = prepared.archive->found();
    return true;
}

/// Does what is left of it and writes its report. Returns exit_well also when it was interrupted.
int run(Prepared& prepared, const InjectCommand& command)
{
    Records& records = prepared.content.records;
    WorkOrders orders;
    orders.laboratory = prepared.laboratory.get();
    orders.runs = runs_to_do(prepared.content.head, records);
    orders.jobs = command.jobs;
    orders.is_anew = command.is_anew;
    if (!records.empty() && !orders.runs.empty()) {
        complain("glacis inject: goes on after " + std::to_string(records.size()) + " runs\n");
    }
    Progress progress(prepared.campaign.name, orders.runs.size() + records.size(), records.size());
    std::optional<ArchiveError> failure;
    orders.take = [&](const Record& record) {
        if (prepared.archive) {
            if (const auto added = prepared.archive->add(record); !added) {
                failure = added.error();
            }
        }
        records.insert_or_assign(record.run, record);
        progress.add(record);
        return !failure && record.with.verdict.outcome != Outcome::escape;
    };
    orders.tick = [&progress] {
        progress.show();
        return StopSignals::received().load() == 0;
    };
    if (!orders.runs.empty()) {
        if (const auto done = do_runs(orders); !done) {
            return refuse(done.error(), exit_host_failed);
        }
    }
    progress.end();
    if (prepared.archive && !failure) {
        if (const auto written = write_archive(prepared.report, prepared.content); !written) {
            failure = written.error();
        }
    }
    prepared.archive.reset(); // nobody else has written to it until now
    if (failure) {
        complain_of(*failure);
        return exit_host_failed;
    }
    return end_of(records, prepared.report);
}

std::uint64_t runs_of(const ArchiveHead& head)
{
    return (head.runs - head.shard.index + head.shard.count - 1) / head.shard.count;
}

/// What has been done of each, and the matrix of all.
std::string result_text(const std::vector<Prepared>& campaigns)
{
    Tally tally;
    std::string text;
    for (const Prepared& each : campaigns) {
        text += "campaign '" + each.campaign.name +
                "': " + std::to_string(each.content.records.size()) + " of " +
                std::to_string(runs_of(each.content.head)) + " runs, seed " +
                std::to_string(each.campaign.seed) + "\n";
        for (const auto& [number, record] : each.content.records) {
            tally.add(record);
        }
    }
    return text + "\n" + tally.text();
}

/// Reports of several campaigns have directories of their names.
std::optional<std::string> twice_named(const std::vector<Prepared>& campaigns,
                                       const std::string& name)
{
    for (const Prepared& each : campaigns) {
        if (each.campaign.name == name) {
            return each.campaign.path;
        }
    }
    return std::nullopt;
}

} // namespace

int complain_of(const std::vector<DescriptionError>& errors)
{
    for (const DescriptionError& error : errors) {
        complain(error.text() + "\n");
    }
    return exit_bad_input;
}

int complain_of(const ArchiveError& error)
{
    complain("glacis: " + error.reason + "\n");
    return exit_bad_input;
}

int end_of(const Records& records, const std::string& report)
{
    for (const auto& [run, record] : records) {
        if (record.with.verdict.outcome == Outcome::escape) {
            complain("glacis: AN ESCAPE: this is a bug of Glacis. The first of them:\n" +
                     record_text(record));
            complain(report.empty() ? "keep it with --report DIR\n"
                                    : "repeat it with: glacis replay " + report + " --run " +
                                          std::to_string(run) + "\n");
            return exit_escaped;
        }
    }
    return exit_well;
}

int execute(const InjectCommand& command)
{
    start_log(0);
    std::vector<Prepared> campaigns;
    for (const std::string& path : command.campaigns) {
        auto prepared = prepare(command, path);
        if (!prepared) {
            return exit_bad_input;
        }
        if (const auto other = twice_named(campaigns, prepared->campaign.name)) {
            complain("glacis inject: " + printable(path) + ": is named " +
                     in_quotes(prepared->campaign.name) + " as is " + printable(*other) + "\n");
            return exit_bad_input;
        }
        campaigns.push_back(std::move(*prepared));
    }
    for (Prepared& each : campaigns) { // nothing is written before all of them are right
        const std::string below = campaigns.size() > 1 ? "/" + each.campaign.name : "";
        if (command.report && !open_report(each, *command.report + below)) {
            return exit_bad_input;
        }
    }
    const StopSignals signals;
    int status = exit_well;
    for (Prepared& campaign : campaigns) {
        if (status == exit_well && StopSignals::received().load() == 0) {
            status = run(campaign, command);
        }
    }
    const bool is_shown = print(result_text(campaigns));
    if (status != exit_well) {
        return status;
    }
    if (const int signal = StopSignals::received().load(); signal != 0) {
        complain("glacis inject: interrupted" +
                 std::string(command.report ? "; the same command goes on where it was" : "") +
                 "\n");
        constexpr int by_signal = 128;
        return by_signal + signal;
    }
    return is_shown ? exit_well : exit_host_failed;
}

} // namespace glacis::cli
