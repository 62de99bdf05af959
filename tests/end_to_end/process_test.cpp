// The other tests rely on what run_process says.
#include "process.hpp"

#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

TEST(Process, both_streams_and_the_exit_status_are_kept_apart)
{
    const ProcessResult result = run_process({"sh", "-c", "echo out; echo err >&2; exit 7"});
    EXPECT_EQ(result.exit_status, 7);
    EXPECT_EQ(result.output, "out\n");
    EXPECT_EQ(result.errors, "err\n");
}

TEST(Process, a_death_by_signal_is_no_exit_status)
{
    const ProcessResult result = run_process({"sh", "-c", "kill -SEGV $$"});
    EXPECT_EQ(result.exit_status, -1);
    EXPECT_EQ(result.signal, 11);
}

TEST(Process, a_hang_is_ended_and_told)
{
    ProcessOptions options;
    options.time_limit = std::chrono::seconds(1);
    const ProcessResult result = run_process({"sh", "-c", "sleep 100 & sleep 100"}, options);
    EXPECT_TRUE(result.is_timed_out);
    EXPECT_EQ(result.exit_status, -1);
}

TEST(Process, a_large_output_on_both_streams_does_not_block)
{
    const ProcessResult result =
        run_process({"sh", "-c", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2"});
    EXPECT_EQ(result.output.size(), 1000000U);
    EXPECT_EQ(result.errors.size(), 1000000U);
}

} // namespace
} // namespace glacis::end_to_end
