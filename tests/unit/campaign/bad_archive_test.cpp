// Directories that are no reports, or broken ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <sys/stat.h>

#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using nlohmann::json;

class BadArchive : public ::testing::Test {
protected:
    BadArchive()
    {
        const ArchiveContent content{sample_head(), {{0, sample_record(0)}, {1, sample_record(1)}}};
        EXPECT_TRUE(write_archive(folder_.path("report"), content));
        original_ = folder_.read("report/campaign.json");
    }
    /// Why it cannot be read, without the folder; empty when it can.
    [[nodiscard]] std::string error(const std::string& name = "report") const
    {
        const auto content = read_archive(folder_.path(name));
        return content ? "" : content.error().reason.substr(folder_.path("").size());
    }
    [[nodiscard]] std::string error_with_head(const std::string& pointer, const json& value) const
    {
        json head = json::parse(original_);
        head[json::json_pointer(pointer)] = value;
        folder_.write("report/campaign.json", head.dump());
        return error();
    }

    Folder folder_;
    std::string original_; ///< campaign.json
};

const char* const no_head = "report/campaign.json: expected what `glacis inject --report` writes";

TEST_F(BadArchive, is_not_there)
{
    EXPECT_EQ(error("absent"), "absent/campaign.json: No such file or directory");
    std::filesystem::create_directory(folder_.path("empty"));
    EXPECT_EQ(error("empty"), "empty/campaign.json: No such file or directory");
    folder_.write("file", "");
    EXPECT_EQ(error("file"), "file/campaign.json: Not a directory");
    const std::string too_long(300, 'x');
    EXPECT_EQ(error(too_long), too_long + "/campaign.json: File name too long");
}

TEST_F(BadArchive, has_a_head_that_is_no_file)
{
    std::filesystem::remove(folder_.path("report/campaign.json"));
    std::filesystem::create_directory(folder_.path("report/campaign.json"));
    EXPECT_EQ(error(), "report/campaign.json: is a directory");
    std::filesystem::remove(folder_.path("report/campaign.json"));
    ASSERT_EQ(mkfifo(folder_.path("report/campaign.json").c_str(), 0600), 0);
    EXPECT_EQ(error(), "report/campaign.json: is a pipe, not a regular file");
}

TEST_F(BadArchive, has_runs_that_are_no_file)
{
    std::filesystem::remove(folder_.path("report/runs.jsonl"));
    std::filesystem::create_symlink("runs.jsonl", folder_.path("report/runs.jsonl"));
    EXPECT_EQ(error(), "report/runs.jsonl: Too many levels of symbolic links");
    std::filesystem::remove(folder_.path("report/runs.jsonl"));
    std::filesystem::create_directory(folder_.path("report/runs.jsonl"));
    EXPECT_EQ(error(), "report/runs.jsonl: is a directory");
}

TEST_F(BadArchive, has_a_head_that_is_none)
{
    for (const char* text : {"", "{", "null", "[]", "7", "{}", "\xff"}) {
        folder_.write("report/campaign.json", text);
        EXPECT_EQ(error(), no_head) << text;
    }
    const json whole = json::parse(original_);
    for (const auto& [key, value] : whole.items()) {
        json shorter = whole;
        shorter.erase(key);
        folder_.write("report/campaign.json", shorter.dump());
        EXPECT_EQ(error(), no_head) << "without " << key;
        if (key != "context") {
            EXPECT_EQ(error_with_head("/" + key, {{"a", 1}}), no_head) << key;
        }
    }
}

TEST_F(BadArchive, has_a_head_whose_numbers_make_no_sense)
{
    const std::string shard =
        "report/campaign.json: shard: expected a number from 1 to that of shards";
    EXPECT_EQ(error_with_head("/shard", 0), shard);
    EXPECT_EQ(error_with_head("/shard", 2), shard);
    EXPECT_EQ(error_with_head("/shards", 0), shard);
    const std::string most = "report/campaign.json: runs and shards: expected at most 1000000000";
    EXPECT_EQ(error_with_head("/runs", UINT64_MAX), most);
    EXPECT_EQ(error_with_head("/shards", UINT64_MAX), most);
    EXPECT_EQ(error_with_head("/runs", -1), no_head);
}

TEST_F(BadArchive, has_a_context_that_is_none)
{
    EXPECT_EQ(error_with_head("/context", 5), "report/campaign.json: context: expected an object");
    EXPECT_EQ(error_with_head("/context/seed", "x"),
              "report/campaign.json: context: seed: expected a number");
}

TEST_F(BadArchive, has_a_context_that_is_nested_deeply)
{
    constexpr std::size_t depth = 1'000'000;
    const std::string key = "\"context\": {";
    std::string text = original_;
    const std::size_t at = text.find(key);
    ASSERT_NE(at, std::string::npos);
    text.insert(at + key.size(),
                "\"deep\": " + std::string(depth, '[') + std::string(depth, ']') + ",");
    folder_.write("report/campaign.json", text);
    EXPECT_EQ(error(), "") << "unknown members are left alone";
}

TEST_F(BadArchive, has_a_line_that_is_no_record)
{
    const std::string line = record_line(sample_record(0)) + "\n";
    folder_.write("report/runs.jsonl", line + "nonsense\n" + line);
    EXPECT_EQ(error(), "report/runs.jsonl:2: not valid JSON");
    folder_.write("report/runs.jsonl", line + "\n");
    EXPECT_EQ(error(), "report/runs.jsonl:2: not valid JSON");
    folder_.write("report/runs.jsonl", line + line + "{\"run\":-1}\n");
    EXPECT_EQ(error(), "report/runs.jsonl:3: run: expected a number");
    folder_.write("report/runs.jsonl", std::string(100, '\0') + "\n");
    EXPECT_EQ(error(), "report/runs.jsonl:1: not valid JSON");
    const auto archive = Archive::open(folder_.path("report"), sample_head());
    ASSERT_FALSE(archive) << "nothing is dropped but a last line without its end";
}

TEST_F(BadArchive, has_a_run_that_is_not_of_the_campaign)
{
    folder_.write("report/runs.jsonl", record_line(sample_record(9)) + "\n");
    EXPECT_EQ(error(), "");
    folder_.write("report/runs.jsonl", record_line(sample_record(10)) + "\n");
    EXPECT_EQ(error(), "report/runs.jsonl:1: run: expected a number below 10");
}

} // namespace
} // namespace glacis::campaign::test
