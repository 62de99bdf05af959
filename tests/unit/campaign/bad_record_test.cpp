// Lines that are no records: an error each, that names what is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "campaign/record.hpp"
#include "sample.hpp"

namespace glacis::campaign::test {
namespace {

using nlohmann::json;

json sample_json(FaultClass fault_class = FaultClass::wrong_source)
{
    return json::parse(record_line(sample_record(17, fault_class)));
}

/// Empty when it is accepted.
std::string error_of(const json& record)
{
    const auto read = read_record(record.dump());
    return read ? "" : read.error().reason;
}

/// Of the sample with another value at a place such as "/fault/seed".
std::string error_with(const std::string& pointer, const json& value)
{
    json record = sample_json();
    record[json::json_pointer(pointer)] = value;
    return error_of(record);
}

/// "fault: trigger: nth" for "/fault/trigger/nth"
std::string name_of_place(const std::string& pointer)
{
    std::string name;
    for (const char c : pointer.substr(1)) {
        name += c == '/' ? std::string(": ") : std::string(1, c);
    }
    return name;
}

/// All members of objects, and what they hold, by pointer.
std::vector<std::string> places_in(const json& object, const std::string& prefix = "/")
{
    std::vector<std::string> places;
    for (const auto& [key, value] : object.items()) {
        const std::string place = prefix + key;
        places.push_back(place);
        if (value.is_object()) {
            const auto below = places_in(value, place + "/");
            places.insert(places.end(), below.begin(), below.end());
        }
    }
    return places;
}

/// Not read: it follows from the class.
bool is_read(const std::string& pointer)
{
    return pointer != "/fault/group";
}

/// Of a record with this member left out or of another type.
void expect_named(const std::string& error, const std::string& pointer)
{
    EXPECT_EQ(error.rfind(name_of_place(pointer) + ": ", 0), 0U) << pointer << ": " << error;
}

TEST(BadRecord, lacks_a_member)
{
    for (const std::string& pointer : places_in(sample_json())) {
        if (!is_read(pointer) || pointer == "/unprotected") {
            continue;
        }
        json record = sample_json();
        const std::size_t slash = pointer.rfind('/');
        record[json::json_pointer(pointer.substr(0, slash))].erase(pointer.substr(slash + 1));
        expect_named(error_of(record), pointer);
    }
}

TEST(BadRecord, has_a_member_of_another_type)
{
    for (const std::string& pointer : places_in(sample_json())) {
        if (!is_read(pointer)) {
            continue;
        }
        for (const json& value : {json(true), json(-1), json(1.5), json(1e300)}) {
            expect_named(error_with(pointer, value), pointer);
        }
        if (pointer != "/unprotected") {
            expect_named(error_with(pointer, nullptr), pointer);
        }
    }
}

TEST(BadRecord, has_a_member_that_says_nothing)
{
    EXPECT_EQ(error_with("/fault/class", "wrong sauce"),
              "fault: class: expected a class of faults");
    EXPECT_EQ(error_with("/fault/trigger/kind", "never"),
              "fault: trigger: kind: expected \"execution\", \"call\", \"time\" or \"host call\"");
    EXPECT_EQ(error_with("/fault/trigger/nth", 0),
              "fault: trigger: nth: expected a number from 1 on");
    EXPECT_EQ(error_with("/fault/errno", 4096), "fault: errno: expected a number up to 4095");
    EXPECT_EQ(error_with("/fault/errno", UINT64_MAX), "fault: errno: expected a number up to 4095");
    EXPECT_EQ(error_with("/protected/outcome", "fine"), "protected: outcome: expected an outcome");
    EXPECT_EQ(error_with("/unprotected/outcome", "fine"),
              "unprotected: outcome: expected an outcome");
    EXPECT_EQ(error_with("/protected/spread", {"a", 1}), "protected: spread: expected strings");
    EXPECT_EQ(error_with("/protected/escapes", {1}),
              "protected: escapes: expected objects with owner and what");
    EXPECT_EQ(error_with("/protected/escapes", json::array({{{"owner", "a"}}})),
              "protected: escapes: expected objects with owner and what");
}

TEST(BadRecord, has_bytes_that_are_no_instruction)
{
    for (const std::string bytes : {"", "8", "89d", "89dg", "89DG", "0x89", "89 d8", "-1"}) {
        EXPECT_EQ(error_with("/fault/mutation/before", bytes),
                  "fault: mutation: before: expected the bytes of an instruction in hexadecimal")
            << bytes;
    }
    EXPECT_NE(error_with("/fault/mutation/after", std::string(32, '9')), "") << "16 bytes";
    EXPECT_EQ(error_with("/fault/mutation/after", "89d8c3"),
              "fault: mutation: after: expected as many bytes as before");
}

TEST(BadRecord, has_a_trigger_that_does_not_fit_its_class)
{
    const std::string expected =
        "fault: trigger: expected a host call for failures of the host, and for nothing else";
    json host = sample_json(FaultClass::host_failure);
    EXPECT_EQ(error_of(host), "");
    host["fault"]["trigger"] = sample_json()["fault"]["trigger"];
    EXPECT_EQ(error_of(host), expected);
    EXPECT_EQ(
        error_with("/fault/trigger", sample_json(FaultClass::host_failure)["fault"]["trigger"]),
        expected);
    json unknown = sample_json(FaultClass::host_failure);
    unknown["fault"]["trigger"]["host_call"] = "fork";
    EXPECT_EQ(error_of(unknown), "fault: trigger: host_call: expected the name of a host call");
}

TEST(BadRecord, lacks_what_its_kind_of_trigger_needs)
{
    EXPECT_EQ(error_with("/fault/trigger", {{"kind", "time"}, {"nth", 1}, {"times", 1}}),
              "fault: trigger: time_ns: expected a number");
    EXPECT_EQ(
        error_with("/fault/trigger", {{"kind", "call"}, {"call", "x"}, {"nth", 1}, {"times", 1}}),
        "fault: trigger: call: expected a number");
}

TEST(BadRecord, is_none_at_all)
{
    for (const std::string line : {"", " ", "{", "}", "nonsense", "{\"run\":}", "{\"run\":01}",
                                   "{} {}", "\xff\xfe", "{\"run\":\"\xff\"}", "\"\\ud800\""}) {
        const auto read = read_record(line);
        ASSERT_FALSE(read) << line;
        EXPECT_EQ(read.error().reason, "not valid JSON") << line;
    }
    for (const std::string line : {"null", "7", "[]", "\"text\"", "true"}) {
        const auto read = read_record(line);
        ASSERT_FALSE(read) << line;
        EXPECT_EQ(read.error().reason, "expected an object") << line;
    }
}

TEST(BadRecord, is_nested_deeply)
{
    constexpr std::size_t depth = 1'000'000;
    const std::string open(depth, '[');
    const std::string close(depth, ']');
    EXPECT_FALSE(read_record(open));
    EXPECT_EQ(read_record(open + close).error().reason, "expected an object");
    EXPECT_EQ(read_record("{\"run\":" + open + close + "}").error().reason,
              "run: expected a number");
}

TEST(BadRecord, has_numbers_larger_than_any)
{
    const std::string line = record_line(sample_record(17));
    const std::string run = "\"run\":17";
    ASSERT_EQ(line.find(run), 1U);
    for (const std::string& number :
         {std::string("18446744073709551616"), std::string("1e999"),
          "1" + std::string(100'000, '0'), std::string("-9223372036854775809")}) {
        const auto read = read_record("{\"run\":" + number + line.substr(1 + run.size()));
        ASSERT_FALSE(read) << number.substr(0, 30);
    }
    const auto largest = read_record("{\"run\":18446744073709551615" + line.substr(1 + run.size()));
    ASSERT_TRUE(largest) << largest.error().reason;
    EXPECT_EQ(largest->run, UINT64_MAX);
}

TEST(BadRecord, is_cut_or_changed_anywhere)
{
    const std::string line =
        record_line(sample_record(17, FaultClass::loop_bound, Outcome::escape));
    for (std::size_t size = 0; size < line.size(); ++size) {
        EXPECT_FALSE(read_record(line.substr(0, size))) << size;
    }
    inject::Random random(5);
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string changed = line;
        changed[random.below(line.size())] = static_cast<char>(random.next());
        const auto read = read_record(changed);
        refused += read ? 0 : 1;
        if (read) { // what is accepted is a record, and can be kept
            EXPECT_TRUE(read_record(record_line(*read)));
        } else {
            EXPECT_FALSE(read.error().reason.empty());
        }
    }
    EXPECT_GT(refused, 5000U);
}

} // namespace
} // namespace glacis::campaign::test
