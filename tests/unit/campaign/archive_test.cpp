// Reports of campaigns: created, gone on with, written anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>

#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

class ArchiveFiles : public ::testing::Test {
protected:
    /// Runs of the sample campaign, put into a report.
    void keep(const std::string& name, const ArchiveHead& head,
              const std::vector<std::uint64_t>& runs) const
    {
        const auto archive = Archive::open(folder_.path(name), head);
        ASSERT_TRUE(archive) << archive.error().reason;
        for (const std::uint64_t run : runs) {
            ASSERT_TRUE((*archive)->add(sample_record(run)));
        }
    }
    /// Why a report cannot be gone on with; empty when it can.
    [[nodiscard]] std::string refusal(const std::string& name, const ArchiveHead& head) const
    {
        const auto archive = Archive::open(folder_.path(name), head);
        return archive ? "" : archive.error().reason;
    }

    Folder folder_;
};

TEST_F(ArchiveFiles, hold_what_was_added_at_once)
{
    const auto archive = Archive::open(folder_.path("report"), sample_head());
    ASSERT_TRUE(archive) << archive.error().reason;
    EXPECT_THAT((*archive)->found(), IsEmpty());
    ASSERT_TRUE((*archive)->add(sample_record(4)));
    const auto content = read_archive(folder_.path("report")); // while it is open
    ASSERT_TRUE(content) << content.error().reason;
    EXPECT_THAT(content->records, ElementsAre(std::pair(4U, sample_record(4))));
}

TEST_F(ArchiveFiles, say_which_campaign_they_are_of)
{
    keep("report", sample_head({1, 4}), {});
    const auto content = read_archive(folder_.path("report"));
    ASSERT_TRUE(content) << content.error().reason;
    EXPECT_EQ(content->head.name, "stacks");
    EXPECT_EQ(content->head.runs, 10U);
    EXPECT_TRUE(content->head.has_baseline);
    EXPECT_EQ(content->head.shard, (Shard{1, 4}));
    EXPECT_EQ(content->head.context, sample_head().context);
    EXPECT_EQ(json::parse(folder_.read("report/campaign.json"))["shard"], 2)
        << "from 1, for people";
}

TEST_F(ArchiveFiles, are_made_below_folders_that_are_not_there_yet)
{
    keep("a/b/report", sample_head(), {1});
    EXPECT_TRUE(read_archive(folder_.path("a/b/report")));
}

TEST_F(ArchiveFiles, are_gone_on_with)
{
    keep("report", sample_head(), {3, 1});
    const auto archive = Archive::open(folder_.path("report"), sample_head());
    ASSERT_TRUE(archive) << archive.error().reason;
    EXPECT_THAT((*archive)->found(), ElementsAre(Key(1), Key(3)));
    ASSERT_TRUE((*archive)->add(sample_record(2)));
    EXPECT_THAT(read_archive(folder_.path("report"))->records, ElementsAre(Key(1), Key(2), Key(3)));
}

TEST_F(ArchiveFiles, drop_a_last_line_that_was_being_written)
{
    keep("report", sample_head(), {0, 1});
    const std::string whole = folder_.read("report/runs.jsonl");
    const std::string next = record_line(sample_record(2));
    for (const std::size_t size : {std::size_t{1}, next.size() / 2, next.size()}) {
        folder_.write("report/runs.jsonl", whole + next.substr(0, size));
        EXPECT_THAT(read_archive(folder_.path("report"))->records, ElementsAre(Key(0), Key(1)));
        keep("report", sample_head(), {3});
        EXPECT_EQ(folder_.read("report/runs.jsonl"), whole + record_line(sample_record(3)) + "\n");
    }
}

TEST_F(ArchiveFiles, keep_the_later_of_two_records_of_a_run)
{
    keep("report", sample_head(), {1});
    Record later = sample_record(1);
    later.with.deed = "something else";
    ASSERT_TRUE((*Archive::open(folder_.path("report"), sample_head()))->add(later));
    EXPECT_THAT(read_archive(folder_.path("report"))->records, ElementsAre(std::pair(1U, later)));
}

TEST_F(ArchiveFiles, are_not_gone_on_with_by_another_campaign)
{
    keep("report", sample_head({1, 4}), {1});
    const std::string before = folder_.read("report/runs.jsonl");
    std::vector<ArchiveHead> others(6, sample_head({1, 4}));
    others[0].context.campaign = "fedcba9876543210";
    others[1].context.seed = 43;
    others[2].runs = 11;
    others[3].has_baseline = false;
    others[4].shard = {0, 4};
    others[5].shard = {1, 5};
    for (const ArchiveHead& other : others) {
        EXPECT_THAT(refusal("report", other), HasSubstr("holds the report of another campaign"));
    }
    EXPECT_EQ(folder_.read("report/runs.jsonl"), before);
    EXPECT_EQ(refusal("report", sample_head({1, 4})), "");
}

