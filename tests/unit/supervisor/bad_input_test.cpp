// Every wrong call has its own status and changes nothing: the table of docs/hypercalls.md, row by
// row, and the table itself.

#include <algorithm>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "bad_input.hpp"

namespace glacis::supervisor::test {
namespace {

std::string status_name(pd_status status)
{
#define GLACIS_STATUS_NAME(name, value, text) {PD_##name, #name},
    static const std::map<pd_status, std::string> names
    {
        GLACIS_STATUS_LIST(GLACIS_STATUS_NAME)
    };
#undef GLACIS_STATUS_NAME
    return names.at(status);
}

std::vector<BadCall> all_bad_calls()
{
    std::vector<BadCall> all;
    for (const auto& part : {bad_memory_calls(), bad_group_calls(), bad_stack_calls(),
                             bad_domain_calls(), bad_thread_calls(), bad_fault_calls()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

/// As the documentation has it.
std::string row_of(const BadCall& bad)
{
    return std::string("| `") + bad.call + "` | " + bad.wrong + " | " + status_name(bad.status) +
           " |";
}

void refuses(const BadCall& bad)
{
    BadScene scene;
    const Request request = bad.request(scene);
    World& world = scene.world;
    ASSERT_EQ(world.supervisor.check_invariants(), "");
    const std::string before = snapshot(world);
    const Plan plan = world.begin(scene.who, request);
    ASSERT_TRUE(plan.is_final) << "it was begun";
    EXPECT_EQ(status_name(plan.reply.status), status_name(bad.status));
    EXPECT_EQ(plan.disposition, Disposition::resume) << "the caller has left its vCPU";
    EXPECT_EQ(plan.reply.value, 0U);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(plan.reply.out));
    EXPECT_EQ(snapshot(world), before);
    world.check();
    if (scene.pending) {
        EXPECT_EQ(world.perform(*scene.pending).reply.status, PD_OK)
            << "the call in progress was disturbed";
    }
    world.check_idle();
}

TEST(G3BadInput, every_wrong_call_has_its_status_and_changes_nothing)
{
    for (const BadCall& bad : all_bad_calls()) {
        SCOPED_TRACE(row_of(bad));
        refuses(bad);
    }
}

TEST(G3BadInput, every_call_of_a_domain_that_is_being_stopped_is_answered_so)
{
    for (const BadCall& bad : all_bad_calls()) {
        SCOPED_TRACE(row_of(bad));
        BadScene scene;
        const Request request = bad.request(scene);
        if (scene.pending) {
            scene.world.perform(*scene.pending);
        }
        scene.world.supervisor.stop_domain(scene.who.domain);
        const Plan plan = scene.world.begin(scene.who, request);
        EXPECT_EQ(plan.reply.status, PD_STOPPED);
        EXPECT_EQ(plan.disposition, Disposition::reschedule);
        scene.world.check_idle();
    }
}

std::vector<std::string> documented_rows()
{
    std::ifstream file(GLACIS_HYPERCALL_DOC);
    EXPECT_TRUE(file.is_open()) << GLACIS_HYPERCALL_DOC;
    std::vector<std::string> rows;
    bool is_in_table = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) {
            is_in_table = line == "### What the supervisor refuses";
        } else if (is_in_table && line.starts_with("| `")) {
            rows.push_back(line);
        }
    }
    return rows;
}

TEST(G3BadInput, the_documentation_has_the_same_rows_in_the_same_order)
{
    std::vector<std::string> expected;
    std::string table;
    for (const BadCall& bad : all_bad_calls()) {
        const std::string row = row_of(bad);
        EXPECT_EQ(std::count(expected.begin(), expected.end(), row), 0) << "twice: " << row;
        expected.push_back(row);
        table += row + "\n";
    }
    EXPECT_TRUE(documented_rows() == expected) << "the section should hold:\n" << table;
}

} // namespace
} // namespace glacis::supervisor::test
