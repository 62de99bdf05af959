// Which domains may feel what happens to one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <glacis/abi/hypercall.h>

#include "campaign/judge.hpp"

namespace glacis::campaign::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::uint32_t read = PD_PERM_READ;
constexpr std::uint32_t read_write = PD_PERM_READ | PD_PERM_WRITE;

/// Domains a, b and c, who have nothing to do with each other.
SystemDescription strangers()
{
    SystemDescription system;
    system.regions.resize(2);
    system.domains.resize(3);
    system.domains[0].name = "a";
    system.domains[1].name = "b";
    system.domains[2].name = "c";
    return system;
}

GateDescription gate_to(std::size_t domain)
{
    GateDescription gate;
    gate.domain = domain;
    return gate;
}

TEST(Reach, of_a_stranger_is_itself)
{
    EXPECT_THAT(reach_of(strangers(), "a"), ElementsAre("a"));
    EXPECT_THAT(reach_of(strangers(), "unknown"), IsEmpty());
    EXPECT_THAT(reach_of({}, "a"), IsEmpty());
}

TEST(Reach, of_who_writes_a_region_is_who_reads_it)
{
    SystemDescription system = strangers();
    system.domains[0].regions = {{0, read_write}};
    system.domains[1].regions = {{0, read}};
    system.domains[2].regions = {{1, read}}; // another region
    EXPECT_THAT(reach_of(system, "a"), UnorderedElementsAre("a", "b"));
    EXPECT_THAT(reach_of(system, "b"), ElementsAre("b")) << "reading changes nothing";
}

TEST(Reach, of_readers_of_the_same_region_is_themselves)
{
    SystemDescription system = strangers();
    system.domains[0].regions = {{0, read}};
    system.domains[1].regions = {{0, read}};
    EXPECT_THAT(reach_of(system, "a"), ElementsAre("a"));
}

TEST(Reach, of_a_gate_is_both_who_calls_and_who_is_called)
{
    SystemDescription system = strangers();
    system.domains[0].gates = {gate_to(1)};
    EXPECT_THAT(reach_of(system, "a"), UnorderedElementsAre("a", "b"));
    EXPECT_THAT(reach_of(system, "b"), UnorderedElementsAre("a", "b"));
    EXPECT_THAT(reach_of(system, "c"), ElementsAre("c"));
}

TEST(Reach, of_a_fault_handler_is_both_ways)
{
    SystemDescription system = strangers();
    system.domains[0].fault_handler = 2;
    EXPECT_THAT(reach_of(system, "a"), UnorderedElementsAre("a", "c"));
    EXPECT_THAT(reach_of(system, "c"), UnorderedElementsAre("a", "c"));
    EXPECT_THAT(reach_of(system, "b"), ElementsAre("b"));
}

TEST(Reach, of_a_thread_manager_is_both_ways)
{
    SystemDescription system = strangers();
    system.domains[1].thread_manager = 0;
    EXPECT_THAT(reach_of(system, "a"), UnorderedElementsAre("a", "b"));
    EXPECT_THAT(reach_of(system, "b"), UnorderedElementsAre("a", "b"));
}

TEST(Reach, goes_on_from_each_to_the_next)
{
    SystemDescription system = strangers();
    system.domains[0].regions = {{0, read_write}};
    system.domains[1].regions = {{0, read}, {1, read_write}};
    system.domains[2].regions = {{1, read}};
    EXPECT_THAT(reach_of(system, "a"), UnorderedElementsAre("a", "b", "c"));
    EXPECT_THAT(reach_of(system, "b"), UnorderedElementsAre("b", "c"));
    EXPECT_THAT(reach_of(system, "c"), ElementsAre("c"));
}

TEST(Reach, ends_where_connections_go_in_circles)
{
    SystemDescription system = strangers();
    system.domains[0].gates = {gate_to(1)};
    system.domains[1].gates = {gate_to(2)};
    system.domains[2].gates = {gate_to(0)};
    EXPECT_THAT(reach_of(system, "a"), UnorderedElementsAre("a", "b", "c"));
}

} // namespace
} // namespace glacis::campaign::test
