// Which fault a run gets.
#include <gmock/gmock.h>

#include <glacis/abi/hypercall.h>

#include <map>
#include <set>

#include "plan_world.hpp"

namespace glacis::campaign::test {
namespace {

using testing::Contains;

using Draws = PlanWorld;

constexpr auto execution = Trigger::Kind::execution;
constexpr auto call = Trigger::Kind::call;

TEST_F(Draws, are_the_same_for_the_same_seed_and_run_and_no_others)
{
    const auto first = draw(entry_of(inject::all_fault_classes()), 50);
    EXPECT_EQ(draw(entry_of(inject::all_fault_classes()), 50), first);
    std::set<std::uint64_t> seeds;
    for (const Fault& fault : first) {
        seeds.insert(fault.seed);
    }
    EXPECT_EQ(seeds.size(), first.size());
    campaign_.seed = 43;
    EXPECT_NE(draw(entry_of(inject::all_fault_classes()), 50), first);
}

TEST_F(Draws, of_a_class_are_of_that_class)
{
    host_calls_[static_cast<std::size_t>(host::Call::mmap)] = 1;
    for (const FaultClass each : inject::all_fault_classes()) {
        for (const Fault& fault : draw(entry_of({each}), 20)) {
            EXPECT_EQ(fault.fault_class, each);
            EXPECT_EQ(fault.mutation.has_value(),
                      inject::group_of(each) == inject::FaultGroup::code);
            EXPECT_GE(fault.trigger.nth, 1U);
            EXPECT_EQ(fault.trigger.kind == Trigger::Kind::host_call,
                      each == FaultClass::host_failure);
        }
    }
}

TEST_F(Draws, reach_all_domains_and_classes)
{
    std::set<std::string> domains;
    std::set<FaultClass> classes;
    for (const Fault& fault : draw(entry_of({FaultClass::delay, FaultClass::hung_code}))) {
        domains.insert(fault.domain);
        classes.insert(fault.fault_class);
    }
    EXPECT_EQ(domains, (std::set<std::string>{"parser", "writer"}));
    EXPECT_EQ(classes.size(), 2U);
}

TEST_F(Draws, follow_the_weights)
{
    campaign_.entries = {entry_of({FaultClass::delay}), entry_of({FaultClass::hung_code}),
                         entry_of({FaultClass::preemption})};
    campaign_.entries[1].weight = 5;
    campaign_.entries[2].weight = 2;
    std::map<FaultClass, int> counts;
    for (std::uint64_t run = 0; run < 4000; ++run) {
        ++counts[plan().draw(run).fault_class];
    }
    EXPECT_NEAR(counts[FaultClass::delay], 500, 100);
    EXPECT_NEAR(counts[FaultClass::hung_code], 2500, 150);
    EXPECT_NEAR(counts[FaultClass::preemption], 1000, 150);
}

TEST_F(Draws, are_of_the_domains_that_are_asked_for)
{
    FaultEntry entry = entry_of({FaultClass::delay});
    entry.domains = {{"writer", {}}};
    for (const Fault& fault : draw(entry)) {
        EXPECT_EQ(fault.domain, "writer");
    }
}

TEST_F(Draws, are_in_the_functions_that_are_asked_for)
{
    FaultEntry entry = entry_of({FaultClass::delay, FaultClass::deleted_instruction});
    entry.functions = {{"main", {}}};
    for (const Fault& fault : draw(entry)) {
        EXPECT_THAT(sample::instructions, Contains(fault.trigger.offset));
    }
}

TEST_F(Draws, are_where_an_undisturbed_run_comes_unless_asked_otherwise)
{
    for (Target& target : targets_) {
        target.executed = {0x1014, 0x1016};
    }
    FaultEntry entry = entry_of({FaultClass::delay, FaultClass::wrong_source});
    for (const Fault& fault : draw(entry)) {
        EXPECT_TRUE(fault.trigger.offset == 0x1014 || fault.trigger.offset == 0x1016);
    }
    entry.is_anywhere = true;
    std::set<std::uint64_t> places;
    for (const Fault& fault : draw(entry)) {
        places.insert(fault.trigger.offset);
    }
    EXPECT_GT(places.size(), 10U);
}

TEST_F(Draws, are_as_the_entry_says)
{
    FaultEntry entry = entry_of({FaultClass::stack_overflow});
    entry.place = {"main+0x8", {}};
    entry.nth = 7;
    entry.times = 9;
    entry.amount = 11;
    for (const Fault& fault : draw(entry, 20)) {
        EXPECT_EQ(fault.trigger.kind, execution);
        EXPECT_EQ(fault.trigger.offset, 0x1018U);
        EXPECT_EQ(fault.trigger.nth, 7U);
        EXPECT_EQ(fault.trigger.times, 9U);
        EXPECT_EQ(fault.amount, 11U);
    }
}

TEST_F(Draws, are_made_at_a_hypercall_or_a_time)
{
    FaultEntry entry = entry_of({FaultClass::register_bit_flip});
    entry.call = {GLACIS_CALL_TRACE, {}};
    for (const Fault& fault : draw(entry, 20)) {
        EXPECT_EQ(fault.trigger.kind, call);
        EXPECT_EQ(fault.trigger.call, std::uint64_t{GLACIS_CALL_TRACE});
    }
    entry.call.reset();
    entry.after_ns = {1234, {}};
    for (const Fault& fault : draw(entry, 20)) {
        EXPECT_EQ(fault.trigger.kind, Trigger::Kind::time);
        EXPECT_EQ(fault.trigger.time_ns, 1234U);
    }
}

TEST_F(Draws, of_code_hold_a_mutation_of_the_instruction_that_triggers_them)
{
    FaultEntry entry = entry_of({FaultClass::loop_bound});
    for (const Fault& fault : draw(entry, 20)) {
        ASSERT_TRUE(fault.mutation);
        EXPECT_EQ(fault.mutation->address, 0x101dU);
        EXPECT_EQ(fault.trigger.offset, 0x101dU);
        EXPECT_EQ(fault.mutation->text_before, "cmp $0xa, %eax");
        EXPECT_EQ(fault.trigger.times, 0U) << "as long as the program runs";
    }
}

TEST_F(Draws, are_at_the_functions_that_their_class_is_about)
{
    const std::map<FaultClass, std::uint64_t> places{
        {FaultClass::copy_overrun, sample::memcpy},
        {FaultClass::failed_allocation, sample::malloc},
        {FaultClass::premature_free, sample::malloc},
        {FaultClass::use_after_free, sample::free}};
    for (const auto& [fault_class, place] : places) {
        for (const Fault& fault : draw(entry_of({fault_class}), 20)) {
            EXPECT_EQ(fault.trigger.kind, execution);
            EXPECT_EQ(fault.trigger.offset, place);
            EXPECT_EQ(fault.helper, fault_class == FaultClass::premature_free ? sample::free : 0);
        }
    }
    for (const Fault& fault : draw(entry_of({FaultClass::lost_wake_up}), 20)) {
        EXPECT_EQ(fault.trigger.call, std::uint64_t{GLACIS_CALL_THREAD_WAKE});
    }
}

TEST_F(Draws, have_amounts_within_what_their_class_is_about)
{
    std::set<std::uint64_t> overruns;
    for (const Fault& fault : draw(entry_of({FaultClass::copy_overrun}), 1000)) {
        overruns.insert(fault.amount);
        EXPECT_GE(fault.amount, 1U);
        EXPECT_TRUE(fault.amount <= 1024 || (fault.amount >= 2048 && fault.amount <= 4096));
    }
    EXPECT_GT(overruns.size(), 100U);
    for (const Fault& fault : draw(entry_of({FaultClass::stack_underflow}), 1000)) {
        EXPECT_GE(fault.amount, 1U);
        EXPECT_LE(fault.amount, system_.stack_area.guard);
    }
    for (const Fault& fault : draw(entry_of({FaultClass::frame_beyond_guard}), 1000)) {
        EXPECT_LE(fault.amount, system_.stack_area.slot);
    }
}

TEST_F(Draws, take_no_memory_that_was_not_promised_to_the_domain)
{
    for (const Fault& fault : draw(entry_of({FaultClass::exhausted_quota}))) {
        EXPECT_EQ(fault.domain, "parser") << "the writer has no quota";
    }
}

TEST_F(Draws, fail_a_call_of_the_host_that_an_undisturbed_run_makes)
{
    host_calls_[static_cast<std::size_t>(host::Call::mmap)] = 5;
    host_calls_[static_cast<std::size_t>(host::Call::kvm_run)] = 1;
    std::map<host::Call, std::set<std::uint64_t>> failed;
    for (const Fault& fault : draw(entry_of({FaultClass::host_failure}))) {
        EXPECT_EQ(fault.domain, "");
        EXPECT_NE(fault.error_number, 0);
        failed[fault.trigger.host_call].insert(fault.trigger.nth);
    }
    EXPECT_EQ(failed, (std::map<host::Call, std::set<std::uint64_t>>{
                          {host::Call::mmap, {1, 2, 3, 4, 5}}, {host::Call::kvm_run, {1}}}));
}

TEST_F(Draws, leave_out_what_a_system_has_no_place_for)
{
    // No call of the host is known to be made.
    for (const Fault& fault : draw(entry_of({FaultClass::host_failure, FaultClass::delay}))) {
        EXPECT_EQ(fault.fault_class, FaultClass::delay);
    }
}

} // namespace
} // namespace glacis::campaign::test
