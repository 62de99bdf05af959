// What many runs came to, in numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "campaign/tally.hpp"
#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

Record detected_by(FaultClass fault_class, const std::string& mechanism)
{
    Record record = sample_record(0, fault_class);
    record.with.verdict.mechanism = mechanism;
    return record;
}

Tally sample_tally()
{
    Tally tally;
    tally.add(detected_by(FaultClass::stack_overflow, "stack overflow"));
    tally.add(detected_by(FaultClass::wrong_source, "null pointer"));
    tally.add(detected_by(FaultClass::stack_overflow, "stack overflow"));
    tally.add(sample_record(1, FaultClass::wrong_source, Outcome::no_effect));
    tally.add(sample_record(2, FaultClass::wrong_source, Outcome::escape));
    return tally;
}

Tally without_baseline()
{
    Tally tally;
    Record record = sample_record(0, FaultClass::delay, Outcome::time_limit);
    record.without.reset();
    tally.add(record);
    return tally;
}

TEST(Tally, counts_outcomes_on_both_sides)
{
    const Tally tally = sample_tally();
    EXPECT_EQ(tally.runs(), 5U);
    EXPECT_TRUE(tally.has_baseline());
    EXPECT_THAT(tally.total(true), ElementsAre(0, 1, 3, 0, 0, 1));
    EXPECT_THAT(tally.total(false), ElementsAre(0, 0, 0, 0, 5, 0));
}

TEST(Tally, counts_each_outcome_in_its_own_column)
{
    for (std::size_t i = 0; i < all_outcomes.size(); ++i) {
        Tally tally;
        tally.add(sample_record(0, FaultClass::delay, all_outcomes[i]));
        for (std::size_t column = 0; column < all_outcomes.size(); ++column) {
            EXPECT_EQ(tally.total(true)[column], column == i ? 1U : 0U);
        }
    }
}

TEST(Tally, counts_what_detected_with_protection)
{
    EXPECT_THAT(sample_tally().mechanisms(),
                ElementsAre(Pair("null pointer", 1), Pair("stack overflow", 2)));
    EXPECT_TRUE(without_baseline().mechanisms().empty());
}

TEST(Tally, is_a_matrix_for_people)
{
    EXPECT_EQ(sample_tally().text(),
              "                             with protection                                      |"
              "  without protection\n"
              "class of fault             inactive  nothing detected  timeout   silent   ESCAPE  |"
              " inactive  nothing detected  timeout   silent   ESCAPE\n"
              "wrong source                      .        1        1        .        .        1  |"
              "        .        .        .        .        3        .\n"
              "stack overflow                    .        .        2        .        .        .  |"
              "        .        .        .        .        2        .\n"
              "all                               .        1        3        .        .        1  |"
              "        .        .        .        .        5        .\n"
              "\n"
              "detected with protection by:\n"
              "        2  stack overflow\n"
              "        1  null pointer\n");
}

TEST(Tally, has_no_second_half_without_a_baseline)
{
    const Tally tally = without_baseline();
    EXPECT_FALSE(tally.has_baseline());
    EXPECT_THAT(tally.text(), Not(HasSubstr("|")));
    EXPECT_THAT(tally.text(), Not(HasSubstr("detected with protection by")));
    EXPECT_THAT(tally.text(), HasSubstr("\ndelay                             .        .        .  "
                                        "      1        .        .\n"));
    EXPECT_TRUE(tally.json()["unprotected"].is_null());
    EXPECT_TRUE(tally.json()["classes"][0]["unprotected"].is_null());
}

TEST(Tally, is_json_for_programs)
{
    const nlohmann::json json = sample_tally().json();
    EXPECT_EQ(json["runs"], 5);
    EXPECT_EQ(json["protected"], nlohmann::json({{"not activated", 0},
                                                 {"no effect", 1},
                                                 {"detected", 3},
                                                 {"time limit", 0},
                                                 {"silent corruption", 0},
                                                 {"escape", 1}}));
    EXPECT_EQ(json["unprotected"]["silent corruption"], 5);
    EXPECT_EQ(json["mechanisms"], nlohmann::json({{"null pointer", 1}, {"stack overflow", 2}}));
    ASSERT_EQ(json["classes"].size(), 2U);
    EXPECT_EQ(json["classes"][0]["class"], "wrong source");
    EXPECT_EQ(json["classes"][0]["group"], "code");
    EXPECT_EQ(json["classes"][0]["protected"]["escape"], 1);
    EXPECT_EQ(json["classes"][1]["group"], "isolation");
    EXPECT_EQ(json["classes"][1]["unprotected"]["silent corruption"], 2);
}

TEST(Tally, of_nothing_is_all_zero)
{
    const Tally tally;
    EXPECT_EQ(tally.runs(), 0U);
    EXPECT_THAT(tally.total(true), testing::Each(0U));
    EXPECT_THAT(tally.text(), HasSubstr("\nall "));
    EXPECT_TRUE(tally.json()["classes"].empty());
}

} // namespace
} // namespace glacis::campaign::test
