// Reports of shards put together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Merge : public ::testing::Test {
protected:
    /// A report of these runs; returns its directory.
    std::string report(const std::string& name, const ArchiveHead& head,
                       const std::vector<std::uint64_t>& runs) const
    {
        const auto archive = Archive::open(folder_.path(name), head);
        EXPECT_TRUE(archive);
        for (const std::uint64_t run : runs) {
            EXPECT_TRUE((*archive)->add(sample_record(run)));
        }
        return folder_.path(name);
    }
    /// Of all runs of a shard.
    std::string whole_shard(const Shard& shard) const
    {
        std::vector<std::uint64_t> runs;
        for (std::uint64_t run = 0; run < sample_head().runs; ++run) {
            if (shard.contains(run)) {
                runs.push_back(run);
            }
        }
        return report(std::to_string(shard.index) + "-of-" + std::to_string(shard.count),
                      sample_head(shard), runs);
    }

    Folder folder_;
};

TEST_F(Merge, of_all_shards_is_the_whole)
{
    const std::string all = whole_shard({0, 1});
    for (const std::uint64_t count : {1U, 2U, 3U, 7U, 10U, 15U}) {
        std::vector<std::string> parts;
        for (std::uint64_t index = count; index-- > 0;) {
            parts.push_back(whole_shard({index, count}));
        }
        const auto merged = merge(parts);
        ASSERT_TRUE(merged) << merged.error().reason;
        EXPECT_EQ(merged->records, read_archive(all)->records) << count;
        EXPECT_THAT(missing(*merged), IsEmpty()) << count;
        EXPECT_EQ(merged->head.context, sample_head().context);
    }
}

TEST_F(Merge, takes_parts_that_overlap_or_are_given_twice)
{
    const std::string all = whole_shard({0, 1});
    const std::string third = whole_shard({1, 3});
    const std::string half = whole_shard({1, 2});
    const auto merged = merge({third, all, half, third, all});
    ASSERT_TRUE(merged) << merged.error().reason;
    EXPECT_EQ(merged->records, read_archive(all)->records);
}

TEST_F(Merge, of_a_merge_is_the_same)
{
    auto once = merge({whole_shard({1, 2}), whole_shard({0, 2})});
    ASSERT_TRUE(once);
    once->head.shard = {};
    ASSERT_TRUE(write_archive(folder_.path("once"), *once));
    auto twice = merge({folder_.path("once"), folder_.path("once")});
    ASSERT_TRUE(twice) << twice.error().reason;
    ASSERT_TRUE(write_archive(folder_.path("twice"), *twice));
    for (const char* file : {"campaign.json", "runs.jsonl", "summary.json", "junit.xml"}) {
        const std::string name = file;
        EXPECT_EQ(folder_.read("once/" + name), folder_.read("twice/" + name));
    }
}

TEST_F(Merge, refuses_parts_of_different_campaigns)
{
    const std::string mine = whole_shard({0, 2});
    const std::string expected = ": is of another campaign than " + mine;
    std::vector<ArchiveHead> others(4, sample_head({1, 2}));
    others[0].context.campaign = "fedcba9876543210";
    others[1].context.seed = 43;
    others[2].runs = 11;
    others[3].has_baseline = false;
    for (std::size_t i = 0; i < others.size(); ++i) {
        const std::string other = report("other-" + std::to_string(i), others[i], {1});
        const auto merged = merge({mine, other});
        ASSERT_FALSE(merged) << i;
        EXPECT_EQ(merged.error().reason, other + expected);
    }
}

TEST_F(Merge, says_which_part_cannot_be_read)
{
    const auto merged = merge({whole_shard({0, 2}), folder_.path("absent")});
    ASSERT_FALSE(merged);
    EXPECT_EQ(merged.error().reason,
              folder_.path("absent/campaign.json") + ": No such file or directory");
}

TEST_F(Merge, of_nothing_is_nothing)
{
    const auto merged = merge({});
    ASSERT_TRUE(merged);
    EXPECT_THAT(merged->records, IsEmpty());
    EXPECT_THAT(missing(*merged), IsEmpty());
}

TEST_F(Merge, names_the_shards_that_lack_runs)
{
    const auto merged = merge({whole_shard({0, 3}), report("cut", sample_head({1, 3}), {1, 7})});
    ASSERT_TRUE(merged);
    EXPECT_THAT(missing(*merged), ElementsAre("shard 2 of 3: 1 of 3 runs are missing",
                                              "shard 3 of 3: 3 of 3 runs are missing"));
}

TEST_F(Merge, names_what_is_missing_in_the_finest_division)
{
    const auto merged = merge({whole_shard({0, 2}), whole_shard({1, 4})});
    ASSERT_TRUE(merged);
    EXPECT_THAT(missing(*merged), ElementsAre("shard 4 of 4: 2 of 2 runs are missing"));
}

TEST_F(Merge, has_nothing_missing_in_shards_beyond_the_runs)
{
    ArchiveContent content{sample_head({0, 12}), {}};
    EXPECT_EQ(missing(content).size(), 10U);
}

} // namespace
} // namespace glacis::campaign::test
