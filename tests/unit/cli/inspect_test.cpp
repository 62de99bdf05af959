// A system shown as it would run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/inspect.hpp"
#include "sample.hpp"

namespace glacis::cli {
namespace {

using testing::HasSubstr;

TEST(Inspect, shows_addresses_pages_stacks_and_rights_to_people)
{
    const std::string text = inspect_text(test::sample_system());
    EXPECT_THAT(text,
                testing::StartsWith("system 'pipeline': 2 vCPUs, time slice 10 ms, 2 domains\n"));
    EXPECT_THAT(
        text, HasSubstr("  [0x0040000000, 0x0050000000)  stacks: 256 slots of 1 MiB, guard 64 KiB, "
                        "at most 960 KiB a stack\n"));
    EXPECT_THAT(
        text,
        HasSubstr("  [0x0100000000, 0x0104000000)  memory: 64 MiB, 48 KiB of it in use at the "
                  "start\n"));
    EXPECT_THAT(text, HasSubstr("region 'input'\n"
                                "  pages      2 pages\n"
                                "  content    5000 bytes of data/input.txt\n"));
    EXPECT_THAT(text,
                HasSubstr("domain 'parser'\n"
                          "  program    bin/parser.pd, 4 pages, entry +0x1010\n"
                          "             +0x0        r--  1 page\n"
                          "             +0x1000     r-x  1 page\n"
                          "             +0x2000     rw-  2 pages\n"
                          "  argument   \"-n\"\n"
                          "  argument   \"10\"\n"
                          "  run by     builtin:round_robin\n"
                          "  stack      32 KiB, may grow to 64 KiB\n"
                          "  on fault   restart, 3 times at most\n"
                          "  time limit 2 s\n"
                          "  quota      4 stacks, 100 grants\n"
                          "  region     r-- input\n"
                          "  export     put at +0x1010, 2 arguments, 4 KiB of stack at least\n"
                          "  calls      store.put\n"));
    EXPECT_THAT(text, HasSubstr("domain 'store'\n"));
    EXPECT_THAT(text, HasSubstr("  stack      32 KiB\n  on fault   stop_domain\n"));
}

TEST(Inspect, shows_the_same_to_programs)
{
    const nlohmann::json system =
        nlohmann::json::parse(inspect_json(test::sample_system()), nullptr, false);
    ASSERT_TRUE(system.is_object());
    EXPECT_EQ(system["system"], "pipeline");
    EXPECT_EQ(system["vcpus"], 2);
    EXPECT_EQ(system["stack_area"]["base"], "0x40000000");
    EXPECT_EQ(system["stack_area"]["slots"], 256);
    EXPECT_EQ(system["memory"]["base"], "0x100000000");
    EXPECT_EQ(system["memory"]["used_at_start"], 48 << 10);
    EXPECT_EQ(system["regions"][0]["pages"], 2);
    EXPECT_EQ(system["regions"][0]["content_size"], 5000);
    EXPECT_TRUE(system["regions"][0]["output"].is_null());
    const nlohmann::json parser = system["domains"][0];
    EXPECT_EQ(parser["program"]["segments"][1]["perm"], "r-x");
    EXPECT_EQ(parser["program"]["exports"][0]["name"], "put");
    EXPECT_EQ(parser["stack_limit"], 64 << 10);
    EXPECT_EQ(parser["on_fault"], "restart");
    EXPECT_EQ(parser["quota"]["stacks"], 4);
    EXPECT_EQ(parser["quota"]["grants"], 100);
    EXPECT_TRUE(parser["quota"]["memory"].is_null());
    EXPECT_EQ(parser["regions"][0]["perm"], "r--");
    EXPECT_EQ(parser["calls"][0]["domain"], "store");
    EXPECT_EQ(parser["calls"][0]["export"], "put");
    EXPECT_EQ(parser["calls"][0]["handle"], 1);
    EXPECT_TRUE(system["domains"][1]["time_limit_ns"].is_null());
}

TEST(Inspect, shows_who_runs_threads)
{
    SystemDescription system = test::sample_system();
    EXPECT_THAT(inspect_json(system),
                HasSubstr("\"default_thread_manager\": \"builtin:round_robin\""));
    system.domains[0].thread_manager = 1;
    EXPECT_THAT(inspect_text(system), HasSubstr("  run by     'store'\n"));
    EXPECT_THAT(inspect_text(system), testing::Not(HasSubstr("builtin")))
        << "a manager's threads are run by nobody";
    EXPECT_THAT(inspect_json(system), HasSubstr("\"default_thread_manager\": null"));
}

TEST(Inspect, shows_who_handles_faults)
{
    SystemDescription system = test::sample_system();
    EXPECT_THAT(inspect_json(system), HasSubstr("\"fault_handler\": null"));
    system.domains[0].fault_handler = 1;
    system.domains[0].handler_timeout_ns = 20'000'000;
    system.domains[0].suspends_on_fault = true;
    EXPECT_THAT(inspect_text(system), HasSubstr("  on fault   asks 'store', all threads suspended; "
                                                "after 20 ms: restart, 3 times at most\n"));
    const nlohmann::json shown = nlohmann::json::parse(inspect_json(system), nullptr, false);
    EXPECT_EQ(shown["domains"][0]["fault_handler"], "store");
    EXPECT_EQ(shown["domains"][0]["fault_timeout_ns"], 20'000'000);
    EXPECT_EQ(shown["domains"][0]["fault_suspends"], "domain");
}

} // namespace
} // namespace glacis::cli
