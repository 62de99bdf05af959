// What programs read; docs/fault_record.schema.json is the contract.
#include <fstream>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fault/json.hpp"
#include "sample_record.hpp"

namespace glacis::fault::test {
namespace {

using nlohmann::json;

json schema()
{
    std::ifstream in(GLACIS_FAULT_SCHEMA);
    return json::parse(in, nullptr, false);
}

std::set<std::string> keys(const json& object)
{
    std::set<std::string> result;
    for (const auto& entry : object.items())
        result.insert(entry.key());
    return result;
}

std::set<std::string> strings(const json& array)
{
    return array.get<std::set<std::string>>();
}

TEST(FaultJson, of_a_stack_overflow_is_as_documented)
{
    EXPECT_EQ(to_json(sample_record()), json::parse(R"json({
        "class": "stack overflow", "class_code": 1,
        "domain": "parser", "domain_id": 1, "thread": 3, "thread_name": "worker", "vcpu": 1, "callers": [],
        "origin": "page fault", "program_counter": "0x100001011", "instruction": "push %rbp",
        "address": "0x400f0ff8", "access": "write", "length": 8, "derivation": "exit",
        "explanation": "8 bytes below its committed stack [0x400f1000, 0x40100000)",
        "bytes_past_limit": 8,
        "stack": {"id": "0x40000000", "bottom": "0x400f1000", "top": "0x40100000",
                  "committed": 61440, "peak": 61440, "limit": 61440, "suggested": 131072},
        "backtrace": [
            {"address": "0x100001011", "module": "parser", "function": "descend", "offset": 17,
             "file": "/source/parser.c", "line": 88, "repeats": 1},
            {"address": "0x10000102c", "module": "parser", "function": "descend", "offset": 44,
             "file": "/source/parser.c", "line": 91, "repeats": 412}],
        "backtrace_cut": false,
        "registers": {"rax": "0x1", "rip": "0x100001011", "rsp": "0x400f1000"},
        "action": "domain 'parser' stopped; 3 other domains go on"})json"));
}

TEST(FaultJson, says_null_for_what_is_not_known)
{
    const json value = to_json(FaultRecord{});
    for (const char* name : {"address", "access", "length", "derivation", "instruction",
                             "bytes_past_limit", "thread_name", "action"})
        EXPECT_TRUE(value.at(name).is_null()) << name;
}

TEST(FaultJson, has_exactly_the_fields_of_the_schema)
{
    const json definitions = schema().at("$defs");
    const json value = to_json(sample_record());
    const auto expect_same = [&](const json& object, const char* definition) {
        SCOPED_TRACE(definition);
        EXPECT_EQ(keys(object), keys(definitions.at(definition).at("properties")));
        EXPECT_EQ(keys(object), strings(definitions.at(definition).at("required")));
    };
    expect_same(value, "fault");
    expect_same(value.at("stack"), "stack");
    expect_same(value.at("backtrace").at(0), "frame");
}

TEST(FaultJson, schema_lists_every_class)
{
    std::set<std::string> classes;
#define GLACIS_FAULT_CLASS_STRING(name, value, text) classes.insert(text);
    GLACIS_FAULT_CLASS_LIST(GLACIS_FAULT_CLASS_STRING)
#undef GLACIS_FAULT_CLASS_STRING
    const json definitions = schema().at("$defs");
    EXPECT_EQ(strings(definitions.at("fault").at("properties").at("class").at("enum")), classes);
}

TEST(FaultJson, schema_lists_every_origin_access_and_derivation)
{
    const json properties = schema().at("$defs").at("fault").at("properties");
    const auto allows = [&](const char* name, const json& value) {
        for (const json& allowed : properties.at(name).at("enum")) {
            if (allowed == value)
                return true;
        }
        return false;
    };
    FaultRecord record = sample_record();
    for (int i = 0; i <= static_cast<int>(FaultOrigin::abort); ++i) {
        record.origin = static_cast<FaultOrigin>(i);
        EXPECT_TRUE(allows("origin", to_json(record).at("origin"))) << i;
    }
    for (int i = 0; i <= static_cast<int>(Access::execute); ++i) {
        record.access = static_cast<Access>(i);
        EXPECT_TRUE(allows("access", to_json(record).at("access"))) << i;
    }
    for (int i = 0; i <= static_cast<int>(Derivation::decoded); ++i) {
        record.derivation = static_cast<Derivation>(i);
        EXPECT_TRUE(allows("derivation", to_json(record).at("derivation"))) << i;
    }
}

TEST(FaultJson, is_valid_whatever_names_a_guest_chose)
{
    FaultRecord record = sample_record();
    record.thread_name = "\xff\xfe\x01";
    record.backtrace[0].function = "\xc3\x28";
    record.domain = "\x80";
    EXPECT_FALSE(json::parse(to_json(record).dump(), nullptr, false).is_discarded());
}

} // namespace
} // namespace glacis::fault::test
