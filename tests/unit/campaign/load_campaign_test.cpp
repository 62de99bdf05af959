// Campaigns in files: what each key means, and what is said about what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <glacis/abi/hypercall.h>

#include <set>

#include "campaign/campaign.hpp"
#include "campaign/class_options.hpp"
#include "machine/call_names.hpp"
#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LoadCampaign : public ::testing::Test {
protected:
    [[nodiscard]] Campaign load(const std::string& text) const
    {
        folder_.write("stacks.toml", text);
        auto campaign = load_campaign(folder_.path("stacks.toml"));
        if (!campaign) {
            ADD_FAILURE() << campaign.error().front().text();
            return {};
        }
        return *campaign;
    }
    [[nodiscard]] FaultEntry load_entry(const std::string& keys) const
    {
        const auto entries = load("[campaign]\nsystem=\"s\"\n[[fault]]\n" + keys).entries;
        EXPECT_EQ(entries.size(), 1U);
        return entries.empty() ? FaultEntry{} : entries.front();
    }
    /// One a line, without the folder.
    [[nodiscard]] std::string errors(const std::string& text) const
    {
        folder_.write("stacks.toml", text);
        const auto campaign = load_campaign(folder_.path("stacks.toml"));
        if (campaign) {
            return "accepted";
        }
        std::string lines;
        for (const DescriptionError& error : campaign.error()) {
            lines += (lines.empty() ? "" : "\n") + error.text().substr(folder_.path("").size());
        }
        return lines;
    }
    /// Of a campaign whose third line is this.
    [[nodiscard]] std::string head_errors(const std::string& line) const
    {
        return errors("[campaign]\nsystem = \"s\"\n" + line + "\n[[fault]]\nclass = \"delay\"\n");
    }
    /// Of a campaign whose fifth line is this.
    [[nodiscard]] std::string entry_errors(const std::string& line) const
    {
        return errors("[campaign]\nsystem = \"s\"\n[[fault]]\nclass = \"delay\"\n" + line + "\n");
    }

    Folder folder_;
};

std::vector<FaultClass> classes_of(const FaultEntry& entry)
{
    std::vector<FaultClass> classes;
    for (const auto& each : entry.classes) {
        classes.push_back(each.value);
    }
    return classes;
}

TEST_F(LoadCampaign, reads_every_key_of_the_head)
{
    const std::string text = R"([campaign]
name = "deep-stacks"
system = "sub/system.toml"
arguments = ["-v", "2"]
runs = 250
seed = 99
time_limit = "2 s"
hang = "50 ms"
baseline = "no"
[[fault]]
class = "stack overflow"
)";
    const Campaign campaign = load(text);
    EXPECT_EQ(campaign.path, folder_.path("stacks.toml"));
    EXPECT_EQ(campaign.text, text);
    EXPECT_EQ(campaign.name, "deep-stacks");
    EXPECT_EQ(campaign.system, folder_.path("sub/system.toml"));
    EXPECT_EQ(campaign.system_at.line, 3U);
    EXPECT_THAT(campaign.arguments, ElementsAre("-v", "2"));
    EXPECT_EQ(campaign.runs, 250U);
    EXPECT_EQ(campaign.seed, 99U);
    EXPECT_EQ(campaign.time_limit_ns, 2'000'000'000U);
    EXPECT_EQ(campaign.hang_ns, 50'000'000U);
    EXPECT_FALSE(campaign.has_baseline);
}

