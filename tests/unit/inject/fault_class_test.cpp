// Names of classes and groups, which campaigns and records carry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "inject/fault_class.hpp"

namespace glacis::inject {
namespace {

TEST(FaultClasses, have_names_of_their_own_that_lead_back)
{
    std::set<std::string_view> names;
    for (const FaultClass each : all_fault_classes()) {
        const std::string_view name = name_of(each);
        EXPECT_FALSE(name.empty());
        EXPECT_TRUE(names.insert(name).second) << name << " twice";
        EXPECT_EQ(fault_class_named(name), each);
        EXPECT_EQ(fault_group_named(name), std::nullopt) << "a campaign could mean both";
    }
    EXPECT_EQ(fault_class_named(""), std::nullopt);
    EXPECT_EQ(fault_class_named("Wrong source"), std::nullopt);
}

TEST(FaultClasses, are_all_there_in_the_order_of_the_enumeration)
{
    const auto all = all_fault_classes();
    ASSERT_EQ(all.size(), static_cast<std::size_t>(FaultClass::host_failure) + 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i], static_cast<FaultClass>(i));
    }
}

TEST(FaultGroups, have_names_that_lead_back)
{
    for (const FaultGroup each : {FaultGroup::code, FaultGroup::data, FaultGroup::isolation,
                                  FaultGroup::time, FaultGroup::host}) {
        EXPECT_EQ(fault_group_named(name_of(each)), each);
    }
    EXPECT_EQ(fault_group_named(""), std::nullopt);
}

TEST(FaultGroups, divide_the_classes_at_their_borders)
{
    const std::map<FaultClass, FaultGroup> borders{
        {FaultClass::text_bit_flip, FaultGroup::code},
        {FaultClass::missing_argument, FaultGroup::code},
        {FaultClass::register_bit_flip, FaultGroup::data},
        {FaultClass::use_after_free, FaultGroup::data},
        {FaultClass::stack_overflow, FaultGroup::isolation},
        {FaultClass::exhausted_quota, FaultGroup::isolation},
        {FaultClass::preemption, FaultGroup::time},
        {FaultClass::doubled_wake_up, FaultGroup::time},
        {FaultClass::host_failure, FaultGroup::host}};
    for (const auto& [fault_class, group] : borders) {
        EXPECT_EQ(group_of(fault_class), group) << name_of(fault_class);
    }
    for (const FaultClass each : code_fault_classes) {
        EXPECT_EQ(group_of(each), FaultGroup::code) << name_of(each);
    }
    for (const FaultClass each : other_fault_classes) {
        EXPECT_NE(group_of(each), FaultGroup::code) << name_of(each);
    }
}

} // namespace
} // namespace glacis::inject
