// The search on model programs: functions from a schedule to what a run under it is like.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explore/search.hpp"

namespace glacis::explore {
namespace {

using testing::ElementsAre;

/// The trace of a run in which every preemption matters.
std::uint64_t trace_of(const Schedule& schedule)
{
    std::uint64_t trace = 1;
    for (const std::uint32_t point : schedule) {
        trace = trace * 1000 + point + 1;
    }
    return trace;
}

/// Each run has `points` points, all of them alternatives, and ends well but under `bad`.
class Model {
public:
    explicit Model(std::uint32_t points, std::set<Schedule> bad = {})
        : points_(points), bad_(std::move(bad))
    {
    }

    Search::Run run()
    {
        return [this](const Schedule& schedule) -> Result<Observation> {
            tried.push_back(schedule);
            Observation seen;
            seen.points = points_;
            for (std::uint32_t point = 0; point < points_; ++point) {
                seen.alternatives.push_back(point);
            }
            seen.trace = trace_of(schedule);
            seen.verdict = bad_.count(schedule) != 0 ? Verdict::bad : Verdict::good;
            return seen;
        };
    }

    std::vector<Schedule> tried;

private:
    std::uint32_t points_;
    std::set<Schedule> bad_;
};

SearchResult search(Search::Run run, SearchLimits limits)
{
    auto result = Search(std::move(run), limits).run();
    EXPECT_TRUE(result);
    return result ? *result : SearchResult{};
}

TEST(Search, runs_every_schedule_within_the_bound_once)
{
    Model model(4);
    const SearchResult result = search(model.run(), {2, 1000, 0});
    EXPECT_EQ(result.end, SearchResult::End::exhausted);
    EXPECT_EQ(result.complete_bound, 2U);
    EXPECT_EQ(result.schedules, 1U + 4U + 6U);
    EXPECT_EQ(std::set<Schedule>(model.tried.begin(), model.tried.end()).size(), 11U);
}

TEST(Search, begins_with_the_fewest_preemptions)
{
    Model model(3);
    (void)search(model.run(), {3, 1000, 0});
    EXPECT_THAT(model.tried,
                ElementsAre(Schedule{}, Schedule{0}, Schedule{1}, Schedule{2}, Schedule{0, 1},
                            Schedule{0, 2}, Schedule{1, 2}, Schedule{0, 1, 2}));
}

TEST(Search, bound_0_is_the_schedule_without_preemptions)
{
    Model model(5, {{2}});
    const SearchResult result = search(model.run(), {0, 1000, 0});
    EXPECT_EQ(result.schedules, 1U);
    EXPECT_FALSE(result.find);
    EXPECT_EQ(result.complete_bound, 0U);
}

TEST(Search, finds_the_one_with_the_fewest_preemptions)
{
    Model model(6, {{0, 3}, {4}, {1, 2}});
    const SearchResult result = search(model.run(), {2, 1000, 0});
    ASSERT_TRUE(result.find);
    EXPECT_EQ(result.end, SearchResult::End::found);
    EXPECT_EQ(result.find->schedule, Schedule{4});
    EXPECT_EQ(result.complete_bound, 0U);
}

TEST(Search, a_bug_without_preemptions_ends_it_at_once)
{
    Model model(6, {{}});
    const SearchResult result = search(model.run(), {2, 1000, 200});
    ASSERT_TRUE(result.find);
    EXPECT_EQ(result.schedules, 1U);
    EXPECT_FALSE(result.complete_bound);
}

TEST(Search, of_as_many_preemptions_prefers_the_one_with_fewer_points)
{
    const Search::Run run = [](const Schedule& schedule) -> Result<Observation> {
        Observation seen{Verdict::good, 10, {1, 5, 8}, trace_of(schedule)};
        if (schedule == Schedule{1} || schedule == Schedule{5}) {
            seen.verdict = Verdict::bad;
            seen.points = schedule[0] == 1 ? 9 : 7;
        }
        return seen;
    };
    const SearchResult thorough = search(run, {2, 1000, 200});
    ASSERT_TRUE(thorough.find);
    EXPECT_EQ(thorough.find->schedule, Schedule{5});
    const SearchResult quick = search(run, {2, 1000, 0});
    ASSERT_TRUE(quick.find);
    EXPECT_EQ(quick.find->schedule, Schedule{1});
}

TEST(Search, does_not_follow_duplicates)
{
    std::size_t runs = 0;
    const Search::Run run = [&runs](const Schedule&) -> Result<Observation> {
        ++runs;
        return Observation{Verdict::good, 4, {0, 1, 2, 3}, 7};
    };
    const SearchResult result = search(run, {3, 1000, 0});
    EXPECT_EQ(runs, 5U);
    EXPECT_EQ(result.duplicates, 4U);
    EXPECT_EQ(result.complete_bound, 3U);
}

TEST(Search, only_points_behind_the_last_preemption_are_added)
{
    std::vector<Schedule> tried;
    const Search::Run run = [&tried](const Schedule& schedule) -> Result<Observation> {
        tried.push_back(schedule);
        // A preemption at 1 makes the run longer.
        Observation seen{Verdict::good, 3, {1}, trace_of(schedule)};
        if (!schedule.empty()) {
            seen.alternatives = {1, 2};
        }
        return seen;
    };
    (void)search(run, {2, 1000, 0});
    EXPECT_THAT(tried, ElementsAre(Schedule{}, Schedule{1}, Schedule{1, 2}));
}

TEST(Search, says_when_it_was_not_allowed_to_try_all)
{
    Model model(10);
    const SearchResult result = search(model.run(), {2, 15, 0});
    EXPECT_EQ(result.end, SearchResult::End::limit);
    EXPECT_EQ(result.schedules, 15U);
    EXPECT_EQ(result.complete_bound, 1U);
}

TEST(Search, an_interrupted_run_ends_it_and_does_not_count)
{
    Model model(10);
    const Search::Run inner = model.run();
    const SearchResult result = search(
        [&](const Schedule& schedule) -> Result<Observation> {
            auto seen = inner(schedule);
            if (model.tried.size() == 5) {
                seen->verdict = Verdict::abandoned;
            }
            return seen;
        },
        {2, 1000, 0});
    EXPECT_EQ(result.end, SearchResult::End::interrupted);
    EXPECT_EQ(result.schedules, 4U);
    EXPECT_EQ(result.complete_bound, 0U);
}

TEST(Search, counts_runs_that_were_cut)
{
    const Search::Run run = [](const Schedule& schedule) -> Result<Observation> {
        return Observation{Verdict::cut, 2, {0, 1}, trace_of(schedule)};
    };
    EXPECT_EQ(search(run, {1, 1000, 0}).cut, 3U);
}

TEST(Search, a_failure_of_the_host_ends_it)
{
    const Search::Run run = [](const Schedule&) -> Result<Observation> {
        return HostError{"mmap", 12, "a test"};
    };
    EXPECT_FALSE(Search(run, {}).run());
}

TEST(Search, is_the_same_each_time)
{
    std::vector<Schedule> tried;
    for (int repetition = 0; repetition < 2; ++repetition) {
        Model model(7, {{2, 5}});
        const SearchResult result = search(model.run(), {2, 1000, 200});
        ASSERT_TRUE(result.find);
        EXPECT_EQ(result.find->schedule, (Schedule{2, 5}));
        if (repetition == 1) {
            EXPECT_EQ(model.tried, tried);
        }
        tried = model.tried;
    }
}

} // namespace
} // namespace glacis::explore
