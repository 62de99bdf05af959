// What domains leave for files of the host, whatever they say of its length.

#include <gtest/gtest.h>

#include <glacis/abi/boot.h>
#include <glacis/abi/hypercall.h>

#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

constexpr std::uint64_t region_size = 8192;
constexpr std::uint64_t room = region_size - sizeof(pd_output);

/// What the report says of a region in which a domain left this.
RegionOutput output_of(const std::string& length, std::uint64_t written, int& exit_status)
{
    Scenario scenario;
    scenario.region("unused", region_size).region("out", region_size);
    scenario.system().regions[1].output = "not opened here";
    scenario.domain("writer", "output", {length, std::to_string(written)})
        .use("out", PD_PERM_READ | PD_PERM_WRITE);
    const Outcome outcome = scenario.run();
    exit_status = outcome.report.exit_status();
    EXPECT_EQ(outcome.report.outputs.size(), 1U) << outcome.text("writer");
    return outcome.report.outputs.empty() ? RegionOutput{} : outcome.report.outputs[0];
}

void expect_content(std::uint64_t length, std::uint64_t written)
{
    int exit_status = -1;
    const RegionOutput output = output_of(std::to_string(length), written, exit_status);
    EXPECT_EQ(exit_status, 0);
    EXPECT_EQ(output.region, 1U);
    EXPECT_EQ(output.length, length);
    ASSERT_TRUE(output.content.has_value());
    ASSERT_EQ(output.content->size(), length);
    for (std::uint64_t i = 0; i < length; ++i) {
        ASSERT_EQ((*output.content)[i], std::byte(i < written ? i % 251 : 0)) << i;
    }
}

TEST(Outputs, are_the_bytes_behind_the_length)
{
    expect_content(100, 100);
    expect_content(100, 1000);
    expect_content(0, 100);
    expect_content(room, room);
}

TEST(G12NothingLeaks, what_was_not_written_of_an_output_is_zero)
{
    expect_content(room, 10);
}

TEST(G11Outputs, a_length_beyond_the_region_gives_no_content_and_exit_status_3)
{
    for (const std::uint64_t length : {room + 1, region_size, UINT64_MAX - 7, UINT64_MAX}) {
        int exit_status = -1;
        const RegionOutput output = output_of(std::to_string(length), 0, exit_status);
        EXPECT_EQ(exit_status, 3);
        EXPECT_EQ(output.length, length);
        EXPECT_FALSE(output.content.has_value());
    }
}

} // namespace
} // namespace glacis::kvm_tests
