// When a region is written to its file, and when not.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <glacis/abi/hypercall.h>
#include <nlohmann/json.hpp>

#include "cli/region_outputs.hpp"
#include "cli/report.hpp"
#include "sample.hpp"

namespace glacis::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes(const std::string& text)
{
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    return {begin, begin + text.size()};
}

/// 'parser' may write region 'result', which is to become a file; 'store' may read it.
class RegionOutputsTest : public testing::Test {
public:
    RegionOutputsTest()
    {
        std::string pattern = testing::TempDir() + "/glacis-outputs-XXXXXX";
        EXPECT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        RegionDescription region;
        region.name = "result";
        region.size = region.content_size = 4096;
        region.output = folder_ / "out";
        system_.regions.push_back(region);
        system_.domains[0].regions.push_back({1, PD_PERM_READ | PD_PERM_WRITE});
        system_.domains[1].regions.push_back({1, PD_PERM_READ});
        report_.outputs = {{1, 3, bytes("new")}};
    }
    ~RegionOutputsTest() override
    {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

protected:
    [[nodiscard]] std::string withheld_reason() const
    {
        return withheld(system_, report_, report_.outputs[0]).value_or("written");
    }
    /// What the file holds after a run that ended as `report_` says.
    [[nodiscard]] std::string file_after()
    {
        auto outputs = RegionOutputs::open(system_);
        EXPECT_TRUE(outputs.has_value());
        EXPECT_TRUE(outputs->commit(system_, report_).has_value());
        std::ifstream stream(folder_ / "out");
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }

    fs::path folder_;
    SystemDescription system_ = test::sample_system();
    RunReport report_ = test::sample_report();
};

TEST_F(RegionOutputsTest, are_written_when_those_who_may_write_them_ended_well)
{
    // 'parser' was restarted and ended with 0; 'store', which may only read, ended with 7.
    EXPECT_EQ(withheld_reason(), "written");
    EXPECT_EQ(file_after(), "new");
}

TEST_F(RegionOutputsTest, are_withheld_when_a_writer_failed_and_leave_the_old_file)
{
    std::ofstream(folder_ / "out") << "old";
    report_.domains[0].status = 1;
    EXPECT_EQ(withheld_reason(), "domain 'parser' ended with status 1");
    report_.domains[0].end = DomainEnd::faulted;
    EXPECT_EQ(withheld_reason(), "domain 'parser' faulted");
    report_.domains[0].end = DomainEnd::cut_short;
    EXPECT_EQ(withheld_reason(), "domain 'parser' was cut short");
    EXPECT_EQ(file_after(), "old");
    EXPECT_EQ(withheld_text(system_, report_), "glacis: region 'result' not written to '" +
                                                   (folder_ / "out").string() +
                                                   "': domain 'parser' was cut short\n");
}

TEST_F(RegionOutputsTest, are_withheld_when_the_system_did_not_end_by_itself)
{
    for (const SystemEnd end :
         {SystemEnd::stopped, SystemEnd::time_limit, SystemEnd::stuck, SystemEnd::interrupted}) {
        report_.end = end;
        EXPECT_EQ(withheld_reason(), "the system did not come to its end");
    }
}

TEST_F(RegionOutputsTest, are_withheld_when_their_length_is_more_than_fits)
{
    report_.outputs = {{1, UINT64_MAX, std::nullopt}};
    EXPECT_EQ(withheld_reason(),
              "it says that it holds 18446744073709551615 bytes, and has room for 4088");
    EXPECT_EQ(report_.exit_status(), 3);
    EXPECT_EQ(file_after(), "");
    EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(RegionOutputsTest, are_told_in_the_report)
{
    report_.outputs.push_back({1, 5000, std::nullopt});
    const auto outputs =
        nlohmann::json::parse(report_text(system_, {}, report_), nullptr, false)["outputs"];
    ASSERT_EQ(outputs.size(), 2U);
    EXPECT_EQ(outputs[0]["region"], "result");
    EXPECT_EQ(outputs[0]["file"], (folder_ / "out").string());
    EXPECT_EQ(outputs[0]["length"], 3);
    EXPECT_TRUE(outputs[0]["withheld"].is_null());
    EXPECT_EQ(outputs[1]["withheld"], "it says that it holds 5000 bytes, and has room for 4088");
}

TEST_F(RegionOutputsTest, may_be_empty)
{
    report_.outputs = {{1, 0, bytes("")}};
    EXPECT_EQ(file_after(), "");
    EXPECT_TRUE(fs::exists(folder_ / "out"));
}

TEST_F(RegionOutputsTest, are_refused_before_the_run_where_they_could_not_be_written)
{
    system_.regions[1].output = folder_ / "no/such/out";
    const auto refused = RegionOutputs::open(system_);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().text(), (folder_ / "no/such/out").string() +
                                          ": cannot write region 'result': No such file or "
                                          "directory");
}

} // namespace
} // namespace glacis::cli
