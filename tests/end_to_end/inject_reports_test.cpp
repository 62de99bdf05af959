// What campaigns leave behind: they are repeated, gone on with, put together, and told apart.
#include "installed_glacis.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign_files.hpp"

namespace glacis::end_to_end {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> everything{"code", "data", "isolation", "time", "host"};

class Campaigns : public testing::Test {
public:
    [[nodiscard]] std::string directory(const std::string& name) const
    {
        return (scratch.path() / name).string();
    }
    [[nodiscard]] std::string campaign(std::uint64_t runs, const std::string& more = {}) const
    {
        return write_campaign(scratch, example("inventory/inventory.toml"), runs, everything, more);
    }
    /// The report of one process that does everything.
    [[nodiscard]] std::string done(std::uint64_t runs, const std::string& name) const
    {
        const ProcessResult result =
            glacis({"inject", campaign(runs), "--report", directory(name), "--jobs", "2"});
        EXPECT_EQ(result.exit_status, 0) << result;
        return directory(name);
    }

    ScratchDirectory scratch;
};

TEST_F(Campaigns, G11_two_hundred_replayed_runs_come_out_the_same)
{
    const std::string report = done(200, "report");
    ProcessOptions patient;
    patient.time_limit = std::chrono::seconds(300);
    const ProcessResult all = glacis({"replay", report}, patient);
    EXPECT_EQ(all.exit_status, 0) << all;
    EXPECT_THAT(all.output, HasSubstr("200 of 200 runs came out the same")) << all;
    const ProcessResult one = glacis({"replay", report, "--run", "17"});
    EXPECT_EQ(one.exit_status, 0) << one;
    EXPECT_THAT(one.output, AllOf(HasSubstr("run 17: "), HasSubstr("with protection: "),
                                  HasSubstr("the same as recorded")))
        << one;
}

TEST_F(Campaigns, the_same_seed_gives_the_same_records_whatever_the_number_of_processes)
{
    const std::string one = directory("one");
    ASSERT_EQ(glacis({"inject", campaign(60), "--report", one}).exit_status, 0);
    EXPECT_EQ(content_of(one + "/runs.jsonl"), content_of(done(60, "two") + "/runs.jsonl"));
    const std::string other = directory("other");
    ASSERT_EQ(glacis({"inject", campaign(60), "--report", other, "--seed", "2"}).exit_status, 0);
    EXPECT_NE(content_of(one + "/runs.jsonl"), content_of(other + "/runs.jsonl"));
}

TEST_F(Campaigns, a_run_is_the_same_whatever_ran_before_it)
{
    const std::string anew = directory("anew");
    ASSERT_EQ(glacis({"inject", campaign(60), "--report", anew, "--anew"}).exit_status, 0);
    EXPECT_EQ(content_of(anew + "/runs.jsonl"), content_of(done(60, "reset") + "/runs.jsonl"));
}

TEST_F(Campaigns, G11_the_unprotected_baseline_shows_escapes_and_protection_none)
{
    const std::string report = directory("report");
    const ProcessResult result =
        glacis({"inject",
                write_campaign(scratch, example("inventory/inventory.toml"), 60,
                               {"neighbour write", "foreign memory write", "inactive stack write"}),
                "--report", report, "--jobs", "2"});
    EXPECT_EQ(result.exit_status, 0) << result;
    const auto summary = nlohmann::json::parse(content_of(report + "/summary.json"));
    EXPECT_EQ(summary["protected"]["escape"], 0) << result;
    EXPECT_GT(summary["unprotected"]["escape"], 5) << result;
    EXPECT_EQ(summary["protected"]["no effect"], 0) << result;
}

TEST_F(Campaigns, go_on_where_they_were_interrupted)
{
    const std::string file = campaign(120);
    const std::string report = directory("report");
    ProcessOptions interrupt;
    interrupt.signals_when_started = {SIGINT};
    const ProcessResult first = glacis({"inject", file, "--report", report}, interrupt);
    EXPECT_EQ(first.exit_status, 128 + SIGINT) << first;
    EXPECT_THAT(first.errors, HasSubstr("the same command goes on where it was")) << first;
    const std::size_t before = records_of(report).size();
    EXPECT_LT(before, 120U);
    std::ofstream(report + "/runs.jsonl", std::ios::app) << R"({"run":119,"fau)"; // as a crash does
    const ProcessResult second = glacis({"inject", file, "--report", report, "--jobs", "2"});
    EXPECT_EQ(second.exit_status, 0) << second;
    EXPECT_THAT(second.errors, HasSubstr("goes on after " + std::to_string(before) + " runs"));
    EXPECT_EQ(content_of(report + "/runs.jsonl"), content_of(done(120, "at_once") + "/runs.jsonl"));
}

