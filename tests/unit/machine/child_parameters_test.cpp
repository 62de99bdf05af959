// What a parent asks for its child: the structure is taken apart, with distrust.

#include <cstring>
#include <glacis/abi/hypercall.h>
#include <gtest/gtest.h>
#include <string>

#include "machine/child_parameters.hpp"

namespace glacis {
namespace {

pd_domain_parameters good()
{
    pd_domain_parameters parameters{};
    parameters.size = sizeof parameters;
    std::strcpy(parameters.name, "job");
    parameters.stack_commit = 8192;
    parameters.quota_memory = 1 << 20;
    parameters.quota_stacks = 2;
    parameters.quota_stack_bytes = 3 << 12;
    parameters.quota_threads = 4;
    parameters.quota_grants = 6;
    parameters.quota_domains = 5;
    return parameters;
}

Result<ChildDescription, pd_status> read(const pd_domain_parameters& parameters,
                                         const std::string& arguments,
                                         std::vector<pd_grant> grants = {})
{
    return read_parameters(
        parameters, {reinterpret_cast<const std::uint8_t*>(arguments.data()), arguments.size()},
        std::move(grants));
}

TEST(ChildParameters, become_a_description)
{
    pd_domain_parameters parameters = good();
    parameters.on_fault = PD_ON_FAULT_RESTART;
    parameters.max_restarts = 7;
    parameters.time_limit = 99;
    EXPECT_EQ(check_parameters(parameters), PD_OK);
    const auto child = read(parameters, std::string("one\0\0three\0", 11));
    ASSERT_TRUE(static_cast<bool>(child));
    const DomainDescription& description = child->description;
    EXPECT_EQ(description.name, "job");
    EXPECT_EQ(description.arguments, (std::vector<std::string>{"one", "", "three"}));
    EXPECT_EQ(description.stack_commit, 8192U);
    EXPECT_EQ(description.stack_limit, 8192U);
    EXPECT_EQ(description.on_fault, FaultPolicy::restart);
    EXPECT_EQ(description.max_restarts, 7U);
    EXPECT_EQ(description.time_limit_ns, 99U);
    EXPECT_EQ(description.quota_memory, 1U << 20);
    EXPECT_EQ(description.quota_stacks, 2U);
    EXPECT_EQ(description.quota_stack_bytes, 3U << 12);
    EXPECT_EQ(description.quota_threads, 4U);
    EXPECT_EQ(description.quota_grants, 6U);
    EXPECT_EQ(description.quota_domains, 5U);
}

TEST(ChildParameters, G11_names_are_letters_digits_and_no_surprise)
{
    const std::string bad[] = {std::string(1, '\0'),
                               "a b",
                               "a\n",
                               "a\x1b[2J",
                               "caf\xc3\xa9",
                               "job#1",
                               "a.b",
                               "../x",
                               "a\x80",
                               "a\"b",
                               "a/b",
                               std::string(32, 'a')};
    for (const std::string& name : bad) {
        pd_domain_parameters parameters = good();
        std::memset(parameters.name, 0, sizeof parameters.name);
        std::memcpy(parameters.name, name.data(), name.size());
        EXPECT_EQ(check_parameters(parameters), PD_BAD_ARGUMENT) << name;
    }
    pd_domain_parameters parameters = good();
    std::memset(parameters.name, 'Z', sizeof parameters.name - 1);
    EXPECT_EQ(check_parameters(parameters), PD_OK);
}

TEST(ChildParameters, members_outside_their_values_are_refused)
{
    const auto refused = [](auto change) {
        pd_domain_parameters parameters = good();
        change(parameters);
        return check_parameters(parameters);
    };
    using P = pd_domain_parameters;
    EXPECT_EQ(refused([](P& p) { p.size = 0; }), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused([](P& p) { ++p.size; }), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused([](P& p) { p.flags = 4; }), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused([](P& p) { p.flags = PD_DOMAIN_SUSPENDED; }), PD_BAD_ARGUMENT)
        << "without a handler";
    EXPECT_EQ(refused([](P& p) { p.handler_timeout = 1; }), PD_BAD_ARGUMENT) << "nor this";
    EXPECT_EQ(refused([](P& p) { p.on_fault = 77; }), PD_BAD_ARGUMENT);
    EXPECT_EQ(refused([](P& p) { p.max_restarts = 1; }), PD_BAD_ARGUMENT) << "without the policy";
    EXPECT_EQ(refused([](P& p) {
                  p.on_fault = PD_ON_FAULT_RESTART;
                  p.max_restarts = PD_RESTARTS_MAX + 1;
              }),
              PD_BAD_ARGUMENT);
    EXPECT_EQ(refused([](P& p) { p.arguments_size = PD_ARGUMENTS_MAX + 1; }), PD_TOO_LARGE);
    EXPECT_EQ(refused([](P& p) { p.grant_count = PD_GRANTS_MAX + 1; }), PD_TOO_LARGE);
}

TEST(ChildParameters, strings_must_end)
{
    EXPECT_EQ(read(good(), "text").error(), PD_BAD_ARGUMENT);
    EXPECT_EQ(read(good(), std::string("one\0two", 7)).error(), PD_BAD_ARGUMENT);
    pd_grant grant{};
    std::memset(grant.name, 'x', sizeof grant.name);
    EXPECT_EQ(read(good(), "", {grant}).error(), PD_BAD_ARGUMENT);
    grant.name[31] = 0;
    EXPECT_TRUE(static_cast<bool>(read(good(), "", {grant})));
    grant.reserved = 1;
    EXPECT_EQ(read(good(), "", {grant}).error(), PD_BAD_ARGUMENT);
}

} // namespace
} // namespace glacis