TEST_F(ArchiveFiles, are_written_by_one_process_at_a_time)
{
    {
        const auto archive = Archive::open(folder_.path("report"), sample_head());
        ASSERT_TRUE(archive) << archive.error().reason;
        EXPECT_THAT(refusal("report", sample_head()),
                    HasSubstr("report: another process is writing this report"));
    }
    EXPECT_EQ(refusal("report", sample_head()), "");
}

TEST_F(ArchiveFiles, are_written_anew_in_order_with_a_summary)
{
    ArchiveContent content{sample_head(), {}};
    content.records = {{2, sample_record(2)},
                       {0, sample_record(0, FaultClass::delay, Outcome::escape)}};
    const auto written = write_archive(folder_.path("report"), content);
    ASSERT_TRUE(written) << written.error().reason;
    EXPECT_EQ(folder_.read("report/runs.jsonl"), record_line(content.records.at(0)) + "\n" +
                                                     record_line(content.records.at(2)) + "\n");
    const json summary = json::parse(folder_.read("report/summary.json"));
    EXPECT_EQ(summary["name"], "stacks");
    EXPECT_EQ(summary["runs"], 2);
    EXPECT_EQ(summary["protected"]["escape"], 1);
    EXPECT_THAT(folder_.read("report/junit.xml"), HasSubstr("failures=\"1\""));
    const auto read = read_archive(folder_.path("report"));
    ASSERT_TRUE(read) << read.error().reason;
    EXPECT_EQ(read->records, content.records);
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path("report"))) {
        files += file.exists() ? 1 : 0;
    }
    EXPECT_EQ(files, 5U) << "nothing temporary is left";
}

TEST_F(ArchiveFiles, take_names_that_are_no_utf8)
{
    ArchiveContent content{sample_head(), {{1, sample_record(1)}}};
    content.head.name = "\xff";
    content.head.context.arguments = {"\xfe"};
    content.records.at(1).with.verdict.mechanism = "\xfd";
    ASSERT_TRUE(write_archive(folder_.path("report"), content));
    EXPECT_TRUE(json::accept(folder_.read("report/summary.json")));
    const auto read = read_archive(folder_.path("report"));
    ASSERT_TRUE(read) << read.error().reason;
    EXPECT_EQ(read->head.name, "\xef\xbf\xbd");
}

TEST_F(ArchiveFiles, may_have_no_runs_yet)
{
    keep("report", sample_head(), {});
    std::filesystem::remove(folder_.path("report/runs.jsonl"));
    const auto content = read_archive(folder_.path("report"));
    ASSERT_TRUE(content) << content.error().reason;
    EXPECT_THAT(content->records, IsEmpty());
}

TEST_F(ArchiveFiles, say_that_they_cannot_be_written)
{
    folder_.write("file", "");
    EXPECT_EQ(refusal("file", sample_head()),
              folder_.path("file") + ": cannot be made a directory");
    EXPECT_EQ(refusal("file/below", sample_head()),
              folder_.path("file/below") + ": cannot be made a directory");
    const std::string too_long(300, 'x');
    EXPECT_EQ(refusal(too_long, sample_head()),
              folder_.path(too_long) + ": cannot be made a directory");
    const auto written = write_archive(folder_.path("file"), {sample_head(), {}});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().reason, folder_.path("file/campaign.json") + ": Not a directory");
    std::filesystem::create_directories(folder_.path("report/runs.jsonl"));
    EXPECT_EQ(refusal("report", sample_head()),
              folder_.path("report/runs.jsonl") + ": is a directory");
}

TEST_F(ArchiveFiles, leave_the_old_file_where_the_new_one_cannot_be_written)
{
    ASSERT_TRUE(write_archive(folder_.path("report"), {sample_head(), {{1, sample_record(1)}}}));
    const std::string before = folder_.read("report/runs.jsonl");
    std::filesystem::create_directories(folder_.path("report/runs.jsonl.new"));
    const auto written = write_archive(folder_.path("report"), {sample_head(), {}});
    ASSERT_FALSE(written);
    EXPECT_EQ(folder_.read("report/runs.jsonl"), before);
}

} // namespace
} // namespace glacis::campaign::test
