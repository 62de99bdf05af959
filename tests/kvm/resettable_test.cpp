// Systems that are built once and run again and again: no run may notice those before it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calls.hpp"
#include "machine/core.hpp"
#include "machine/intervention.hpp"
#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

Scenario parent(const std::string& property, const std::string& more = {})
{
    constexpr std::uint64_t mib = 1 << 20;
    Scenario scenario;
    scenario.system().memory = 32 * mib;
    scenario.program_region("program", "domains")
        .domain("parent", "domains", {property, more})
        .use("program", PD_PERM_READ);
    return scenario;
}

struct Case {
    const char* name;
    Scenario (*scenario)();
    bool does_the_same_each_time = true; ///< by itself, to the last hypercall
};

/// Each does something else to what has to be brought back.
const std::vector<Case> cases = {
    {"writes_and_ends",
     [] {
         return Scenario().domain("a", "threads", {"exit_with_7"});
     }},
    {"heap_is_taken_and_kept",
     [] {
         return Scenario().domain("a", "runtime", {"threads_share_the_heap"});
     }},
    {"stacks_come_and_go",
     [] {
         return Scenario().domain("a", "stacks", {"storm", "6", "20"});
     }},
    {"threads_come_and_go",
     [] {
         return Scenario().domain("a", "threads", {"many_threads"});
     }},
    {"default_manager_is_loaded",
     [] {
         return Scenario()
             .domain("a", "threads", {"many_threads"})
             .domain("b", "threads", {"many_threads"});
     }},
    {"domain_is_restarted",
     [] {
         Scenario scenario;
         scenario.domain("a", "threads", {"fault_until_third_start"});
         scenario.last().on_fault = FaultPolicy::restart;
         scenario.domain("b", "threads", {"wait_and_wake"});
         return scenario;
     }},
    {"children_are_made", [] { return parent("cycles_leave_nothing", "20"); }, false},
    {"children_hold_grants",
     [] {
         return parent("restarts_keep_grants");
     }},
    {"children_are_destroyed",
     [] {
         return parent("children_are_destroyed_with_it");
     }},
    {"children_fault",
     [] {
         return parent("ends_are_told");
     }},
    {"without_protection",
     [] {
         return parent("restarts_keep_grants").unprotected();
     }},
    {"stacks_without_protection",
     [] {
         return Scenario().domain("a", "stacks", {"storm", "6", "20"}).unprotected();
     }},
    {"is_cut_short",
     [] {
         Scenario scenario;
         scenario.domain("a", "threads", {"spin_for_ever", "1"});
         scenario.last().time_limit_ns = 5'000'000;
         return scenario;
     }},
    {"domains_call_each_other",
     [] {
         return Calls("nested").ready();
     }},
    {"callee_is_scrubbed",
     [] {
         return Calls("residue_is_scrubbed").scrub(Scrub::on_return).ready();
     }},
};

class ResettableSystem : public testing::TestWithParam<Case> {};

TEST_P(ResettableSystem, runs_as_if_just_built)
{
    Scenario scenario = GetParam().scenario();
    scenario.options().repeatable = Repeatable{{}, 1};
    const Outcome expected = scenario.run();
    const Outcome found = scenario.after_reset().run();
    EXPECT_EQ(found.console, expected.console);
    EXPECT_EQ(found.classes(), expected.classes());
    EXPECT_EQ(found.report.end, expected.report.end);
    for (std::size_t i = 0; i < scenario.system().domains.size(); ++i) {
        const DomainReport& one = found.report.domains[i];
        const DomainReport& other = expected.report.domains[i];
        EXPECT_EQ(one.status, other.status);
        EXPECT_EQ(one.restarts, other.restarts);
    }
    if (GetParam().does_the_same_each_time) {
        EXPECT_EQ(found.report.counts.hypercalls, expected.report.counts.hypercalls);
        EXPECT_EQ(found.report.counts.switches, expected.report.counts.switches);
        for (std::size_t i = 0; i < scenario.system().domains.size(); ++i) {
            EXPECT_EQ(found.report.domains[i].peak_stacks, expected.report.domains[i].peak_stacks);
            EXPECT_EQ(found.report.domains[i].peak_memory, expected.report.domains[i].peak_memory);
        }
    }
}

/// Leaves a trap behind in a program, as an injector does whose fault has ended the system.
class LeavesATrap final : public Intervention {
public:
    Status on_built(Core& core) override
    {
        const std::uint64_t at = core.domains[0].image_base;
        std::array<std::uint8_t, 1> byte{};
        EXPECT_TRUE(core.space->peek(at, byte));
        before.push_back(byte[0]);
        byte[0] ^= 0xff;
        EXPECT_TRUE(core.space->copy_out(at, byte));
        return Done{};
    }
    void before_entry(RunningThread& /*thread*/) override {}
    Next on_event(RunningThread& /*thread*/, CpuEvent& /*event*/) override
    {
        return Next::as_it_is;
    }
    void on_end(Core& /*core*/) override {}

    std::vector<std::uint8_t> before;
};

TEST(ResettableSystems, take_back_what_the_vmm_has_written)
{
    LeavesATrap intervention;
    Scenario scenario;
    scenario.domain("a", "threads", {"exit_with_7"});
    scenario.options().repeatable = Repeatable{{}, 1};
    scenario.options().intervention = &intervention;
    EXPECT_EQ(scenario.after_reset().run().domain("a").status, 7U);
    ASSERT_EQ(intervention.before.size(), 2U);
    EXPECT_EQ(intervention.before[0], intervention.before[1]);
}

INSTANTIATE_TEST_SUITE_P(All, ResettableSystem, testing::ValuesIn(cases),
                         [](const auto& each) { return std::string(each.param.name); });

} // namespace
} // namespace glacis::kvm_tests