TEST_F(Campaigns, shards_merge_to_what_one_process_does)
{
    const std::string file = campaign(80);
    std::vector<std::string> merge{"merge"};
    for (const char* shard : {"1", "2", "3"}) {
        const std::string report = directory(std::string("part-") + shard);
        ASSERT_EQ(glacis({"inject", file, "--report", report, "--shard", std::string(shard) + "/3"})
                      .exit_status,
                  0);
        merge.push_back(report);
    }
    merge.insert(merge.end(), {"--output", directory("merged")});
    std::vector<std::string> without = merge;
    without.erase(without.begin() + 2);
    const ProcessResult incomplete = glacis(without);
    EXPECT_EQ(incomplete.exit_status, 2) << incomplete;
    EXPECT_THAT(incomplete.errors, HasSubstr("shard 2 of 3: 27 of 27 runs are missing"));
    EXPECT_FALSE(std::filesystem::exists(directory("merged")));
    for (int times = 0; times < 2; ++times) {
        const ProcessResult merged = glacis(merge);
        EXPECT_EQ(merged.exit_status, 0) << merged;
    }
    merge.insert(merge.begin() + 1, directory("merged")); // and what was merged already
    EXPECT_EQ(glacis(merge).exit_status, 0);
    const std::string whole = done(80, "whole");
    for (const char* name :
         {"/runs.jsonl", "/summary.json", "/junit.xml", "/campaign.json", "/report.html"}) {
        EXPECT_EQ(content_of(directory("merged") + name), content_of(whole + name)) << name;
    }
}

TEST_F(Campaigns, shards_of_different_campaigns_do_not_merge)
{
    const std::string one = directory("one");
    const std::string other = directory("other");
    const std::string file = campaign(6);
    ASSERT_EQ(glacis({"inject", file, "--report", one}).exit_status, 0);
    ASSERT_EQ(glacis({"inject", file, "--report", other, "--seed", "9"}).exit_status, 0);
    const ProcessResult result = glacis({"merge", one, other, "--output", directory("merged")});
    EXPECT_EQ(result.exit_status, 2) << result;
    EXPECT_THAT(result.errors, ContainsRegex("other: is of another campaign than .*one"));
    const ProcessResult again = glacis({"inject", file, "--report", one, "--seed", "9"});
    EXPECT_EQ(again.exit_status, 2) << again;
    EXPECT_THAT(again.errors, HasSubstr("holds the report of another campaign"));
}

TEST_F(Campaigns, several_of_them_make_one_matrix)
{
    const std::string report = directory("report");
    const ProcessResult result =
        glacis({"inject", example("relay/campaign.toml"), example("hello/campaign.toml"), "--runs",
                "20", "--report", report});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, AllOf(HasSubstr("campaign 'relay': 20 of 20 runs"),
                                     HasSubstr("campaign 'hello': 20 of 20 runs")));
    EXPECT_EQ(records_of(report + "/relay").size(), 20U);
    EXPECT_EQ(records_of(report + "/hello").size(), 20U);
}

TEST_F(Campaigns, that_are_refused_together_leave_nothing_behind)
{
    const std::string report = directory("report");
    const std::string relay = example("relay/campaign.toml");
    const ProcessResult twice = glacis({"inject", relay, relay, "--runs", "2", "--report", report});
    EXPECT_EQ(twice.exit_status, 2) << twice;
    EXPECT_THAT(twice.errors, HasSubstr("is named \"relay\" as is ")) << twice;
    const std::string bad = scratch.write("bad.toml", "[campaign]\n");
    EXPECT_EQ(glacis({"inject", relay, bad, "--report", report}).exit_status, 2);
    EXPECT_FALSE(std::filesystem::exists(report));
}

TEST_F(Campaigns, a_record_of_other_programs_is_refused)
{
    const std::string copy = directory("copy");
    std::filesystem::copy(std::filesystem::path(example("inventory/inventory.toml")).parent_path(),
                          copy, std::filesystem::copy_options::recursive);
    const std::string file = write_campaign(scratch, copy + "/inventory.toml", 4, {"data"});
    const std::string report = directory("report");
    ASSERT_EQ(glacis({"inject", file, "--report", report}).exit_status, 0);
    std::filesystem::copy_file(copy + "/bystander.pd", copy + "/inventory.pd",
                               std::filesystem::copy_options::overwrite_existing);
    const ProcessResult result = glacis({"replay", report});
    EXPECT_EQ(result.exit_status, 2) << result;
    EXPECT_THAT(result.errors, HasSubstr("inventory")) << result;
}

TEST_F(Campaigns, says_when_a_run_does_not_come_out_as_recorded)
{
    const std::string report = done(4, "report");
    auto records = records_of(report);
    records[2]["protected"]["outcome"] = "silent corruption";
    records[2]["protected"]["mechanism"] = "";
    std::ofstream file(report + "/runs.jsonl");
    for (const auto& record : records) {
        file << record.dump() << "\n";
    }
    file.close();
    const ProcessResult result = glacis({"replay", report});
    EXPECT_EQ(result.exit_status, 6) << result;
    EXPECT_THAT(result.output, AllOf(HasSubstr("NOT the same as recorded"),
                                     HasSubstr("3 of 4 runs came out the same")));
}

