// Failures of the host come with what to do about them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "cli/advice.hpp"

namespace glacis::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Advice, for_a_host_without_kvm)
{
    EXPECT_THAT(failure_text({"open", ENOENT, "/dev/kvm"}),
                AllOf(HasSubstr("glacis: /dev/kvm: open: No such file or directory\n"),
                      HasSubstr("modprobe"), HasSubstr("glacis doctor")));
}

TEST(Advice, for_a_user_without_permission)
{
    EXPECT_THAT(failure_text({"open", EACCES, "/dev/kvm"}),
                AllOf(HasSubstr("Permission denied"), HasSubstr("usermod -aG kvm")));
}

TEST(Advice, for_a_host_without_memory)
{
    EXPECT_THAT(failure_text({"mmap", ENOMEM, "reserving the stack area"}),
                AllOf(HasSubstr("Cannot allocate memory"), HasSubstr("stack_area")));
}

TEST(Advice, invents_nothing_for_other_failures)
{
    EXPECT_THAT(failure_text({"KVM_RUN", EINVAL, ""}),
                AllOf(HasSubstr("KVM_RUN"), Not(HasSubstr("modprobe")), Not(HasSubstr("usermod"))));
}

} // namespace
} // namespace glacis::cli
