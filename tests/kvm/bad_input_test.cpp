// Numbers, pointers and sizes that the VMM refuses itself: the table of docs/hypercalls.md, row by
// row.

#include <fstream>
#include <gtest/gtest.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

std::vector<std::string> documented_rows()
{
    std::ifstream file(GLACIS_HYPERCALL_DOC);
    EXPECT_TRUE(file.is_open()) << GLACIS_HYPERCALL_DOC;
    std::vector<std::string> rows;
    bool is_in_table = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("#")) {
            is_in_table = line == "### What the VMM refuses before that";
        } else if (is_in_table && line.starts_with("| `")) {
            rows.push_back(line);
        }
    }
    return rows;
}

TEST(G7BadInput, every_wrong_pointer_and_number_has_its_status_and_changes_nothing)
{
    const Outcome outcome = Scenario().domain("guest", "bad_input", {}).run();
    EXPECT_EQ(outcome.report.exit_status(), 0) << outcome.text("guest") << outcome.classes();
    EXPECT_EQ(outcome.console.at("guest"), documented_rows());
}

} // namespace
} // namespace glacis::kvm_tests
