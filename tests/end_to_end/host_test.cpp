// Hosts that cannot run a guest: exit status 1 and what to do about it.
#include "installed_glacis.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glacis::end_to_end {
namespace {

using testing::HasSubstr;

ProcessResult hello_on(const std::string& device, unsigned user = 0)
{
    ProcessOptions options;
    options.environment["GLACIS_KVM"] = device;
    options.user = user;
    return glacis({"run", example("hello/hello.toml")}, options);
}

TEST(Host, without_the_kvm_device_the_exit_status_is_1)
{
    const ProcessResult result = hello_on("/no/such/kvm");
    EXPECT_EQ(result.exit_status, 1) << result;
    EXPECT_THAT(result.errors, HasSubstr("/no/such/kvm")) << result;
    EXPECT_THAT(result.errors, HasSubstr("No such file")) << result;
}

TEST(Host, a_device_that_is_not_kvm_is_refused)
{
    const ProcessResult result = hello_on("/dev/null");
    EXPECT_EQ(result.exit_status, 1) << result;
    EXPECT_THAT(result.errors, HasSubstr("/dev/null")) << result;
}

TEST(Host, without_permission_the_exit_status_is_1_and_the_group_is_named)
{
    constexpr unsigned nobody = 65534;
    const ScratchDirectory scratch;
    const std::string device = scratch.write("kvm", "");
    ASSERT_EQ(chmod(scratch.path().c_str(), 0755), 0);
    ASSERT_EQ(chmod(device.c_str(), 0), 0);
    // Root opens everything, so the tool runs as somebody else there.
    if (getuid() == 0) {
        ProcessOptions probe;
        probe.user = nobody;
        const std::string tool = (install_prefix() / "bin" / "glacis").string();
        const std::string check = "test -x " + tool + " && test -r " + example("hello/hello.toml");
        if (run_process({"sh", "-c", check}, probe).exit_status != 0) {
            GTEST_SKIP() << "another user cannot reach the build directory";
        }
    }
    const ProcessResult result = hello_on(device, getuid() == 0 ? nobody : 0);
    EXPECT_EQ(result.exit_status, 1) << result;
    EXPECT_THAT(result.errors, HasSubstr("ermission")) << result;
    EXPECT_THAT(result.errors, HasSubstr("kvm")) << result;
}

TEST(Host, doctor_says_why_and_what_to_do_without_the_kvm_device)
{
    ProcessOptions options;
    options.environment["GLACIS_KVM"] = "/no/such/kvm";
    const ProcessResult result = glacis({"doctor"}, options);
    EXPECT_EQ(result.exit_status, 1) << result;
    EXPECT_THAT(result.output + result.errors, HasSubstr("/no/such/kvm")) << result;
    EXPECT_THAT(result.output + result.errors, HasSubstr("unset it")) << result;
}

TEST(Host, doctor_names_the_flavour_of_kvm)
{
    const ProcessResult result = glacis({"doctor"});
    if (result.exit_status == 1) {
        GTEST_SKIP() << "no usable /dev/kvm here";
    }
    EXPECT_EQ(result.exit_status, 0) << result;
    EXPECT_THAT(result.output, HasSubstr("kvm")) << result;
}

} // namespace
} // namespace glacis::end_to_end
