// The report, for programs and for people.
#include <glacis/abi/version.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/report.hpp"
#include "sample.hpp"

namespace glacis::cli {
namespace {

nlohmann::json report_of(const RunReport& report, const RunCommand& command = {})
{
    return nlohmann::json::parse(report_text(test::sample_system(), command, report), nullptr,
                                 false);
}

TEST(Report, has_every_member_that_is_documented)
{
    const nlohmann::json report = report_of(test::sample_report());
    ASSERT_TRUE(report.is_object());
    EXPECT_TRUE(report["glacis"].is_string());
    EXPECT_EQ(report["abi"], GLACIS_ABI_VERSION);
    EXPECT_EQ(report["system"], "pipeline");
    EXPECT_EQ(report["vcpus"], 2);
    EXPECT_EQ(report["protection"], "domains");
    EXPECT_EQ(report["end"], "completed");
    EXPECT_TRUE(report["explanation"].is_null());
    EXPECT_EQ(report["exit_status"], 3);
    EXPECT_EQ(report["counts"]["exits"], 12);
    for (const char* count :
         {"hypercalls", "faults", "kicks", "switches", "table_pages", "resumed_faults"}) {
        EXPECT_EQ(report["counts"][count], 0) << count;
    }
    EXPECT_TRUE(report["outputs"].is_array());
    EXPECT_EQ(report["domains_left_out"], 0);
    EXPECT_EQ(report.size(), 13U);
}

TEST(Report, tells_how_each_domain_ended)
{
    RunReport ran = test::sample_report();
    ran.domains[0].end = DomainEnd::faulted;
    nlohmann::json domains = report_of(ran)["domains"];
    ASSERT_EQ(domains.size(), 2U);
    EXPECT_EQ(domains[0]["name"], "parser");
    EXPECT_EQ(domains[0]["end"], "faulted");
    EXPECT_TRUE(domains[0]["status"].is_null());
    EXPECT_EQ(domains[0]["restarts"], 1);
    EXPECT_EQ(domains[0]["peak_stacks"], 2);
    EXPECT_EQ(domains[0]["peak_memory"], 163840);
    EXPECT_EQ(domains[1]["end"], "exited");
    EXPECT_EQ(domains[1]["status"], 7);
    ran.domains[0].end = DomainEnd::cut_short;
    domains = report_of(ran)["domains"];
    EXPECT_EQ(domains[0]["end"], "cut short");
}

TEST(Report, tells_of_children_whose_they_were_and_whether_their_parents_know)
{
    RunReport ran = test::sample_report();
    ran.domains[1].name = "job#1";
    ran.domains[1].parent = "parser";
    ran.domains[1].end = DomainEnd::destroyed;
    ran.domains[1].is_collected = true;
    ran.domains[1].faults = 2;
    ran.domains_left_out = 5;
    const nlohmann::json report = report_of(ran);
    EXPECT_EQ(report["domains_left_out"], 5);
    EXPECT_TRUE(report["domains"][0]["parent"].is_null());
    EXPECT_TRUE(report["domains"][0]["collected"].is_null());
    EXPECT_EQ(report["domains"][1]["end"], "destroyed");
    EXPECT_EQ(report["domains"][1]["parent"], "parser");
    EXPECT_EQ(report["domains"][1]["collected"], true);
    EXPECT_EQ(report["domains"][1]["faults"], 2);
}

TEST(Report, carries_the_fault_records)
{
    const nlohmann::json faults = report_of(test::sample_report())["faults"];
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0]["class"], "stack overflow");
    EXPECT_EQ(faults[0]["domain"], "parser");
}

TEST(Report, names_every_end)
{
    RunReport ran = test::sample_report();
    const std::pair<SystemEnd, const char*> ends[] = {{SystemEnd::completed, "completed"},
                                                      {SystemEnd::stopped, "stopped"},
                                                      {SystemEnd::time_limit, "time limit"},
                                                      {SystemEnd::stuck, "stuck"},
                                                      {SystemEnd::interrupted, "interrupted"}};
    for (const auto& [end, name] : ends) {
        ran.end = end;
        EXPECT_EQ(report_of(ran)["end"], name);
    }
    RunCommand unprotected;
    unprotected.protection = Protection::none;
    EXPECT_EQ(report_of(ran, unprotected)["protection"], "none");
}

TEST(Report, says_to_people_what_the_console_did_not)
{
    RunReport ran = test::sample_report();
    EXPECT_EQ(end_text({}, ran), "glacis: domain 'store' ended with status 7\n");
    ran.domains[1].status = 0;
    EXPECT_EQ(end_text({}, ran), "");
    ran.end = SystemEnd::stuck;
    ran.end_explanation = "thread 1 waits for thread 2";
    EXPECT_EQ(end_text({}, ran),
              "glacis: the system is stuck: every thread waits and nothing can wake one\n"
              "  thread 1 waits for thread 2\n");
    ran.end = SystemEnd::time_limit;
    ran.end_explanation.clear();
    RunCommand limited;
    limited.timeout_ns = 2'000'000'000;
    EXPECT_EQ(end_text(limited, ran), "glacis: the system was ended after its time limit of 2 s\n");
}

} // namespace
} // namespace glacis::cli