TEST_F(LoadCampaign, has_defaults_for_all_but_the_system_and_the_class)
{
    const Campaign campaign =
        load("[campaign]\nsystem = \"/a/system.toml\"\n[[fault]]\nclass = \"delay\"\n");
    EXPECT_EQ(campaign.name, "stacks") << "as the file";
    EXPECT_EQ(campaign.system, "/a/system.toml");
    EXPECT_THAT(campaign.arguments, IsEmpty());
    EXPECT_EQ(campaign.runs, 1000U);
    EXPECT_EQ(campaign.seed, 1U);
    EXPECT_EQ(campaign.time_limit_ns, 1'000'000'000U);
    EXPECT_EQ(campaign.hang_ns, 200'000'000U);
    EXPECT_TRUE(campaign.has_baseline);
    ASSERT_EQ(campaign.entries.size(), 1U);
    const FaultEntry& entry = campaign.entries[0];
    EXPECT_EQ(entry.at.line, 3U);
    EXPECT_EQ(entry.weight, 1U);
    EXPECT_THAT(entry.domains, IsEmpty());
    EXPECT_THAT(entry.functions, IsEmpty());
    EXPECT_FALSE(entry.is_anywhere);
    EXPECT_FALSE(entry.place || entry.call || entry.after_ns);
    EXPECT_FALSE(entry.nth || entry.times || entry.amount);
}

TEST_F(LoadCampaign, reads_every_key_of_a_fault)
{
    const FaultEntry entry = load_entry(R"(classes = ["delay", "stack overflow"]
class = "frame beyond guard"
weight = 7
domains = ["parser", "writer"]
places = "all"
at = "descend+0x11"
nth = 3
times = 0
amount = "4 KiB"
)");
    EXPECT_THAT(classes_of(entry), ElementsAre(FaultClass::delay, FaultClass::stack_overflow,
                                               FaultClass::frame_beyond_guard));
    EXPECT_EQ(entry.classes[0].at.line, 4U);
    EXPECT_EQ(entry.classes[0].at.column, 12U);
    EXPECT_EQ(entry.weight, 7U);
    ASSERT_EQ(entry.domains.size(), 2U);
    EXPECT_EQ(entry.domains[1].value, "writer");
    EXPECT_TRUE(entry.is_anywhere);
    EXPECT_EQ(entry.place->value, "descend+0x11");
    EXPECT_EQ(entry.nth, 3U);
    EXPECT_EQ(entry.times, 0U);
    EXPECT_EQ(entry.amount, 4096U);
    EXPECT_FALSE(load_entry("class=\"delay\"\nplaces=\"executed\"").is_anywhere);
    const FaultEntry aimed = load_entry("class=\"wrong source\"\nfunctions=[\"descend\"]");
    ASSERT_EQ(aimed.functions.size(), 1U);
    EXPECT_EQ(aimed.functions[0].value, "descend");
}

TEST(ClassOptions, say_which_keys_mean_nothing_to_a_class)
{
    FaultEntry at;
    at.place = Located<std::string>{"main", {}};
    FaultEntry call;
    call.call = Located<std::uint64_t>{GLACIS_CALL_MEMORY_ALLOC, {}};
    FaultEntry after;
    after.after_ns = Located<std::uint64_t>{1, {}};
    FaultEntry functions;
    functions.functions = {{"main", {}}};
    FaultEntry amount;
    amount.amount = 1;
    FaultEntry domains;
    domains.domains = {{"parser", {}}};
    for (const FaultClass each : inject::all_fault_classes()) {
        EXPECT_EQ(misfit(FaultEntry{}, each), std::nullopt);
        const bool is_hosts = each == FaultClass::host_failure;
        EXPECT_EQ(misfit(domains, each).has_value(), is_hosts) << inject::name_of(each);
        if (inject::group_of(each) == inject::FaultGroup::code) {
            EXPECT_EQ(misfit(at, each), std::nullopt);
            EXPECT_EQ(misfit(functions, each), std::nullopt);
            EXPECT_EQ(misfit(call, each), "call");
            EXPECT_EQ(misfit(after, each), "after");
            EXPECT_EQ(misfit(amount, each), "amount");
        }
    }
    for (const FaultClass knows_its_place :
         {FaultClass::copy_overrun, FaultClass::premature_free, FaultClass::use_after_free,
          FaultClass::failed_allocation, FaultClass::hypercall_noise, FaultClass::lost_wake_up,
          FaultClass::doubled_wake_up, FaultClass::host_failure}) {
        EXPECT_EQ(misfit(at, knows_its_place), "at");
        EXPECT_EQ(misfit(after, knows_its_place), "after");
        EXPECT_EQ(misfit(functions, knows_its_place), "functions");
    }
    EXPECT_EQ(misfit(call, FaultClass::hypercall_noise), std::nullopt);
    EXPECT_EQ(misfit(call, FaultClass::lost_wake_up), "call");
    EXPECT_EQ(misfit(amount, FaultClass::copy_overrun), std::nullopt);
    EXPECT_EQ(misfit(amount, FaultClass::preemption), "amount");
    EXPECT_EQ(misfit(after, FaultClass::preemption), std::nullopt);
}

TEST_F(LoadCampaign, reads_the_other_ways_to_say_when)
{
    EXPECT_EQ(load_entry("class=\"delay\"\ncall=\"memory_alloc\"").call->value,
              std::uint64_t{GLACIS_CALL_MEMORY_ALLOC});
    EXPECT_EQ(load_entry("class=\"delay\"\nafter=\"3 ms\"").after_ns->value, 3'000'000U);
}

TEST_F(LoadCampaign, takes_a_group_for_all_of_its_classes)
{
    const auto time = classes_of(load_entry("class = \"time\""));
    EXPECT_THAT(time, ElementsAre(FaultClass::preemption, FaultClass::delay,
                                  FaultClass::lost_wake_up, FaultClass::doubled_wake_up));
    EXPECT_EQ(load_entry("classes = [\"code\", \"data\", \"isolation\", \"time\", \"host\"]")
                  .classes.size(),
              inject::all_fault_classes().size());
}

TEST_F(LoadCampaign, takes_every_class_by_its_name)
{
    for (const FaultClass each : inject::all_fault_classes()) {
        const auto entry = load_entry("class = \"" + std::string(inject::name_of(each)) + "\"");
        EXPECT_THAT(classes_of(entry), ElementsAre(each));
    }
}

TEST_F(LoadCampaign, says_that_the_file_cannot_be_read)
{
    const auto absent = load_campaign(folder_.path("absent.toml"));
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().at(0).text(),
              folder_.path("absent.toml") + ": No such file or directory");
    const auto directory = load_campaign(folder_.path(""));
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().at(0).message, "is a directory");
    EXPECT_THAT(errors(std::string((1U << 20) + 1, '#')), HasSubstr("is larger than 1 MiB"));
}

