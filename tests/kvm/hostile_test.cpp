// G11: whatever one domain does, the other finishes, and the report names the culprit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

using testing::HasSubstr;

struct Deed {
    const char* name;
    const char* fault; ///< class; several separated by '|', where hosts differ in what they can see
};

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for
void PrintTo(const Deed& deed, std::ostream* stream)
{
    *stream << deed.name;
}

class G11Containment : public testing::TestWithParam<Deed> {};

bool is_one_of(const std::string& name, const std::string& list)
{
    return ("|" + list + "|").find("|" + name + "|") != std::string::npos;
}

TEST_P(G11Containment, the_bystander_finishes_and_the_culprit_is_named)
{
    Scenario scenario;
    scenario.vcpus(2)
        .domain("bystander", "hostile", {"bystander"})
        .domain("culprit", "hostile", {GetParam().name});
    const bool shall_hang = GetParam().fault == std::string("time limit");
    scenario.last().time_limit_ns = shall_hang ? 300'000'000 : 120'000'000'000;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.report.end, SystemEnd::completed);
    EXPECT_EQ(outcome.domain("bystander").status, 0U) << outcome.text("bystander");
    EXPECT_THAT(outcome.text("bystander"), HasSubstr("done"));
    // Two of its threads can fault at once, on two vCPUs.
    ASSERT_FALSE(outcome.report.faults.empty()) << outcome.text("culprit");
    for (const FaultRecord& fault : outcome.report.faults) {
        EXPECT_EQ(fault.domain, "culprit");
    }
    EXPECT_TRUE(is_one_of(class_name(outcome.report.faults[0].fault_class), GetParam().fault))
        << outcome.classes() << ": " << outcome.report.faults[0].explanation;
    EXPECT_EQ(outcome.report.exit_status(), 3);
}

// Time limits make every deed below end, also where a host lets it go on for ever.
INSTANTIATE_TEST_SUITE_P(
    , G11Containment,
    testing::Values(
        Deed{"null_write", "null pointer"}, Deed{"null_call", "null pointer"},
        Deed{"write_shim", "supervisor memory"}, Deed{"read_shim", "supervisor memory"},
        Deed{"write_gate", "supervisor memory"}, Deed{"write_vcpu_block", "supervisor memory"},
        Deed{"write_tables", "supervisor memory"}, Deed{"call_shim", "supervisor memory"},
        Deed{"write_code", "own memory without permission"}, Deed{"write_far", "unmapped memory"},
        Deed{"write_beyond_limit", "unmapped memory"},
        Deed{"write_non_canonical", "general protection"}, Deed{"execute_heap", "execute of data"},
        Deed{"execute_stack", "execute of data"},
        Deed{"write_other_domain", "foreign domain's memory"}, Deed{"divide", "arithmetic error"},
        Deed{"undefined", "illegal instruction"}, Deed{"breakpoint", "breakpoint"},
        Deed{"halt", "privileged instruction"}, Deed{"clear_interrupts", "privileged instruction"},
        Deed{"write_port", "privileged instruction"},
        Deed{"write_shim_port", "privileged instruction"},
        Deed{"read_cr3", "privileged instruction"}, Deed{"write_cr3", "privileged instruction"},
        Deed{"load_idt", "privileged instruction"}, Deed{"write_msr", "privileged instruction"},
        Deed{"software_interrupt", "general protection|illegal instruction|privileged instruction"},
        Deed{"software_page_fault",
             "general protection|illegal instruction|privileged instruction"},
        Deed{"far_return", "general protection|privileged instruction"},
        Deed{"fake_iret", "general protection|privileged instruction"},
        Deed{"raw_syscall", "bad hypercall|supervisor memory"}, Deed{"single_step", "breakpoint"},
        Deed{"alignment_check", "misaligned access|illegal instruction"},
        Deed{"bad_stack_pointer", "null pointer"},
        Deed{"non_canonical_stack_pointer", "general protection"},
        Deed{"non_canonical_jump", "general protection"},
        Deed{"call_bounce", "illegal instruction"}, Deed{"pretend_to_be_shim", "supervisor memory"},
        Deed{"hang", "time limit"}, Deed{"hang_in_all_threads", "time limit"},
        Deed{"flood_console", "abort"}, Deed{"exhaust_memory", "abort"},
        Deed{"hypercall_noise", "abort"}, Deed{"run_off_stack", "stack overflow"}),
    [](const auto& tested) { return tested.param.name; });

TEST(G11ContainmentOfRestarts, a_culprit_that_is_restarted_again_and_again_harms_nobody)
{
    Scenario scenario;
    scenario.vcpus(2)
        .domain("bystander", "hostile", {"bystander"})
        .domain("culprit", "hostile", {"run_off_stack"});
    scenario.last().on_fault = FaultPolicy::restart;
    scenario.last().max_restarts = 20;
    const Outcome outcome = scenario.run();
    EXPECT_EQ(outcome.domain("bystander").status, 0U) << outcome.text("bystander");
    EXPECT_EQ(outcome.report.faults.size(), 21U);
    EXPECT_EQ(outcome.domain("culprit").restarts, 20U);
}

} // namespace
} // namespace glacis::kvm_tests
