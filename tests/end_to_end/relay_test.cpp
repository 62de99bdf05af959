// A page that goes through three domains by permission alone.
#include "installed_glacis.hpp"

#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Where the domains say that the page is, each address once.
std::set<std::string> addresses_in(const std::string& text)
{
    const std::regex pattern("at (0x[0-9a-f]+)");
    std::set<std::string> addresses;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end;
         ++match) {
        addresses.insert((*match)[1]);
    }
    return addresses;
}

void expect_the_reader_has_the_page(const std::string& output)
{
    EXPECT_THAT(output, HasSubstr("writer | wrote \"no byte of this moves\" at "));
    EXPECT_THAT(output, HasSubstr("editor | edited \"NO BYTE OF THIS MOVES\" at "));
    EXPECT_THAT(output, HasSubstr("reader | read \"NO BYTE OF THIS MOVES, SIGNED\" at "));
    EXPECT_THAT(output, HasSubstr("which is mine"));
    EXPECT_EQ(addresses_in(output).size(), 1U) << output;
}

TEST(Relay, a_page_goes_through_three_domains_and_keeps_its_address)
{
    const ProcessResult result = glacis({"run", example("relay/relay.toml")});
    EXPECT_EQ(result.exit_status, 0) << result;
    expect_the_reader_has_the_page(result.output);
}

TEST(Relay, runs_on_one_vcpu_as_well)
{
    const ProcessResult result = glacis({"run", example("relay/relay.toml"), "--vcpus", "1"});
    EXPECT_EQ(result.exit_status, 0) << result;
    expect_the_reader_has_the_page(result.output);
}

TEST(Relay, G8_who_has_given_the_page_away_cannot_read_it_and_the_others_go_on)
{
    ReportedRun run = run_with_report(example("relay/peek.toml"));
    EXPECT_EQ(run.process.exit_status, 3) << run.process;
    ASSERT_TRUE(run.report.is_object()) << run.process;
    ASSERT_EQ(run.report["faults"].size(), 1U) << run.report;
    EXPECT_EQ(run.report["faults"][0]["class"], "foreign domain's memory") << run.report;
    EXPECT_EQ(run.report["faults"][0]["domain"], "writer") << run.report;
    EXPECT_THAT(run.process.errors, HasSubstr("in memory of domain 'reader'"));
    EXPECT_THAT(run.process.output, Not(HasSubstr("it says")));
    expect_the_reader_has_the_page(run.process.output);
    for (const char* other : {"editor", "reader"}) {
        EXPECT_EQ(domain_of(run.report, other)["end"], "exited") << run.report;
        EXPECT_EQ(domain_of(run.report, other)["status"], 0) << run.report;
    }
}

TEST(Relay, without_protection_nobody_notices)
{
    const ProcessResult result =
        glacis({"run", example("relay/peek.toml"), "--protection", "none"});
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("it says \"NO BYTE OF THIS MOVES, SIGNED\"")) << result;
}

} // namespace
} // namespace glacis::end_to_end