TEST_F(Campaigns, records_that_cannot_be_read_are_named)
{
    const std::string report = done(4, "report");
    std::ofstream(report + "/runs.jsonl", std::ios::app) << "{\"run\": \"five\"}\n";
    const ProcessResult bad_line = glacis({"replay", report});
    EXPECT_EQ(bad_line.exit_status, 2) << bad_line;
    EXPECT_THAT(bad_line.errors, ContainsRegex("runs\\.jsonl:5: ")) << bad_line;
    std::ofstream(report + "/campaign.json") << "[]";
    EXPECT_EQ(glacis({"replay", report}).exit_status, 2);
    const ProcessResult none = glacis({"replay", directory("nothing")});
    EXPECT_EQ(none.exit_status, 2) << none;
    EXPECT_THAT(none.errors, HasSubstr("campaign.json: No such file")) << none;
    EXPECT_EQ(glacis({"merge", directory("nothing"), "-o", directory("x")}).exit_status, 2);
}

TEST_F(Campaigns, bad_files_are_refused_with_the_place_and_what_was_expected)
{
    const std::string system = example("inventory/inventory.toml");
    const std::string head = "[campaign]\nsystem = \"" + system + "\"\n";
    const std::vector<std::pair<std::string, const char*>> files{
        {"", "\\[campaign\\] is missing"},
        {"[campaign", "1:[0-9]+: not valid TOML"},
        {"[campaign]\n[[fault]]\nclass = \"code\"\n", "1:1: campaign: system is missing"},
        {"[campaign]\nsystem = \"none.toml\"\n[[fault]]\nclass = \"code\"\n", "none\\.toml"},
        {head, "\\[\\[fault\\]\\] is missing"},
        {head + "[[fault]]\nclass = \"bit flop\"\n", "4:9: fault 1: classes: expected a class"},
        {head + "speed = 3\n[[fault]]\nclass = \"code\"\n", "3:1: campaign: unknown key 'speed'"},
        {head + "runs = 0\n[[fault]]\nclass = \"code\"\n", "3:8: campaign: runs: expected"},
        {head + "[[fault]]\nclass = \"code\"\ndomains = [ \"inventroy\" ]\n",
         "5:[0-9]+: .*inventroy.*did you mean 'inventory'"},
        {head + "[[fault]]\nclass = \"code\"\nfunctions = [ \"ad\" ]\n", "5:[0-9]+: .*'ad'"},
        {head +
             "[[fault]]\nclass = \"delay\"\ndomains = [ \"inventory\" ]\nat = \"main+0xfffff\"\n",
         "6:[0-9]+: .*main\\+0xfffff"},
        {head + "[[fault]]\nclass = \"delay\"\ncall = \"memory_aloc\"\n",
         "5:[0-9]+: .*did you mean 'memory_alloc'"},
        {head + "[[fault]]\nclass = \"delay\"\ncall = \"console_write\"\nafter = \"1 s\"\n",
         "at, call and after exclude each other"},
        {head + "[[fault]]\nclass = \"text bit flip\"\ncall = \"memory_alloc\"\n",
         "4:9: fault 1: call does not go with \"text bit flip\""},
        {head + "[[fault]]\nclass = \"lost wake-up\"\nat = \"main\"\n",
         "4:9: fault 1: at does not go with \"lost wake-up\""},
        {head + "[[fault]]\nclass = \"host failure\"\ndomains = [ \"ledger\" ]\n",
         "4:9: fault 1: domains does not go with \"host failure\""},
        {head + "[[fault]]\nclass = \"delay\"\nafter = \"1 s\"\nfunctions = [ \"main\" ]\n",
         "6:[0-9]+: fault 1: functions goes with none of at, call and after"},
    };
    for (const auto& [content, error] : files) {
        const ProcessResult result = glacis({"inject", scratch.write("bad.toml", content)});
        EXPECT_EQ(result.exit_status, 2) << content << result;
        EXPECT_THAT(result.errors, ContainsRegex(error)) << content;
        EXPECT_THAT(result.errors, HasSubstr("bad.toml")) << content << result;
    }
    EXPECT_EQ(glacis({"inject", directory("none.toml")}).exit_status, 2);
    for (const char* shard : {"0/3", "4/3", "3", "a/b", "1/0", "-1/3", ""}) {
        EXPECT_EQ(glacis({"inject", campaign(2), "--shard", shard}).exit_status, 2) << shard;
    }
}

TEST_F(Campaigns, a_system_that_does_not_end_by_itself_is_refused)
{
    const ProcessResult result =
        glacis({"inject", write_campaign(scratch, example("stack_race/supervised.toml"), 5,
                                         {"code"}, "time_limit = \"10 ms\"\n")});
    EXPECT_EQ(result.exit_status, 2) << result;
    EXPECT_THAT(result.errors, HasSubstr("time limit")) << result;
}

} // namespace
} // namespace glacis::end_to_end
