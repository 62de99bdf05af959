#include "campaign/record.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "campaign/host_call_names.hpp"
#include "machine/call_names.hpp"

namespace glacis::campaign {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// ---- writing -----------------------------------------------------------------------------------

const char* name_of(Trigger::Kind kind)
{
    switch (kind) {
    case Trigger::Kind::execution:
        return "execution";
    case Trigger::Kind::call:
        return "call";
    case Trigger::Kind::time:
        return "time";
    case Trigger::Kind::host_call:
        return "host call";
    }
    return "";
}

std::string hex_bytes(const std::vector<std::uint8_t>& bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

ordered_json json_of(const Trigger& trigger)
{
    ordered_json result{{"kind", name_of(trigger.kind)}};
    switch (trigger.kind) {
    case Trigger::Kind::execution:
        result["offset"] = trigger.offset;
        break;
    case Trigger::Kind::call:
        result["call"] = trigger.call ? ordered_json(*trigger.call) : ordered_json(nullptr);
        break;
    case Trigger::Kind::time:
        result["time_ns"] = trigger.time_ns;
        break;
    case Trigger::Kind::host_call:
        result["host_call"] = host_call_name(trigger.host_call);
        break;
    }
    result["nth"] = trigger.nth;
    result["times"] = trigger.times;
    return result;
}

ordered_json json_of(const Fault& fault)
{
    ordered_json result{
        {"class", inject::name_of(fault.fault_class)},
        {"group", inject::name_of(inject::group_of(fault.fault_class))},
        {"domain", fault.domain},
        {"trigger", json_of(fault.trigger)},
        {"amount", fault.amount},
        {"helper", fault.helper},
        {"errno", fault.error_number},
        {"seed", fault.seed},
    };
    if (fault.mutation) {
        result["mutation"] = {{"offset", fault.mutation->address},
                              {"before", hex_bytes(fault.mutation->before)},
                              {"after", hex_bytes(fault.mutation->after)},
                              {"text_before", fault.mutation->text_before},
                              {"text_after", fault.mutation->text_after}};
    }
    return result;
}

ordered_json json_of(const Side& side)
{
    ordered_json escapes = ordered_json::array();
    for (const Escape& escape : side.verdict.escapes) {
        escapes.push_back({{"owner", escape.owner}, {"what", escape.what}});
    }
    return {{"outcome", name_of(side.verdict.outcome)},
            {"mechanism", side.verdict.mechanism},
            {"detected_in", side.verdict.detected_in},
            {"latency_exits", side.verdict.latency},
            {"spread", side.verdict.spread},
            {"escapes", std::move(escapes)},
            {"deed", side.deed},
            {"fault", side.fault_text}};
}

// ---- reading -----------------------------------------------------------------------------------

/// Reads members of an object; the first that is missing or of another type is remembered.
class Reader {
public:
    Reader(const json& object, std::string where, std::string& error)
        : object_(object), where_(std::move(where)), error_(error)
    {
        if (!object.is_object()) {
            fail("", "an object");
        }
    }

    [[nodiscard]] std::uint64_t number(const char* key)
    {
        const json* value = find(key);
        if (value == nullptr || !value->is_number_unsigned()) {
            fail(key, "a number");
            return 0;
        }
        return value->get<std::uint64_t>();
    }
    [[nodiscard]] std::string text(const char* key)
    {
        const json* value = find(key);
        if (value == nullptr || !value->is_string()) {
            fail(key, "a string");
            return {};
        }
        return value->get<std::string>();
    }
    [[nodiscard]] std::vector<std::string> texts(const char* key)
    {
        std::vector<std::string> result;
        for (const json& each : list(key)) {
            if (!each.is_string()) {
                fail(key, "strings");
                break;
            }
            result.push_back(each.get<std::string>());
        }
        return result;
    }
    [[nodiscard]] const json& list(const char* key)
    {
        static const json empty = json::array();
        const json* value = find(key);
        if (value == nullptr || !value->is_array()) {
            fail(key, "an array");
            return empty;
        }
        return *value;
    }
    [[nodiscard]] Reader object(const char* key)
    {
        static const json empty = json::object();
        const json* value = find(key);
        return {value != nullptr ? *value : empty, where_ + key + ": ", error_};
    }
    [[nodiscard]] const json* find(const char* key) const
    {
        const auto found = object_.is_object() ? object_.find(key) : object_.end();
        return object_.is_object() && found != object_.end() ? &*found : nullptr;
    }
    void fail(const std::string& key, const std::string& expected)
    {
        if (error_.empty()) {
            error_ = where_ + key + (key.empty() ? "" : ": ") + "expected " + expected;
        }
    }

private:
    const json& object_;
    std::string where_;
    std::string& error_;
};

std::vector<std::uint8_t> read_bytes(Reader& reader, const char* key)
{
    const std::string text = reader.text(key);
    std::vector<std::uint8_t> bytes;
    const auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    };
    constexpr std::size_t longest = 15;
    bool is_good = text.size() % 2 == 0 && text.size() <= 2 * longest && !text.empty();
    for (std::size_t i = 0; is_good && i < text.size(); i += 2) {
        is_good = digit(text[i]) >= 0 && digit(text[i + 1]) >= 0;
        bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
    }
    if (!is_good) {
        reader.fail(key, "the bytes of an instruction in hexadecimal");
    }
    return bytes;
}

Trigger read_trigger(Reader reader)
{
    Trigger trigger;
    const std::string kind = reader.text("kind");
    if (kind == name_of(Trigger::Kind::execution)) {
        trigger.offset = reader.number("offset");
    } else if (kind == name_of(Trigger::Kind::call)) {
        trigger.kind = Trigger::Kind::call;
        const json* call = reader.find("call");
        if (call != nullptr && !call->is_null()) {
            trigger.call = reader.number("call");
        }
    } else if (kind == name_of(Trigger::Kind::time)) {
        trigger.kind = Trigger::Kind::time;
        trigger.time_ns = reader.number("time_ns");
    } else if (kind == name_of(Trigger::Kind::host_call)) {
        trigger.kind = Trigger::Kind::host_call;
        const auto call = host_call_named(reader.text("host_call"));
        if (!call) {
            reader.fail("host_call", "the name of a host call");
        }
        trigger.host_call = call.value_or(host::Call::mmap);
    } else {
        reader.fail("kind", "\"execution\", \"call\", \"time\" or \"host call\"");
    }
    trigger.nth = reader.number("nth");
    trigger.times = reader.number("times");
    if (trigger.nth == 0) {
        reader.fail("nth", "a number from 1 on");
    }
    return trigger;
}

int read_error_number(Reader& reader)
{
    constexpr std::uint64_t most = 4095; // of Linux
    const std::uint64_t number = reader.number("errno");
    if (number > most) {
        reader.fail("errno", "a number up to " + std::to_string(most));
    }
    return static_cast<int>(std::min(number, most));
}

Fault read_fault(Reader reader)
{
    Fault fault;
    const auto fault_class = inject::fault_class_named(reader.text("class"));
    if (!fault_class) {
        reader.fail("class", "a class of faults");
        return fault;
    }
    fault.fault_class = *fault_class;
    fault.domain = reader.text("domain");
    fault.trigger = read_trigger(reader.object("trigger"));
    fault.amount = reader.number("amount");
    fault.helper = reader.number("helper");
    fault.error_number = read_error_number(reader);
    fault.seed = reader.number("seed");
    if (inject::group_of(*fault_class) == inject::FaultGroup::code) {
        Reader change = reader.object("mutation");
        inject::Mutation mutation;
        mutation.fault_class = *fault_class;
        mutation.address = change.number("offset");
        mutation.before = read_bytes(change, "before");
        mutation.after = read_bytes(change, "after");
        mutation.text_before = change.text("text_before");
        mutation.text_after = change.text("text_after");
        if (mutation.before.size() != mutation.after.size()) {
            change.fail("after", "as many bytes as before");
        }
        fault.mutation = std::move(mutation);
    }
    const bool is_hosts = *fault_class == FaultClass::host_failure;
    if (is_hosts != (fault.trigger.kind == Trigger::Kind::host_call)) {
        reader.fail("trigger", "a host call for failures of the host, and for nothing else");
    }
    return fault;
}

Side read_side(Reader reader)
{
    Side side;
    const auto outcome = outcome_named(reader.text("outcome"));
    if (!outcome) {
        reader.fail("outcome", "an outcome");
    }
    side.verdict.outcome = outcome.value_or(Outcome::no_effect);
    side.verdict.mechanism = reader.text("mechanism");
    side.verdict.detected_in = reader.text("detected_in");
    side.verdict.latency = reader.number("latency_exits");
    side.verdict.spread = reader.texts("spread");
    for (const json& each : reader.list("escapes")) {
        std::string error;
        Reader escape(each, "escapes: ", error);
        side.verdict.escapes.push_back({escape.text("owner"), escape.text("what")});
        if (!error.empty()) {
            reader.fail("escapes", "objects with owner and what");
        }
    }
    side.deed = reader.text("deed");
    side.fault_text = reader.text("fault");
    return side;
}

std::string ordinal(std::uint64_t number)
{
    const std::uint64_t tens = number % 100;
    const char* suffix = tens >= 11 && tens <= 13 ? "th"
                         : number % 10 == 1       ? "st"
                         : number % 10 == 2       ? "nd"
                         : number % 10 == 3       ? "rd"
                                                  : "th";
    return std::to_string(number) + suffix;
}

} // namespace

