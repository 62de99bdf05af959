// [[domain]].
#include <algorithm>

#include "description_folder.hpp"

namespace glacis::test {
namespace {

using DescribedDomain = DescriptionFolder;

const std::string head =
    "[[domain]]\nname = \"main\"\nprogram = \"main.pd\"\n"; // the next line is 4

TEST_F(DescribedDomain, has_defaults)
{
    const DomainDescription domain = load(head).domains.at(0);
    EXPECT_EQ(domain.name, "main");
    EXPECT_EQ(domain.program_path, path("main.pd"));
    EXPECT_EQ(domain.program.image_size(), 0x4000U);
    EXPECT_TRUE(domain.arguments.empty());
    EXPECT_EQ(domain.stack_commit, 64U << 10);
    EXPECT_EQ(domain.stack_limit, 64U << 10);
    EXPECT_EQ(domain.on_fault, FaultPolicy::stop_domain);
    EXPECT_EQ(domain.max_restarts, 3U);
    EXPECT_EQ(domain.quota_memory, UINT64_MAX);
    EXPECT_EQ(domain.quota_stacks, UINT64_MAX);
    EXPECT_EQ(domain.quota_stack_bytes, UINT64_MAX);
    EXPECT_EQ(domain.quota_threads, UINT64_MAX);
    EXPECT_EQ(domain.quota_grants, UINT64_MAX);
    EXPECT_EQ(domain.quota_domains, UINT64_MAX);
    EXPECT_FALSE(domain.time_limit_ns.has_value());
}

TEST_F(DescribedDomain, every_value_is_taken_over)
{
    const DomainDescription domain =
        load(head +
             "arguments = [ \"-n\", \"two words\", \"\" ]\nstack = \"32 KiB\"\n"
             "stack_limit = \"512 KiB\"\non_fault = \"restart\"\nmax_restarts = 7\n"
             "time_limit = \"2 s\"\nexports = [ \"put\" ]\n"
             "quota = { memory = \"1 MiB\", stacks = 4, stack_bytes = \"256 KiB\", threads = 3, "
             "grants = 5, domains = 2 }\n")
            .domains.at(0);
    EXPECT_EQ(domain.arguments, (std::vector<std::string>{"-n", "two words", ""}));
    EXPECT_EQ(domain.stack_commit, 32U << 10);
    EXPECT_EQ(domain.stack_limit, 512U << 10);
    EXPECT_EQ(domain.on_fault, FaultPolicy::restart);
    EXPECT_EQ(domain.max_restarts, 7U);
    EXPECT_EQ(domain.time_limit_ns, 2'000'000'000U);
    EXPECT_EQ(domain.quota_memory, 1U << 20);
    EXPECT_EQ(domain.quota_stacks, 4U);
    EXPECT_EQ(domain.quota_stack_bytes, 256U << 10);
    EXPECT_EQ(domain.quota_threads, 3U);
    EXPECT_EQ(domain.quota_grants, 5U);
    EXPECT_EQ(domain.quota_domains, 2U);
    ASSERT_EQ(domain.exports.size(), 1U);
    EXPECT_EQ(domain.exports[0].name, "put");
    EXPECT_EQ(domain.exports[0].scrub, Scrub::none);
}

TEST_F(DescribedDomain, a_larger_stack_raises_the_limit_with_it)
{
    EXPECT_EQ(load(head + "stack = \"128 KiB\"\n").domains.at(0).stack_limit, 128U << 10);
}

TEST_F(DescribedDomain, needs_a_name_and_a_program)
{
    EXPECT_EQ(errors("[[domain]]\nprogram = \"main.pd\"\n"),
              "system.toml:1:1: domain 1: name is missing");
    EXPECT_EQ(errors("[[domain]]\nname = \"a\"\n"),
              "system.toml:1:1: domain 'a': program is missing");
    EXPECT_EQ(errors("[[domain]]\nname = \"a\"\nprogram = \"\"\n"),
              "system.toml:3:11: domain 'a': program: expected a path, found \"\"");
}

TEST_F(DescribedDomain, names_are_unique)
{
    EXPECT_EQ(errors(head + head),
              "system.toml:5:8: domain 'main' is defined twice, first in line 2");
}

TEST_F(DescribedDomain, bad_names_are_refused)
{
    EXPECT_EQ(
        errors("[[domain]]\nname = \"a.b\"\nprogram = \"main.pd\"\n"),
        "system.toml:2:8: domain 'a.b': name: expected 1 to 31 letters, digits, '_' or '-', found "
        "\"a.b\"");
}

TEST_F(DescribedDomain, unknown_keys_are_reported_with_the_nearest)
{
    EXPECT_EQ(errors(head + "stak = \"32 KiB\"\n"),
              "system.toml:4:1: domain 'main': unknown key 'stak'; did you mean 'stack'?");
    EXPECT_EQ(
        errors(head + "quota = { stack = 1 }\n"),
        "system.toml:4:11: domain 'main': quota: unknown key 'stack'; did you mean 'stacks'?");
}

TEST_F(DescribedDomain, a_stack_larger_than_its_slot_less_the_guard_is_refused)
{
    EXPECT_EQ(errors(head + "stack = \"960 KiB\"\n"), "accepted");
    const std::string tail =
        " does not fit into a slot, which has 960 KiB (slot 1 MiB less guard 64 KiB)";
    EXPECT_EQ(errors(head + "stack = \"964 KiB\"\n"),
              "system.toml:4:9: domain 'main': stack: 964 KiB" + tail);
    EXPECT_EQ(errors(head + "stack_limit = \"2 MiB\"\n"),
              "system.toml:4:15: domain 'main': stack_limit: 2 MiB" + tail);
}

TEST_F(DescribedDomain, a_default_stack_must_fit_too)
{
    EXPECT_EQ(
        errors(head + "[stack_area]\nslot = \"32 KiB\"\nguard = \"4 KiB\"\n"),
        "system.toml:1:1: domain 'main': stack: 64 KiB does not fit into a slot, which has 28 KiB "
        "(slot 32 KiB less guard 4 KiB)");
}

TEST_F(DescribedDomain, stacks_are_whole_pages)
{
    EXPECT_EQ(errors(head + "stack = 0\n"), "system.toml:4:9: domain 'main': stack: must not be 0");
    EXPECT_EQ(errors(head + "stack = 10000\n"), "system.toml:4:9: domain 'main': stack: 10000 B is "
                                                "not a whole number of pages of 4 KiB; the "
                                                "next one is \"12 KiB\"");
}

TEST_F(DescribedDomain, a_limit_below_the_stack_is_refused)
{
    EXPECT_EQ(errors(head + "stack_limit = \"32 KiB\"\n"),
              "system.toml:4:15: domain 'main': stack_limit: 32 KiB is less than stack, 64 KiB");
}

TEST_F(DescribedDomain, policies_have_names)
{
    EXPECT_EQ(
        errors(head + "on_fault = \"stop\"\n"),
        "system.toml:4:12: domain 'main': on_fault: expected \"stop_domain\", \"stop_system\" or "
        "\"restart\", found \"stop\"; did you mean 'stop_domain'?");
    EXPECT_EQ(
        errors(head + "on_fault = \"ignore\"\n"),
        "system.toml:4:12: domain 'main': on_fault: expected \"stop_domain\", \"stop_system\" or "
        "\"restart\", found \"ignore\"");
    EXPECT_EQ(
        errors(head + "max_restarts = 1000001\n"),
        "system.toml:4:16: domain 'main': max_restarts: expected 0 to 1000000, found 1000001");
}

TEST_F(DescribedDomain, a_time_limit_of_nothing_is_refused)
{
    EXPECT_EQ(errors(head + "time_limit = \"0 s\"\n"),
              "system.toml:4:14: domain 'main': time_limit: must not be 0");
    EXPECT_EQ(
        errors(head + "time_limit = \"2 sec\"\n"),
        "system.toml:4:14: domain 'main': time_limit: expected a duration such as \"10 ms\", found "
        "\"2 sec\"; did you mean \"2 s\"?");
}

TEST_F(DescribedDomain, fault_handlers_are_other_domains)
{
    const std::string other = "[[domain]]\nname = \"watcher\"\nprogram = \"main.pd\"\n";
    const std::string handled = head + "fault_handler = \"watcher\"\n";
    const DomainDescription domain =
        load(handled + "fault_timeout = \"20 ms\"\nfault_suspends = \"domain\"\n" + other)
            .domains.at(0);
    EXPECT_EQ(domain.fault_handler, 1U);
    EXPECT_EQ(domain.handler_timeout_ns, 20'000'000U);
    EXPECT_TRUE(domain.suspends_on_fault);
    EXPECT_EQ(load(handled + other).domains.at(0).handler_timeout_ns, 1'000'000'000U);
    EXPECT_FALSE(load(handled + other).domains.at(0).suspends_on_fault);
    EXPECT_FALSE(load(head).domains.at(0).fault_handler.has_value());

    EXPECT_EQ(
        errors(head + "fault_handler = \"wacher\"\n" + other),
        "system.toml:4:17: domain 'main': fault_handler: there is no domain 'wacher'; did you "
        "mean 'watcher'?");
    EXPECT_EQ(errors(handled + "fault_suspends = \"domains\"\n" + other),
              "system.toml:5:18: domain 'main': fault_suspends: expected \"thread\" or \"domain\", "
              "found \"domains\"; did you mean 'domain'?");
    EXPECT_EQ(errors(handled + "fault_timeout = \"0 s\"\n" + other),
              "system.toml:5:17: domain 'main': fault_timeout: must not be 0");
    EXPECT_EQ(
        errors(head + "fault_timeout = \"1 s\"\n"),
        "system.toml:4:17: domain 'main': fault_timeout: means nothing without fault_handler");
    EXPECT_EQ(
        errors(head + "fault_suspends = \"domain\"\n"),
        "system.toml:4:18: domain 'main': fault_suspends: means nothing without fault_handler");
}

TEST_F(DescribedDomain, thread_managers_are_other_domains_without_one)
{
    const std::string other = "[[domain]]\nname = \"runner\"\nprogram = \"main.pd\"\n";
    const std::string managed = head + "thread_manager = \"runner\"\n";
    EXPECT_EQ(load(managed + other).domains.at(0).thread_manager, 1U);
    EXPECT_FALSE(load(managed + other).domains.at(1).thread_manager.has_value());
    EXPECT_EQ(
        errors(head + "thread_manager = \"runer\"\n" + other),
        "system.toml:4:18: domain 'main': thread_manager: there is no domain 'runer'; did you "
        "mean 'runner'?");
    EXPECT_EQ(
        errors(head + "thread_manager = \"main\"\n"),
        "system.toml:4:18: domain 'main': thread_manager: a domain cannot manage its own threads");
    EXPECT_EQ(
        errors(managed + other + "thread_manager = \"main\"\n"),
        "system.toml:4:18: domain 'main': thread_manager: domain 'runner' has a thread manager "
        "itself; managers run by themselves\n"
        "system.toml:8:18: domain 'runner': thread_manager: domain 'main' has a thread manager "
        "itself; managers run by themselves");
}

TEST_F(DescribedDomain, runs_programs_that_come_with_the_tool)
{
    const std::string with = "[[domain]]\nname = \"runner\"\nprogram = \"builtin:";
    const DomainDescription domain = load(head + with + "round_robin\"\n").domains.at(1);
    EXPECT_EQ(domain.program_path, "builtin:round_robin");
    EXPECT_GT(domain.program.image_size(), 0U);
    EXPECT_EQ(errors(head + with + "round\"\n"),
              "system.toml:6:11: domain 'runner': program 'builtin:round': the tool comes with no "
              "such program; did you mean 'round_robin'?");
}

TEST_F(DescribedDomain, fault_handlers_form_no_circle)
{
    const auto domain = [](const std::string& name, const std::string& handler) {
        return "[[domain]]\nname = \"" + name + "\"\nprogram = \"main.pd\"\n" +
               (handler.empty() ? "" : "fault_handler = \"" + handler + "\"\n");
    };
    EXPECT_EQ(errors(domain("a", "a")),
              "system.toml:4:17: domain 'a': fault_handler: a domain cannot handle its own faults");
    EXPECT_EQ(errors(domain("a", "b") + domain("b", "c") + domain("c", "")), "accepted");
    EXPECT_EQ(
        errors(domain("a", "b") + domain("b", "c") + domain("c", "b")),
        "system.toml:8:17: domain 'b': fault_handler: leads back to this domain, by way of 'c'\n"
        "system.toml:12:17: domain 'c': fault_handler: leads back to this domain, by way of "
        "'b'");
}

TEST_F(DescribedDomain, quotas_leave_room_for_the_first_thread)
{
    EXPECT_EQ(errors(head + "quota = { stacks = 0, threads = 0 }\n"),
              "system.toml:4:20: domain 'main': quota: stacks: the first thread needs one\n"
              "system.toml:4:33: domain 'main': quota: threads: the first thread is one");
    EXPECT_EQ(
        errors(head + "quota = { stack_bytes = \"32 KiB\" }\n"),
        "system.toml:4:25: domain 'main': quota: stack_bytes: 32 KiB is less than stack, 64 KiB");
    EXPECT_EQ(errors(head + "quota = { memory = \"8 KiB\" }\n"),
              "system.toml:4:20: domain 'main': quota: memory: 8 KiB is less than the image of its "
              "program, "
              "16 KiB");
}

TEST_F(DescribedDomain, arguments_are_strings_without_zero_bytes)
{
    EXPECT_EQ(errors(head + "arguments = [ \"a\", 5 ]\n"),
              "system.toml:4:20: domain 'main': arguments: expected a string, found 5");
    EXPECT_EQ(errors(head + "arguments = \"a\"\n"),
              "system.toml:4:13: domain 'main': arguments: expected an array of strings such as [ "
              "\"one\", "
              "\"two\" ], found \"a\"");
    EXPECT_EQ(errors(head + "arguments = [ \"a\\u0000b\" ]\n"),
              "system.toml:4:15: domain 'main': arguments: \"a\\x00b\" contains a zero byte");
    EXPECT_EQ(errors(head + "arguments = [ \"" + std::string(128 << 10, 'x') + "\" ]\n"),
              "system.toml:4:15: domain 'main': arguments: 131073 bytes in all; at most 128 KiB "
              "are possible");
}

TEST_F(DescribedDomain, exports_must_be_the_programs)
{
    EXPECT_EQ(errors(head + "exports = [ \"puts\" ]\n"),
              "system.toml:4:13: domain 'main': exports: its program does not export 'puts'; did "
              "you mean "
              "'put'?");
    EXPECT_EQ(errors(head + "exports = [ \"put\", \"put\" ]\n"),
              "system.toml:4:20: domain 'main': exports: 'put' is given twice");
}

TEST_F(DescribedDomain, calls_name_an_export_of_a_domain)
{
    const std::string store =
        "[[domain]]\nname = \"store\"\nprogram = \"main.pd\"\nexports = [ \"put\" ]\n";
    const SystemDescription system = load(head + "calls = [ \"store.put\" ]\n" + store);
    ASSERT_EQ(system.domains.at(0).gates.size(), 1U);
    const GateDescription& gate = system.domains[0].gates[0];
    EXPECT_EQ(gate.callee, "store");
    EXPECT_EQ(gate.name, "put");
    EXPECT_EQ(gate.domain, 1U);
    EXPECT_EQ(system.domains[1].program.exports().at(gate.exported).name, "put");
    EXPECT_FALSE(gate.time_limit_ns.has_value());
    EXPECT_EQ(
        errors(head + "calls = [ \"stor.put\" ]\n" + store),
        "system.toml:4:11: domain 'main': calls: there is no domain 'stor'; did you mean 'store'?");
    EXPECT_EQ(errors(head + "calls = [ \"store.putt\" ]\n" + store),
              "system.toml:4:11: domain 'main': calls: domain 'store' does not export 'putt'; did "
              "you mean "
              "'put'?");
    EXPECT_EQ(errors(head + "calls = [ \"put\" ]\n" + store),
              "system.toml:4:11: domain 'main': calls: expected \"domain.export\", found \"put\"");
    EXPECT_EQ(errors(head + "calls = [ \"store.put\", \"store.put\" ]\n" + store),
              "system.toml:4:24: domain 'main': calls: 'store.put' is given twice");
    EXPECT_EQ(errors(head + "calls = [ 7 ]\n" + store),
              "system.toml:4:11: domain 'main': calls: expected a string or a table, found 7");
}

TEST_F(DescribedDomain, calls_may_have_a_time_limit_and_exports_be_scrubbed)
{
    const std::string store = "[[domain]]\nname = \"store\"\nprogram = \"main.pd\"\n";
    const std::string calls = "calls = [ { name = \"store.put\", time_limit = \"5 ms\" } ]\n";
    const auto gate =
        load(head + calls + store + "exports = [ { name = \"put\", scrub = \"both\" } ]\n")
            .domains.at(0)
            .gates.at(0);
    EXPECT_EQ(gate.time_limit_ns, 5'000'000U);
    EXPECT_EQ(gate.scrub, Scrub::both_ways);

    EXPECT_EQ(errors(head + "exports = [ { name = \"put\", scrub = \"bth\" } ]\n"),
              "system.toml:4:37: domain 'main': exports: scrub: expected \"none\", \"return\" or "
              "\"both\", found \"bth\"; did you mean 'both'?");
    EXPECT_EQ(errors(head + "exports = [ { scrub = \"both\" } ]\n"),
              "system.toml:4:13: domain 'main': exports: name is missing");
    EXPECT_EQ(
        errors(head + "exports = [ { name = \"put\", scrubb = \"both\" } ]\n"),
        "system.toml:4:29: domain 'main': exports: unknown key 'scrubb'; did you mean 'scrub'?");
    EXPECT_EQ(errors(head + "calls = [ { name = \"store.put\", time_limit = \"0 ms\" } ]\n" +
                     store + "exports = [ \"put\" ]\n"),
              "system.toml:4:46: domain 'main': calls: time_limit: must not be 0");
    EXPECT_EQ(errors(head + "calls = [ { time_limit = \"1 ms\" } ]\n" + store),
              "system.toml:4:11: domain 'main': calls: name is missing");
}

} // namespace
} // namespace glacis::test
