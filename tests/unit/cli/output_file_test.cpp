// Files that are written at the end: known to be writable before, whole or absent after.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/output_file.hpp"

namespace glacis::cli {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
public:
    OutputFileTest()
    {
        std::string pattern = testing::TempDir() + "/glacis-output-XXXXXX";
        EXPECT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    ~OutputFileTest() override
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
    static Result<OutputFile> open(const std::string& path)
    {
        return OutputFile::open(path, "the report");
    }
    static Status commit(OutputFile& file) { return file.commit("new\n"); }

    fs::path folder_;
};

TEST_F(OutputFileTest, holds_the_content_after_the_commit)
{
    auto file = open(path("r.json"));
    ASSERT_TRUE(file.has_value());
    EXPECT_FALSE(fs::exists(path("r.json")));
    ASSERT_TRUE(commit(*file).has_value());
    EXPECT_EQ(content("r.json"), "new\n");
    EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFileTest, keeps_the_old_content_until_the_new_one_is_whole)
{
    std::ofstream(path("r.json")) << "old";
    {
        auto file = open(path("r.json"));
        ASSERT_TRUE(file.has_value());
        EXPECT_EQ(content("r.json"), "old");
    }
    EXPECT_EQ(content("r.json"), "old"); // never committed
    EXPECT_EQ(files(), 1U);
    auto file = open(path("r.json"));
    ASSERT_TRUE(commit(*file).has_value());
    EXPECT_EQ(content("r.json"), "new\n");
}

TEST_F(OutputFileTest, follows_a_symbolic_link)
{
    std::ofstream(path("real.json")) << "old";
    fs::create_symlink(path("real.json"), path("r.json"));
    auto file = open(path("r.json"));
    ASSERT_TRUE(commit(*file).has_value());
    EXPECT_TRUE(fs::is_symlink(path("r.json")));
    EXPECT_EQ(content("real.json"), "new\n");
}

TEST_F(OutputFileTest, is_refused_before_the_run_where_it_could_not_be_written)
{
    const auto missing = open(path("no/such/r.json"));
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().text(),
              path("no/such/r.json") + ": cannot write the report: No such file or directory");
    const auto folder = open(path("."));
    ASSERT_FALSE(folder.has_value());
    EXPECT_EQ(folder.error().error_number, EISDIR);
    EXPECT_EQ(files(), 0U);
}

TEST_F(OutputFileTest, a_device_is_written_directly)
{
    auto null = open("/dev/null");
    ASSERT_TRUE(null.has_value());
    EXPECT_TRUE(commit(*null).has_value());
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    auto full = open("/dev/full");
    ASSERT_TRUE(full.has_value());
    const Status refused = commit(*full);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().error_number, ENOSPC);
}

TEST_F(OutputFileTest, nothing_is_opened_without_a_path)
{
    auto none = OutputFile::open(std::nullopt, "the report");
    ASSERT_TRUE(none.has_value());
    EXPECT_FALSE(none->has_value());
}

} // namespace
} // namespace glacis::cli
