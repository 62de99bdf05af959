// `glacis bench`: counts, which no noise touches. What it takes in time is for people to read.
#include "installed_glacis.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::Contains;
using testing::Key;

/// Results by their names, of one sample each.
std::map<std::string, nlohmann::json> results_of(const std::string& filter)
{
    const ProcessResult result = glacis({"bench", "--filter", filter, "--repeat", "1", "--json"});
    EXPECT_EQ(result.exit_status, 0) << result;
    std::map<std::string, nlohmann::json> results;
    const auto document = nlohmann::json::parse(result.output, nullptr, false);
    if (!document.is_object()) {
        ADD_FAILURE() << result;
        return results;
    }
    EXPECT_TRUE(document["skipped"].empty()) << document["skipped"];
    for (const nlohmann::json& each : document["results"]) {
        results[text_of(each, "name")] = each;
    }
    return results;
}

TEST(Bench, a_domain_is_made_and_destroyed_by_two_exits_however_many_others_there_are)
{
    auto results = results_of("domain.create_destroy");
    for (const char* name : {"domain.create_destroy", "domain.create_destroy_1000"}) {
        ASSERT_THAT(results, Contains(Key(name)));
        EXPECT_EQ(results[name]["exits"], 2) << results[name];
        EXPECT_GT(results[name]["floor_median"], 0) << results[name];
        EXPECT_GT(results[name]["median"], 0) << results[name];
    }
    std::vector<std::string> measured;
    for (const nlohmann::json& part : results["domain.create_destroy_1000"]["parts"]) {
        measured.push_back(text_of(part, "what"));
    }
    EXPECT_THAT(measured,
                testing::ElementsAre("with 0 others", "with 1 others", "with 10 others",
                                     "with 100 others", "with 1000 others", "with 1 others"));
}

} // namespace
} // namespace glacis::end_to_end
