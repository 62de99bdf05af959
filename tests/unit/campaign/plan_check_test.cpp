// What a campaign asks for and its system cannot have.
#include <gmock/gmock.h>

#include "plan_world.hpp"

namespace glacis::campaign::test {
namespace {

using PlanCheck = PlanWorld;

TEST_F(PlanCheck, accepts_what_every_run_can_get_a_fault_from)
{
    EXPECT_EQ(errors(entry_of({FaultClass::delay})), "");
    EXPECT_EQ(errors(entry_of({FaultClass::delay, FaultClass::host_failure})), "")
        << "one of them is possible";
}

TEST_F(PlanCheck, names_domains_that_the_system_has_not)
{
    FaultEntry entry = entry_of({FaultClass::delay});
    entry.domains = {{"parser", {5, 12}}, {"parsre", {5, 22}}};
    EXPECT_EQ(errors(entry), "stacks.toml:5:22: domains: the system has no domain 'parsre'; did "
                             "you mean 'parser'?");
}

TEST_F(PlanCheck, names_functions_that_no_program_has)
{
    FaultEntry entry = entry_of({FaultClass::delay});
    entry.functions = {{"mallco", {6, 14}}};
    EXPECT_EQ(errors(entry), "stacks.toml:6:14: functions: no program of these domains has a "
                             "function 'mallco'; did you mean 'malloc'?");
}

TEST_F(PlanCheck, names_places_that_are_none)
{
    FaultEntry entry = entry_of({FaultClass::delay});
    entry.place = {"main+0x2", {7, 6}};
    EXPECT_EQ(errors(entry),
              "stacks.toml:7:6: at: expected a function, a function and an offset such as "
              "\"main+0x1c\", or an offset in the program such as \"0x1240\", where an instruction "
              "begins; found \"main+0x2\"");
}

TEST_F(PlanCheck, names_classes_that_have_no_place)
{
    EXPECT_EQ(errors(entry_of({FaultClass::host_failure})),
              "stacks.toml:3:1: fault: this system has no place for \"host failure\" under these "
              "conditions");
    FaultEntry entry = entry_of({FaultClass::loop_bound, FaultClass::missing_argument});
    entry.functions = {{"malloc", {}}};
    EXPECT_EQ(errors(entry), "stacks.toml:3:1: fault: this system has no place for \"loop bound\", "
                             "\"missing argument\" under these conditions");
}

TEST_F(PlanCheck, names_a_class_that_no_quota_allows)
{
    FaultEntry entry = entry_of({FaultClass::exhausted_quota});
    entry.domains = {{"writer", {}}};
    EXPECT_EQ(errors(entry), "stacks.toml:3:1: fault: this system has no place for \"exhausted "
                             "quota\" under these conditions");
}

TEST_F(PlanCheck, says_nothing_of_functions_where_no_domain_is_known)
{
    FaultEntry entry = entry_of({FaultClass::delay});
    entry.domains = {{"parsre", {5, 12}}};
    entry.functions = {{"nothing", {6, 14}}};
    entry.place = {"nowhere", {7, 6}};
    EXPECT_EQ(errors(entry), "stacks.toml:5:12: domains: the system has no domain 'parsre'; did "
                             "you mean 'parser'?");
}

} // namespace
} // namespace glacis::campaign::test