TEST_F(LoadCampaign, says_where_it_is_no_toml)
{
    EXPECT_THAT(errors("[campaign]\nsystem = \n"), HasSubstr("stacks.toml:2:10: not valid TOML: "));
    EXPECT_THAT(errors("[campaign]\nsystem = \"\xff\"\n"), HasSubstr(": not valid TOML: "));
    EXPECT_THAT(errors("a = " + std::string(100'000, '[')), HasSubstr(": not valid TOML: "));
}

TEST_F(LoadCampaign, says_what_is_missing)
{
    EXPECT_EQ(errors(""), "stacks.toml: [campaign] is missing\n"
                          "stacks.toml: [[fault]] is missing: at least one is needed");
    EXPECT_EQ(errors("[campaign]\n[[fault]]\n"),
              "stacks.toml:1:1: campaign: system is missing: the path of a description\n"
              "stacks.toml:2:1: fault 1: class or classes: at least one is needed");
}

TEST_F(LoadCampaign, says_what_is_wrong_in_the_head)
{
    EXPECT_EQ(head_errors("name = \"a b\""),
              "stacks.toml:3:8: campaign: name: expected 1 to 31 letters, digits, '_' or '-', "
              "found \"a b\"");
    EXPECT_EQ(head_errors("runs = 0"),
              "stacks.toml:3:8: campaign: runs: expected a number from 1 on, found 0");
    EXPECT_EQ(head_errors("runs = 1_000_000_001"),
              "stacks.toml:3:8: campaign: runs: at most 1000000000");
    EXPECT_EQ(head_errors("runs = 1_000_000_000"), "accepted");
    EXPECT_EQ(head_errors("runs = -1"), "stacks.toml:3:8: campaign: runs: expected a whole number, "
                                        "not negative, found -1");
    EXPECT_EQ(head_errors("seed = \"x\""), "stacks.toml:3:8: campaign: seed: expected a whole "
                                           "number, not negative, found \"x\"");
    EXPECT_EQ(head_errors("hang = \"9 ms\""), "stacks.toml:3:8: campaign: hang: at least 10 ms");
    EXPECT_EQ(head_errors("hang = \"10 ms\""), "accepted");
    EXPECT_EQ(head_errors("time_limit = 5"), "stacks.toml:3:14: campaign: time_limit: expected a "
                                             "duration such as \"10 ms\", found 5");
    EXPECT_EQ(head_errors("baseline = \"maybe\""),
              "stacks.toml:3:12: campaign: baseline: expected \"yes\" or \"no\", found \"maybe\"");
    EXPECT_EQ(head_errors("baseline = true"),
              "stacks.toml:3:12: campaign: baseline: expected a string, found true");
    EXPECT_EQ(head_errors("arguments = [1]"),
              "stacks.toml:3:14: campaign: arguments: expected a string, found 1");
}

TEST_F(LoadCampaign, asks_whether_another_key_was_meant)
{
    EXPECT_EQ(head_errors("sead = 1"),
              "stacks.toml:3:1: campaign: unknown key 'sead'; did you mean 'seed'?");
    EXPECT_EQ(entry_errors("wait = 1\nweigth = 2"),
              "stacks.toml:5:1: fault 1: unknown key 'wait'\n"
              "stacks.toml:6:1: fault 1: unknown key 'weigth'; did you mean 'weight'?");
    EXPECT_EQ(entry_errors("[[fautl]]\n"),
              "stacks.toml:5:3: unknown key 'fautl'; did you mean 'fault'?");
    EXPECT_EQ(entry_errors("[campain]\n"),
              "stacks.toml:5:2: unknown table 'campain'; did you mean 'campaign'?");
    EXPECT_EQ(errors("[campaign]\nsystem = \"s\"\n[fault]\nclass = \"delay\"\n"),
              "stacks.toml: [[fault]] is missing: at least one is needed\n"
              "stacks.toml:3:1: fault: expected an array of tables, found a table; write "
              "[[fault]] with double brackets");
}

TEST_F(LoadCampaign, asks_whether_another_class_or_call_was_meant)
{
    const std::string expected = "expected a class of faults or a group of them (code, data, "
                                 "isolation, time, host), found ";
    EXPECT_EQ(entry_errors("classes = [\"delay\", \"wrong sauce\"]"),
              "stacks.toml:5:21: fault 1: classes: " + expected +
                  "\"wrong sauce\"; did you mean 'wrong source'?");
    EXPECT_EQ(entry_errors("classes = [\"tiem\"]"),
              "stacks.toml:5:12: fault 1: classes: " + expected + "\"tiem\"; did you mean 'time'?");
    EXPECT_EQ(entry_errors("call = \"memory_aloc\""),
              "stacks.toml:5:8: fault 1: call: expected the name of a hypercall such as "
              "\"memory_alloc\", found \"memory_aloc\"; did you mean 'memory_alloc'?");
}

TEST_F(LoadCampaign, says_what_is_wrong_in_a_fault)
{
    EXPECT_EQ(entry_errors("weight = 0"),
              "stacks.toml:5:10: fault 1: weight: expected a number from 1 on, found 0");
    EXPECT_EQ(entry_errors("weight = 1_000_001"),
              "stacks.toml:5:10: fault 1: weight: at most 1000000");
    EXPECT_EQ(entry_errors("weight = 1_000_000"), "accepted");
    EXPECT_EQ(entry_errors("nth = 0"),
              "stacks.toml:5:7: fault 1: nth: expected a number from 1 on, found 0");
    EXPECT_EQ(
        entry_errors("places = \"some\""),
        "stacks.toml:5:10: fault 1: places: expected \"all\" or \"executed\", found \"some\"");
    EXPECT_EQ(entry_errors("amount = \"1 kb\""),
              "stacks.toml:5:10: fault 1: amount: expected a size such as \"32 KiB\", found \"1 "
              "kb\"; did you mean \"1 KiB\"?");
    EXPECT_EQ(entry_errors("after = \"1\""), "stacks.toml:5:9: fault 1: after: expected a duration "
                                             "such as \"10 ms\", found \"1\"");
    EXPECT_EQ(entry_errors("domains = \"parser\""),
              "stacks.toml:5:11: fault 1: domains: expected an array of strings such as [ \"one\", "
              "\"two\" ], found \"parser\"");
    EXPECT_EQ(entry_errors("at = 5"), "stacks.toml:5:6: fault 1: at: expected a string, found 5");
    EXPECT_EQ(entry_errors("times = -1"), "stacks.toml:5:9: fault 1: times: expected a whole "
                                          "number, not negative, found -1");
}

TEST_F(LoadCampaign, takes_one_trigger_only)
{
    const std::string refused = "stacks.toml:3:1: fault 1: at, call and after exclude each other";
    EXPECT_EQ(entry_errors("at = \"main\"\ncall = \"trace\""), refused);
    EXPECT_EQ(entry_errors("at = \"main\"\nafter = \"1 ms\""), refused);
    EXPECT_EQ(entry_errors("call = \"trace\"\nafter = \"1 ms\""), refused);
}

TEST_F(LoadCampaign, tells_all_errors_at_once_in_the_order_of_the_file)
{
    EXPECT_EQ(errors("[[fault]]\nclass = \"delay\"\nnth = 0\n[[fault]]\nweight = 0\n"
                     "[campaign]\nruns = 0\n"),
              "stacks.toml:3:7: fault 1: nth: expected a number from 1 on, found 0\n"
              "stacks.toml:4:1: fault 2: class or classes: at least one is needed\n"
              "stacks.toml:5:10: fault 2: weight: expected a number from 1 on, found 0\n"
              "stacks.toml:6:1: campaign: system is missing: the path of a description\n"
              "stacks.toml:7:8: campaign: runs: expected a number from 1 on, found 0");
}

TEST(HypercallNames, are_different_and_lead_to_different_numbers)
{
    std::set<std::string_view> names;
    std::set<std::uint64_t> numbers;
    for (const std::string_view name : call_names()) {
        names.insert(name);
        numbers.insert(call_named(name).value());
    }
    EXPECT_EQ(names.size(), call_names().size());
    EXPECT_EQ(numbers.size(), call_names().size());
    EXPECT_EQ(call_named("thread_wake"), std::uint64_t{GLACIS_CALL_THREAD_WAKE});
    EXPECT_EQ(call_named("THREAD_WAKE"), std::nullopt);
    EXPECT_EQ(call_named(""), std::nullopt);
}

} // namespace
} // namespace glacis::campaign::test
