#include "campaign/archive.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "campaign/campaign.hpp"
#include "campaign/junit.hpp"
#include "campaign/report_page.hpp"
#include "description/files.hpp"

namespace glacis::campaign {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const char* const head_name = "campaign.json";
const char* const runs_name = "runs.jsonl";

ArchiveError failure(const std::string& path)
{
    return {path + ": " + std::strerror(errno)};
}

/// What is no UTF-8, a path say, is replaced.
std::string as_text(const ordered_json& document)
{
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string head_text(const ArchiveHead& head)
{
    const ordered_json document{{"glacis_campaign", 1},
                                {"name", head.name},
                                {"runs", head.runs},
                                {"baseline", head.has_baseline},
                                {"shard", head.shard.index + 1},
                                {"shards", head.shard.count},
                                {"context", to_json(head.context)}};
    return as_text(document);
}

Result<std::string, ArchiveError> read_text(const std::string& path)
{
    const auto bytes = read_file(path, UINT64_MAX);
    if (!bytes) {
        return ArchiveError{path + ": " + bytes.error().reason};
    }
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

bool is_absent(const std::string& path)
{
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() ==
           std::filesystem::file_type::not_found;
}

/// Beside it first, so that the file is the old one or the new one at any time.
Result<Done, ArchiveError> write_text(const std::string& path, const std::string& text)
{
    const std::string temporary = path + ".new";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
        const ArchiveError error = failure(path);
        (void)std::remove(temporary.c_str());
        return error;
    }
    return Done{};
}

Result<ArchiveHead, ArchiveError> read_head(const std::string& directory)
{
    const std::string path = directory + "/" + head_name;
    const auto text = read_text(path);
    if (!text) {
        return text.error();
    }
    const json document = json::parse(*text, nullptr, false);
    const auto is_number = [&document](const char* key) {
        return document.contains(key) && document[key].is_number_unsigned();
    };
    const bool is_head = document.is_object() && is_number("glacis_campaign") &&
                         is_number("runs") && is_number("shard") && is_number("shards") &&
                         document.contains("baseline") && document["baseline"].is_boolean() &&
                         document.contains("name") && document["name"].is_string() &&
                         document.contains("context");
    if (!is_head) {
        return ArchiveError{path + ": expected what `glacis inject --report` writes"};
    }
    ArchiveHead head;
    head.name = document["name"].get<std::string>();
    head.runs = document["runs"].get<std::uint64_t>();
    head.has_baseline = document["baseline"].get<bool>();
    head.shard.index = document["shard"].get<std::uint64_t>() - 1;
    head.shard.count = document["shards"].get<std::uint64_t>();
    if (head.runs > most_runs || head.shard.count > most_runs) {
        return ArchiveError{path + ": runs and shards: expected at most " +
                            std::to_string(most_runs)};
    }
    if (head.shard.count == 0 || head.shard.index >= head.shard.count) {
        return ArchiveError{path + ": shard: expected a number from 1 to that of shards"};
    }
    auto context = read_context(document["context"]);
    if (!context) {
        return ArchiveError{path + ": context: " + context.error().reason};
    }
    head.context = std::move(*context);
    return head;
}

/// `runs`: of the whole campaign. `end`: behind the last whole line.
Result<Records, ArchiveError> read_runs(const std::string& directory, std::uint64_t runs,
                                        std::uint64_t& end)
{
    const std::string path = directory + "/" + runs_name;
    end = 0;
    Records records;
    if (is_absent(path)) {
        return records;
    }
    const auto text = read_text(path);
    if (!text) {
        return text.error();
    }
    std::uint64_t number = 0;
    for (std::size_t at = 0; at < text->size();) {
        const std::size_t newline = text->find('\n', at);
        if (newline == std::string::npos) {
            break; // was being written
        }
        ++number;
        auto record = read_record(text->substr(at, newline - at));
        if (!record) {
            return ArchiveError{path + ":" + std::to_string(number) + ": " + record.error().reason};
        }
        const std::uint64_t run = record->run;
        if (run >= runs) {
            return ArchiveError{path + ":" + std::to_string(number) +
                                ": run: expected a number below " + std::to_string(runs)};
        }
        records.insert_or_assign(run, std::move(*record));
        at = newline + 1;
        end = at;
    }
    return records;
}

/// So that two processes do not write the same report. What a killed one leaves behind is gone
/// soon. Open, but without effect, where the file system has no locks.
Result<Descriptor, ArchiveError> locked(const std::string& directory)
{
    constexpr int tries = 50;
    constexpr std::chrono::milliseconds pause(100);
    Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.is_open()) {
        return failure(directory);
    }
    for (int i = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; ++i) {
        if (i == tries) {
            return ArchiveError{directory + ": another process is writing this report"};
        }
        std::this_thread::sleep_for(pause);
    }
    return lock;
}

} // namespace

