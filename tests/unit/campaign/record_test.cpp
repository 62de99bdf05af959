// Records of runs as lines of JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <glacis/abi/hypercall.h>
#include <nlohmann/json.hpp>

#include <set>

#include "campaign/host_call_names.hpp"
#include "campaign/record.hpp"
#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using nlohmann::json;

void expect_round_trip(const Record& record)
{
    const std::string line = record_line(record);
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    const auto read = read_record(line);
    ASSERT_TRUE(read) << read.error().reason << " in " << line;
    EXPECT_EQ(*read, record) << line;
    EXPECT_EQ(record_line(*read), line);
}

TEST(Record, comes_back_with_every_class_and_outcome)
{
    for (const FaultClass fault_class : inject::all_fault_classes()) {
        for (const Outcome outcome : all_outcomes) {
            expect_round_trip(sample_record(1, fault_class, outcome));
        }
    }
}

TEST(Record, comes_back_whatever_is_in_it)
{
    inject::Random random(2024);
    std::set<FaultClass> classes;
    std::set<Trigger::Kind> kinds;
    std::set<host::Call> host_calls;
    for (int i = 0; i < 5000; ++i) {
        const Record record = random_record(random);
        expect_round_trip(record);
        classes.insert(record.fault.fault_class);
        kinds.insert(record.fault.trigger.kind);
        host_calls.insert(record.fault.trigger.host_call);
        if (HasFailure()) {
            return;
        }
    }
    EXPECT_EQ(classes.size(), inject::all_fault_classes().size());
    EXPECT_EQ(kinds.size(), 4U);
    EXPECT_EQ(host_calls.size(), host::call_kinds);
}

TEST(Record, is_written_with_stable_names)
{
    const json line = json::parse(record_line(sample_record(17)));
    EXPECT_EQ(line["run"], 17);
    EXPECT_EQ(line["place"], "parser!descend+0x11 (parser.c:88)");
    const json& fault = line["fault"];
    EXPECT_EQ(fault["class"], "wrong source");
    EXPECT_EQ(fault["group"], "code");
    EXPECT_EQ(fault["domain"], "parser");
    EXPECT_EQ(fault["trigger"],
              json({{"kind", "execution"}, {"offset", 0x1234}, {"nth", 3}, {"times", 2}}));
    EXPECT_EQ(fault["mutation"], json({{"offset", 0x1234},
                                       {"before", "89d8"},
                                       {"after", "89c8"},
                                       {"text_before", "mov %ebx, %eax"},
                                       {"text_after", "mov %ecx, %eax"}}));
    EXPECT_EQ(fault["errno"], 12);
    EXPECT_EQ(line["protected"]["outcome"], "detected");
    EXPECT_EQ(line["protected"]["latency_exits"], 9);
    EXPECT_EQ(line["unprotected"]["outcome"], "silent corruption");
}

TEST(Record, may_have_no_baseline_written_as_null_or_not_at_all)
{
    Record record = sample_record(3);
    record.without.reset();
    json line = json::parse(record_line(record));
    EXPECT_TRUE(line["unprotected"].is_null());
    line.erase("unprotected");
    const auto read = read_record(line.dump());
    ASSERT_TRUE(read) << read.error().reason;
    EXPECT_EQ(*read, record);
}

TEST(Record, replaces_what_is_no_utf8)
{
    Record record = sample_record(3);
    record.with.deed = "wrote \xff\xfe to it";
    const auto read = read_record(record_line(record));
    ASSERT_TRUE(read) << read.error().reason;
    EXPECT_EQ(read->with.deed, "wrote \xef\xbf\xbd\xef\xbf\xbd to it");
}

TEST(RecordContext, comes_back)
{
    const RecordContext context = sample_head().context;
    const auto read = read_context(json::parse(to_json(context).dump()));
    ASSERT_TRUE(read) << read.error().reason;
    EXPECT_EQ(*read, context);
}

TEST(RecordContext, says_which_member_is_wrong)
{
    const json whole = json::parse(to_json(sample_head().context).dump());
    for (const auto& [key, value] : whole.items()) {
        for (const json& wrong : {json(nullptr), json(-1), json({{"a", 1}}), json({1, 2})}) {
            json broken = whole;
            broken[key] = wrong;
            const auto read = read_context(broken);
            ASSERT_FALSE(read) << key;
            EXPECT_EQ(read.error().reason.rfind(key + ": expected ", 0), 0U) << read.error().reason;
        }
        json shorter = whole;
        shorter.erase(key);
        EXPECT_FALSE(read_context(shorter)) << key;
    }
    EXPECT_EQ(read_context(json(5)).error().reason, "expected an object");
}

Fault fault_at(Trigger::Kind kind)
{
    Fault fault;
    fault.trigger.kind = kind;
    return fault;
}

TEST(TriggerText, says_when)
{
    Fault call = fault_at(Trigger::Kind::call);
    EXPECT_EQ(trigger_text(call, ""), "the 1st time that it makes any hypercall");
    call.trigger.call = GLACIS_CALL_MEMORY_ALLOC;
    EXPECT_EQ(trigger_text(call, ""), "the 1st time that it makes memory_alloc");
    Fault time = fault_at(Trigger::Kind::time);
    time.trigger.time_ns = 1500;
    EXPECT_EQ(trigger_text(time, ""), "1500 ns after the start");
    Fault host = fault_at(Trigger::Kind::host_call);
    host.trigger.host_call = host::Call::kvm_run;
    EXPECT_EQ(trigger_text(host, ""), "the 1st time that the VMM calls KVM_RUN");
}

TEST(TriggerText, counts_as_people_do)
{
    const std::vector<std::pair<std::uint64_t, std::string>> ordinals{
        {1, "1st"},     {2, "2nd"},     {3, "3rd"},
        {4, "4th"},     {10, "10th"},   {11, "11th"},
        {12, "12th"},   {13, "13th"},   {21, "21st"},
        {22, "22nd"},   {23, "23rd"},   {101, "101st"},
        {111, "111th"}, {112, "112th"}, {UINT64_MAX, "18446744073709551615th"}};
    for (const auto& [nth, ordinal] : ordinals) {
        Fault fault = fault_at(Trigger::Kind::execution);
        fault.trigger.nth = nth;
        EXPECT_EQ(trigger_text(fault, "main+0x4"),
                  "the " + ordinal + " time that it executes main+0x4");
    }
}

TEST(HostCallNames, are_different_and_lead_back)
{
    for (std::size_t i = 0; i < host::call_kinds; ++i) {
        const auto call = static_cast<host::Call>(i);
        EXPECT_EQ(host_call_named(host_call_name(call)), call);
    }
    EXPECT_EQ(host_call_name(host::Call::open), "open");
    EXPECT_EQ(host_call_name(host::Call::pwrite), "pwrite");
    EXPECT_EQ(host_call_named("fork"), std::nullopt);
}

} // namespace
} // namespace glacis::campaign::test
