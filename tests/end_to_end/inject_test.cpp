// glacis inject: every class of faults is injected and does what it says, on a system that has a
// place for each.
#include "installed_glacis.hpp"

#include <algorithm>
#include <cctype>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign_files.hpp"

namespace glacis::end_to_end {
namespace {

using testing::ContainsRegex;

struct Class {
    const char* name;
    const char* deed;     ///< what a record of it says was done
    const char* outcome;  ///< of at least one run; empty: any
    const char* evidence; ///< in a record of that outcome
};

void PrintTo(const Class& each, std::ostream* stream)
{
    *stream << each.name;
}

const char* const anything = "";
const char* const change = ".+ becomes .+";
const char* const store = "^0x[0-9a-f]+ is written to 0x[0-9a-f]+$";

constexpr const char* no_right = "hypercall refused: the caller has no right";
constexpr const char* not_owner = "hypercall refused: the caller does not own";

const std::vector<Class> classes{
    {"text bit flip", change, anything, ""},
    {"deleted instruction", "becomes nop", anything, ""},
    {"wrong source", change, anything, ""},
    {"wrong destination", change, anything, ""},
    {"corrupted pointer", "\\(.*\\).* becomes .*\\(", "detected", ""},
    {"inverted branch", "^j[a-z]+ .* becomes j[a-z]+ ", anything, ""},
    {"deleted branch", "^j[a-z]+ .* becomes nop", anything, ""},
    {"loop bound", "^(cmp|test|sub|add|mov)[a-z]* .* becomes (cmp|test|sub|add|mov)", anything, ""},
    {"missing initialisation", "^(mov|xor|and|lea)[a-z]* .* becomes nop", anything, ""},
    {"missing argument", "^[a-z]+ .* becomes nop", anything, ""},
    {"register bit flip", "^bit [0-9]+ of .* flips: 0x[0-9a-f]+ becomes 0x", anything, ""},
    {"stack bit flip", "^bit [0-7] of the byte at 0x4[0-9a-f]+ flips", anything, ""},
    {"heap bit flip", "^bit [0-7] of the byte at 0x1[0-9a-f]+ flips", anything, ""},
    {"global bit flip", "^bit [0-7] of the byte at 0x1[0-9a-f]+ flips", anything, ""},
    {"copy overrun", "^a copy of [0-9]+ bytes becomes one of [0-9]+$", anything, ""},
    {"failed allocation", "returns NULL|'no memory'", "detected", ""},
    {"premature free", "is freed as soon as malloc has given it$", anything, ""},
    {"use after free", "is written to the freed block at 0x", anything, ""},
    {"stack overflow", store, "detected", "stack overflow|jumped over the guard"},
    {"stack underflow", store, "detected", "stack underflow"},
    {"frame beyond guard", store, "detected", "jumped over the guard|stack overflow|stack"},
    {"neighbour write", store, "detected", "neighbour's stack|inactive stack"},
    {"inactive stack write", store, "detected", "inactive stack"},
    {"freed stack write", store, "detected", "freed stack"},
    {"foreign memory write", store, "detected", "foreign domain's memory"},
    {"foreign activation", "^it activates the stack 0x", "detected", no_right},
    {"foreign permission", "^it gives itself permission to write", "detected", not_owner},
    {"foreign free", "^it frees the page at 0x", "detected", not_owner},
    {"forged return", "^the function will return to 0x", "detected", ""},
    {"forged cross-domain return", "^it returns from a call across domains", "detected",
     "hypercall refused: a return without a call"},
    {"hypercall noise", "^hypercall [0-9]+ becomes [0-9]+ with random arguments$", anything, ""},
    {"hung code", "^the thread jumps to where it is, for ever$", "time limit", ""},
    {"exhausted quota", "^it allocates memory until it is refused$", "detected",
     "hypercall refused: the domain's quota of memory"},
    {"preemption", "^other threads have their turn first$", "no effect", ""},
    {"delay", "^[0-9]+ ns pass$", anything, ""},
    {"lost wake-up", "^a wake wakes nobody$", "detected", "no thread can go on"},
    {"doubled wake-up", "^a wake is made twice$", "no effect", ""},
    {"host failure", "^$", "detected", "host failure reported"},
};

/// Enough for one that shows what it should, whatever places a compiler leaves.
constexpr std::uint64_t runs = 24;

class EachFaultClass : public testing::TestWithParam<Class> {};

/// One that a fault was injected in, as the class says, with the outcome that it shows.
bool shows(const nlohmann::json& record, const Class& wanted)
{
    const nlohmann::json& side = record["protected"];
    const std::string outcome = text_of(side, "outcome");
    const bool is_activated = outcome != "not activated";
    const bool is_outcome = std::string(wanted.outcome).empty() || outcome == wanted.outcome;
    return is_activated && is_outcome &&
           testing::Matches(ContainsRegex(wanted.evidence))(text_of(side, "mechanism"));
}

TEST_P(EachFaultClass, G11_is_injected_and_contained)
{
    const Class& wanted = GetParam();
    const ScratchDirectory scratch;
    const std::string campaign =
        write_campaign(scratch, example("inventory/inventory.toml"), runs, {wanted.name});
    const std::string report = (scratch.path() / "report").string();
    const ProcessResult result = glacis({"inject", campaign, "--no-baseline", "--report", report});
    ASSERT_EQ(result.exit_status, 0) << result;
    const auto records = records_of(report);
    ASSERT_EQ(records.size(), runs);
    bool is_shown = false;
    for (const auto& record : records) {
        EXPECT_EQ(record["fault"]["class"], wanted.name);
        const nlohmann::json& side = record["protected"];
        if (text_of(side, "outcome") == "not activated") {
            continue;
        }
        EXPECT_THAT(text_of(side, "deed"), ContainsRegex(wanted.deed)) << record.dump(2);
        is_shown = is_shown || shows(record, wanted);
    }
    EXPECT_TRUE(is_shown) << result << content_of(report + "/runs.jsonl");
}

INSTANTIATE_TEST_SUITE_P(All, EachFaultClass, testing::ValuesIn(classes), [](const auto& each) {
    std::string name = each.param.name;
    std::replace_if(
        name.begin(), name.end(), [](char letter) { return std::isalnum(letter) == 0; }, '_');
    return name;
});

TEST(EveryFaultClass, has_a_test)
{
    const ScratchDirectory scratch;
    const ProcessResult result =
        glacis({"inject",
                write_campaign(scratch, example("inventory/inventory.toml"), 400,
                               {"code", "data", "isolation", "time", "host"}),
                "--no-baseline", "--report", (scratch.path() / "report").string(), "--jobs", "2"});
    ASSERT_EQ(result.exit_status, 0) << result;
    const auto summary =
        nlohmann::json::parse(content_of(scratch.path() / "report" / "summary.json"));
    EXPECT_EQ(summary["classes"].size(), classes.size());
    for (const auto& each : summary["classes"]) {
        EXPECT_TRUE(std::any_of(classes.begin(), classes.end(), [&each](const Class& one) {
            return each["class"] == one.name;
        })) << each.dump();
    }
}

} // namespace
} // namespace glacis::end_to_end
