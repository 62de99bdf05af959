// G3: each host call in turn is made to fail; the state is as before, the status says what it was.

#include <cerrno>
#include <gtest/gtest.h>

#include "host/calls.hpp"
#include "scenario.hpp"

namespace glacis::kvm_tests {
namespace {

struct Failure {
    const char* name;
    host::Call call;
    int error_number;
};

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for
void PrintTo(const Failure& failure, std::ostream* stream)
{
    *stream << failure.name;
}

class G3HostFailure : public testing::TestWithParam<Failure> {};

/// Whatever fails while a system is built is a host error with its context, and nothing is left
/// over that would disturb the next system.
TEST_P(G3HostFailure, while_building_is_reported_and_the_next_system_runs)
{
    for (std::uint64_t nth = 1; nth < 200; ++nth) {
        Scenario scenario;
        scenario.vcpus(2).domain("guest", "stacks", {"named_slot_taken"});
        host::fail_at(GetParam().call, nth, GetParam().error_number);
        Outcome outcome;
        const auto report = scenario.try_run(outcome);
        const bool has_not_come = host::cancel_failure();
        if (!report) {
            EXPECT_FALSE(report.error().text().empty());
            EXPECT_FALSE(report.error().context.empty()) << report.error().text();
        }
        if (has_not_come) {
            ASSERT_TRUE(static_cast<bool>(report)) << report.error().text();
            EXPECT_EQ(report->exit_status(), 0) << outcome.text("guest");
            return; // every call of this kind has had its turn
        }
    }
    FAIL() << "more calls than expected";
}

INSTANTIATE_TEST_SUITE_P(, G3HostFailure,
                         testing::Values(Failure{"open", host::Call::open, ENOENT},
                                         Failure{"ioctl_vm", host::Call::ioctl_vm, ENOMEM},
                                         Failure{"ioctl_vcpu", host::Call::ioctl_vcpu, EINVAL},
                                         Failure{"kvm_run", host::Call::kvm_run, EINVAL},
                                         Failure{"kvm_run_interrupted", host::Call::kvm_run, EINTR},
                                         Failure{"memory_file", host::Call::memfd_create, EMFILE},
                                         Failure{"mmap", host::Call::mmap, ENOMEM},
                                         Failure{"mprotect", host::Call::mprotect, ENOMEM},
                                         Failure{"pwrite", host::Call::pwrite, ENOSPC}),
                         [](const auto& tested) { return tested.param.name; });

} // namespace
} // namespace glacis::kvm_tests
