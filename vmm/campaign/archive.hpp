// The directory of a campaign's report: its records as they come, and what is made of them.
//
//   campaign.json   which campaign, and which part of it
//   runs.jsonl      a record a line; in order of runs once the campaign is complete
//   summary.json    the matrix
//   junit.xml       a test case a class: fails where something escaped
//   report.html     all of it for people, with charts, in one file
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "campaign/record.hpp"
#include "campaign/tally.hpp"
#include "host/descriptor.hpp"
#include "host/result.hpp"

namespace glacis::campaign {

/// Which runs of a campaign: those whose number, from 0, leaves `index` when divided by `count`.
struct Shard {
    std::uint64_t index = 0;
    std::uint64_t count = 1;
    [[nodiscard]] bool contains(std::uint64_t run) const { return run % count == index; }
    bool operator==(const Shard&) const = default;
};

/// What campaign.json says.
struct ArchiveHead {
    std::string name;
    std::uint64_t runs = 0; ///< of the whole campaign
    bool has_baseline = false;
    Shard shard;
    RecordContext context;
};

/// Why a directory cannot be used: names the file and what was expected.
struct ArchiveError {
    std::string reason;
};

/// Records by run.
using Records = std::map<std::uint64_t, Record>;

class Archive {
public:
    /// Creates the directory, or goes on with what is there of the same campaign and shard. A
    /// record that was being written when the process ended is dropped. One process at a time:
    /// waits 5 s for another one to end.
    static Result<std::unique_ptr<Archive>, ArchiveError> open(const std::string& directory,
                                                               const ArchiveHead& head);
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    /// Those that were there when it was opened.
    [[nodiscard]] const Records& found() const { return found_; }
    /// At once in the file.
    Result<Done, ArchiveError> add(const Record& record);

private:
    Archive(std::FILE* file, std::string path, Descriptor lock)
        : lock_(std::move(lock)), file_(file), path_(std::move(path))
    {
    }

    Descriptor lock_; ///< the directory, while it is written to
    std::FILE* file_;
    std::string path_;
    Records found_;
};

struct ArchiveContent {
    ArchiveHead head;
    Records records;
};
/// Reads an archive. A last line that is incomplete is left out.
Result<ArchiveContent, ArchiveError> read_archive(const std::string& directory);

/// Writes everything anew, each file whole or not at all.
Result<Done, ArchiveError> write_archive(const std::string& directory,
                                         const ArchiveContent& content);

/// One out of several, which may overlap and be given twice. Refuses parts of different campaigns.
Result<ArchiveContent, ArchiveError> merge(const std::vector<std::string>& directories);
/// Which shards still lack runs, and how many: "shard 3 of 8: 12 of 125 runs are missing".
[[nodiscard]] std::vector<std::string> missing(const ArchiveContent& content);

} // namespace glacis::campaign