Result<std::unique_ptr<Archive>, ArchiveError> Archive::open(const std::string& directory,
                                                             const ArchiveHead& head)
{
    std::error_code ignored;
    std::filesystem::create_directories(directory, ignored);
    if (!std::filesystem::is_directory(directory, ignored)) {
        return ArchiveError{directory + ": cannot be made a directory"};
    }
    auto lock = locked(directory);
    if (!lock) {
        return lock.error();
    }
    const std::string head_path = directory + "/" + head_name;
    if (!is_absent(head_path)) {
        const auto there = read_head(directory);
        if (!there) {
            return there.error();
        }
        if (there->context.campaign != head.context.campaign || there->runs != head.runs ||
            there->context.seed != head.context.seed || !(there->shard == head.shard) ||
            there->has_baseline != head.has_baseline) {
            return ArchiveError{directory +
                                ": holds the report of another campaign, of other programs or of "
                                "another shard; choose another directory or remove it"};
        }
    } else if (auto written = write_text(head_path, head_text(head)); !written) {
        return written.error();
    }
    std::uint64_t end = 0;
    auto records = read_runs(directory, head.runs, end);
    if (!records) {
        return records.error();
    }
    const std::string path = directory + "/" + runs_name;
    std::FILE* file = std::fopen(path.c_str(), "ae");
    if (file == nullptr || ::truncate(path.c_str(), static_cast<off_t>(end)) != 0) {
        return failure(path);
    }
    std::unique_ptr<Archive> archive(new Archive(file, path, std::move(*lock)));
    archive->found_ = std::move(*records);
    return archive;
}

Archive::~Archive()
{
    std::fclose(file_);
}

Result<Done, ArchiveError> Archive::add(const Record& record)
{
    const std::string line = record_line(record) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), file_) != line.size() || std::fflush(file_) != 0) {
        return failure(path_);
    }
    return Done{};
}

Result<ArchiveContent, ArchiveError> read_archive(const std::string& directory)
{
    auto head = read_head(directory);
    if (!head) {
        return head.error();
    }
    std::uint64_t end = 0;
    auto records = read_runs(directory, head->runs, end);
    if (!records) {
        return records.error();
    }
    return ArchiveContent{std::move(*head), std::move(*records)};
}

Result<Done, ArchiveError> write_archive(const std::string& directory,
                                         const ArchiveContent& content)
{
    std::error_code ignored;
    std::filesystem::create_directories(directory, ignored);
    Tally tally;
    std::string runs;
    for (const auto& [run, record] : content.records) {
        tally.add(record);
        runs += record_line(record) + "\n";
    }
    ordered_json summary = tally.json();
    summary["name"] = content.head.name;
    const std::array<std::pair<const char*, std::string>, 5> files{
        {{head_name, head_text(content.head)},
         {runs_name, std::move(runs)},
         {"summary.json", as_text(summary)},
         {"junit.xml", junit_text(content)},
         {"report.html", report_page(content, tally)}}};
    for (const auto& [name, text] : files) {
        if (auto written = write_text(directory + "/" + name, text); !written) {
            return written;
        }
    }
    return Done{};
}

Result<ArchiveContent, ArchiveError> merge(const std::vector<std::string>& directories)
{
    ArchiveContent merged;
    for (std::size_t i = 0; i < directories.size(); ++i) {
        auto part = read_archive(directories[i]);
        if (!part) {
            return part.error();
        }
        if (i == 0) {
            merged.head = part->head;
            merged.head.shard.index = 0; // it is nobody's part
        }
        const ArchiveHead& head = part->head;
        if (head.context.campaign != merged.head.context.campaign ||
            head.runs != merged.head.runs || head.context.seed != merged.head.context.seed ||
            head.has_baseline != merged.head.has_baseline) {
            return ArchiveError{directories[i] + ": is of another campaign than " + directories[0]};
        }
        if (head.shard.count > merged.head.shard.count) {
            merged.head.shard.count = head.shard.count; // to name what is missing
        }
        merged.records.merge(part->records);
    }
    return merged;
}

std::vector<std::string> missing(const ArchiveContent& content)
{
    std::vector<std::string> texts;
    const std::uint64_t shards = content.head.shard.count;
    for (std::uint64_t index = 0; index < shards; ++index) {
        std::uint64_t all = 0;
        std::uint64_t absent = 0;
        for (std::uint64_t run = index; run < content.head.runs; run += shards) {
            ++all;
            absent += content.records.count(run) == 0 ? 1 : 0;
        }
        if (absent != 0) {
            texts.push_back("shard " + std::to_string(index + 1) + " of " + std::to_string(shards) +
                            ": " + std::to_string(absent) + " of " + std::to_string(all) +
                            " runs are missing");
        }
    }
    return texts;
}

} // namespace glacis::campaign