ordered_json to_json(const Record& record)
{
    return {{"run", record.run},
            {"fault", json_of(record.fault)},
            {"place", record.place},
            {"protected", json_of(record.with)},
            {"unprotected", record.without ? json_of(*record.without) : ordered_json(nullptr)}};
}

std::string record_line(const Record& record)
{
    return to_json(record).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json to_json(const RecordContext& context)
{
    return {{"campaign", context.campaign},       {"system", context.system},
            {"arguments", context.arguments},     {"time_limit_ns", context.time_limit_ns},
            {"hang_ns", context.hang_ns},         {"seed", context.seed},
            {"description", context.description}, {"programs", context.builds}};
}

Result<Record, RecordError> read_record(const std::string& line)
{
    const json parsed = json::parse(line, nullptr, false);
    if (parsed.is_discarded()) {
        return RecordError{"not valid JSON"};
    }
    std::string error;
    Reader reader(parsed, "", error);
    Record record;
    record.run = reader.number("run");
    record.fault = read_fault(reader.object("fault"));
    record.place = reader.text("place");
    record.with = read_side(reader.object("protected"));
    const json* without = reader.find("unprotected");
    if (without != nullptr && !without->is_null()) {
        record.without = read_side(reader.object("unprotected"));
    }
    return error.empty() ? Result<Record, RecordError>(std::move(record)) : RecordError{error};
}

Result<RecordContext, RecordError> read_context(const json& document)
{
    std::string error;
    Reader reader(document, "", error);
    RecordContext context;
    context.campaign = reader.text("campaign");
    context.system = reader.text("system");
    context.arguments = reader.texts("arguments");
    context.time_limit_ns = reader.number("time_limit_ns");
    context.hang_ns = reader.number("hang_ns");
    context.seed = reader.number("seed");
    context.description = reader.text("description");
    context.builds = reader.texts("programs");
    return error.empty() ? Result<RecordContext, RecordError>(std::move(context))
                         : RecordError{error};
}

std::string trigger_text(const Fault& fault, const std::string& place)
{
    const Trigger& trigger = fault.trigger;
    const std::string time = "the " + ordinal(trigger.nth) + " time that ";
    switch (trigger.kind) {
    case Trigger::Kind::execution:
        return time + "it executes " + place;
    case Trigger::Kind::call:
        return time + "it makes " + (trigger.call ? call_name(*trigger.call) : "any hypercall");
    case Trigger::Kind::time:
        return std::to_string(trigger.time_ns) + " ns after the start";
    case Trigger::Kind::host_call:
        return time + "the VMM calls " + std::string(host_call_name(trigger.host_call));
    }
    return {};
}

} // namespace glacis::campaign
