#include "explore/schedule_file.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace glacis::explore {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::size_t most_entries = 10'000;

/// Reads members of one object; the first that is wrong is what is told.
class Reader {
public:
    explicit Reader(const json& object) : object_(object) {}

    void read(const char* key, std::string& to)
    {
        if (const json* value = find(key, "a string", &json::is_string)) {
            to = *value->get_ptr<const std::string*>();
        }
    }

    void read(const char* key, std::vector<std::string>& to)
    {
        for (const json& each : list(key)) {
            if (!each.is_string()) {
                return wrong(key, "strings");
            }
            to.push_back(*each.get_ptr<const std::string*>());
        }
    }

    void read(const char* key, std::uint32_t& to)
    {
        if (const json* value = find(key, "a number", &json::is_number_unsigned)) {
            if (const auto number = small(*value)) {
                to = *number;
            } else {
                wrong(key, "a number below 2^32");
            }
        }
    }

    void read(const char* key, Schedule& to)
    {
        for (const json& each : list(key)) {
            const auto number = each.is_number_unsigned() ? small(each) : std::nullopt;
            if (!number || (!to.empty() && *number <= to.back())) {
                return wrong(key, "numbers below 2^32 in ascending order");
            }
            to.push_back(*number);
        }
    }

    /// As to_json() writes it.
    void read_hexadecimal(const char* key, std::uint64_t& to)
    {
        std::string text;
        read(key, text);
        const char* end = text.data() + text.size();
        const auto [last, error] = std::from_chars(text.data(), end, to, 16);
        if (error != std::errc{} || last != end) {
            wrong(key, "a hexadecimal number");
        }
    }

    void wrong(const std::string& key, const std::string& expected)
    {
        if (error_.empty()) {
            error_ = key + ": expected " + expected;
        }
    }

    [[nodiscard]] const std::string& error() const { return error_; }

private:
    const json* find(const char* key, const std::string& expected,
                     bool (json::*is)() const noexcept)
    {
        const auto found = object_.find(key);
        if (found == object_.end() || !((*found).*is)()) {
            wrong(key, expected);
            return nullptr;
        }
        return &*found;
    }

    const json& list(const char* key)
    {
        static const json nothing = json::array();
        const json* value = find(key, "an array", &json::is_array);
        if (value != nullptr && value->size() > most_entries) {
            wrong(key, "at most " + std::to_string(most_entries) + " entries");
            value = nullptr;
        }
        return value == nullptr ? nothing : *value;
    }

    static std::optional<std::uint32_t> small(const json& value)
    {
        const std::uint64_t number = *value.get_ptr<const json::number_unsigned_t*>();
        return number <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(number))
                                    : std::nullopt;
    }

    const json& object_;
    std::string error_;
};

} // namespace

std::string to_json(const SavedSchedule& schedule)
{
    std::string trace(16, '0');
    for (std::size_t digit = 0; digit < trace.size(); ++digit) {
        trace[trace.size() - 1 - digit] = "0123456789abcdef"[schedule.trace >> (4 * digit) & 0xf];
    }
    const ordered_json document{
        {"glacis_schedule", version},
        {"system", schedule.system},
        {"arguments", schedule.arguments},
        {"functions", schedule.functions},
        {"vcpus", schedule.vcpus},
        {"preemptions", schedule.preemptions},
        {"points", schedule.points},
        {"trace", trace},
        {"end", schedule.end},
    };
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<SavedSchedule, std::string> parse_schedule(std::string_view text)
{
    const json document = json::parse(text, nullptr, false);
    if (document.is_discarded() || !document.is_object()) {
        return std::string("not a JSON object");
    }
    Reader reader(document);
    std::uint32_t found_version = 0;
    reader.read("glacis_schedule", found_version);
    if (reader.error().empty() && found_version != version) {
        reader.wrong("glacis_schedule", "version " + std::to_string(version));
    }
    SavedSchedule schedule;
    reader.read("system", schedule.system);
    reader.read("arguments", schedule.arguments);
    reader.read("functions", schedule.functions);
    reader.read("vcpus", schedule.vcpus);
    if (schedule.vcpus == 0 || schedule.vcpus > most_vcpus) {
        reader.wrong("vcpus", "a number from 1 to " + std::to_string(most_vcpus));
    }
    reader.read("preemptions", schedule.preemptions);
    reader.read("points", schedule.points);
    reader.read_hexadecimal("trace", schedule.trace);
    reader.read("end", schedule.end);
    if (!reader.error().empty()) {
        return reader.error();
    }
    return schedule;
}

} // namespace glacis::explore
