// The report's file: known to be writable before, whole or absent after.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/report.hpp"
#include "cli/report_file.hpp"
#include "sample.hpp"

namespace glacis::cli {
namespace {

namespace fs = std::filesystem;

class ReportFileTest : public testing::Test {
public:
    ReportFileTest()
    {
        std::string pattern = testing::TempDir() + "/glacis-report-XXXXXX";
        EXPECT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    ~ReportFileTest() override
    {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

protected:
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
    [[nodiscard]] std::string content(const std::string& name) const
    {
        std::ifstream stream(path(name));
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }
    [[nodiscard]] std::size_t files() const
    {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    static Status commit(ReportFile& file)
    {
        return file.commit(test::sample_system(), {}, test::sample_report());
    }
    static std::string expected()
    {
        return report_text(test::sample_system(), {}, test::sample_report());
    }

    fs::path folder_;
};

TEST_F(ReportFileTest, holds_the_report_after_the_commit)
{
    auto file = ReportFile::open(path("r.json"));
    ASSERT_TRUE(file.has_value());
    EXPECT_FALSE(fs::exists(path("r.json")));
    ASSERT_TRUE(commit(*file).has_value());
    EXPECT_EQ(content("r.json"), expected());
    EXPECT_EQ(files(), 1U);
}

TEST_F(ReportFileTest, keeps_the_old_report_until_the_new_one_is_whole)
{
    std::ofstream(path("r.json")) << "old";
    {
        auto file = ReportFile::open(path("r.json"));
        ASSERT_TRUE(file.has_value());
        EXPECT_EQ(content("r.json"), "old");
    }
    EXPECT_EQ(content("r.json"), "old"); // never committed
    EXPECT_EQ(files(), 1U);
    auto file = ReportFile::open(path("r.json"));
    ASSERT_TRUE(commit(*file).has_value());
    EXPECT_EQ(content("r.json"), expected());
}

TEST_F(ReportFileTest, follows_a_symbolic_link)
{
    std::ofstream(path("real.json")) << "old";
    fs::create_symlink(path("real.json"), path("r.json"));
    auto file = ReportFile::open(path("r.json"));
    ASSERT_TRUE(commit(*file).has_value());
    EXPECT_TRUE(fs::is_symlink(path("r.json")));
    EXPECT_EQ(content("real.json"), expected());
}

TEST_F(ReportFileTest, is_refused_before_the_run_where_it_could_not_be_written)
{
    const auto missing = ReportFile::open(path("no/such/r.json"));
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().text(),
              path("no/such/r.json") + ": cannot write the report: No such file or directory");
    const auto folder = ReportFile::open(path("."));
    ASSERT_FALSE(folder.has_value());
    EXPECT_EQ(folder.error().error_number, EISDIR);
    EXPECT_EQ(files(), 0U);
}

TEST_F(ReportFileTest, a_device_is_written_directly)
{
    auto null = ReportFile::open("/dev/null");
    ASSERT_TRUE(null.has_value());
    EXPECT_TRUE(commit(*null).has_value());
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    auto full = ReportFile::open("/dev/full");
    ASSERT_TRUE(full.has_value());
    const Status refused = commit(*full);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().error_number, ENOSPC);
}

TEST_F(ReportFileTest, no_report_is_wanted_without_a_path)
{
    auto none = ReportFile::open(std::nullopt);
    ASSERT_TRUE(none.has_value());
    EXPECT_TRUE(commit(*none).has_value());
}

} // namespace
} // namespace glacis::cli
