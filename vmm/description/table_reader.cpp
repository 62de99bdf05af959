#include "description/table_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "description/nearest.hpp"
#include "description/units.hpp"

namespace glacis {

namespace {

constexpr std::string_view size_expected = "a size such as \"32 KiB\"";
constexpr std::string_view duration_expected = "a duration such as \"10 ms\"";

/// What stands there, for "expected ..., found ...".
std::string found_text(const toml::node& node)
{
    switch (node.type()) {
    case toml::node_type::string:
        return in_quotes(node.as_string()->get());
    case toml::node_type::integer:
        return std::to_string(node.as_integer()->get());
    case toml::node_type::floating_point: {
        std::array<char, 40> text{};
        std::snprintf(text.data(), text.size(), "%.10g", node.as_floating_point()->get());
        return text.data();
    }
    case toml::node_type::boolean:
        return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array:
        return "an array";
    case toml::node_type::table:
        return "a table";
    default:
        return "a date or time";
    }
}

std::optional<std::uint64_t> natural(const toml::node& node)
{
    const auto* integer = node.as_integer();
    if (integer == nullptr || integer->get() < 0) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(integer->get());
}

std::string meant(const std::string& likely)
{
    return likely.empty() ? std::string{} : "did you mean \"" + likely + "\"?";
}

} // namespace

Position position_of(const toml::source_region& region)
{
    return {region.begin.line, region.begin.column};
}

std::string TableReader::prefix(std::string_view key) const
{
    return title_.empty() ? std::string(key) + ": " : title_ + ": " + std::string(key) + ": ";
}

const toml::node* TableReader::find(std::string_view key)
{
    known_.push_back(key);
    return table_.get(key);
}

void TableReader::mismatch(const toml::node& node, std::string_view key, std::string_view expected,
                           std::string hint)
{
    errors_.add(position_of(node.source()),
                prefix(key) + "expected " + std::string(expected) + ", found " + found_text(node),
                std::move(hint));
}

Optional<std::string> TableReader::string(std::string_view key)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (!node->is_string()) {
        mismatch(*node, key, "a string");
        return std::nullopt;
    }
    return Located<std::string>{node->as_string()->get(), position_of(node->source())};
}

Optional<std::uint64_t> TableReader::size(std::string_view key)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* text = node->as_string();
    const auto value = text != nullptr ? parse_size(text->get()) : natural(*node);
    if (!value) {
        mismatch(*node, key, size_expected,
                 text != nullptr ? meant(likely_size(text->get())) : std::string{});
        return std::nullopt;
    }
    return Located<std::uint64_t>{*value, position_of(node->source())};
}

Optional<std::uint64_t> TableReader::duration(std::string_view key)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* text = node->as_string();
    const auto value = text != nullptr ? parse_duration(text->get()) : std::nullopt;
    if (!value) {
        mismatch(*node, key, duration_expected,
                 text != nullptr ? meant(likely_duration(text->get())) : std::string{});
        return std::nullopt;
    }
    return Located<std::uint64_t>{*value, position_of(node->source())};
}

Optional<std::uint64_t> TableReader::number(std::string_view key, std::string_view expected)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto value = natural(*node);
    if (!value) {
        mismatch(*node, key, expected);
        return std::nullopt;
    }
    return Located<std::uint64_t>{*value, position_of(node->source())};
}

Optional<std::uint64_t> TableReader::count(std::string_view key)
{
    return number(key, "a whole number, not negative");
}

Optional<std::uint64_t> TableReader::address(std::string_view key)
{
    return number(key, "an address such as 0x4000_0000");
}

std::vector<Located<std::string>> TableReader::strings(std::string_view key)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return {};
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        mismatch(*node, key, "an array of strings such as [ \"one\", \"two\" ]");
        return {};
    }
    std::vector<Located<std::string>> result;
    for (const toml::node& element : *array) {
        if (!element.is_string()) {
            mismatch(element, key, "a string");
            continue;
        }
        result.push_back({element.as_string()->get(), position_of(element.source())});
    }
    return result;
}

std::vector<StringOrTable> TableReader::strings_or_tables(std::string_view key)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return {};
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        mismatch(*node, key, "an array of strings such as [ \"one\", \"two\" ]");
        return {};
    }
    std::vector<StringOrTable> result;
    for (const toml::node& element : *array) {
        StringOrTable entry;
        if (const auto* text = element.as_string()) {
            entry.text = Located<std::string>{text->get(), position_of(element.source())};
        } else if (element.is_table()) {
            entry.table = element.as_table();
        } else {
            mismatch(element, key, "a string or a table");
            continue;
        }
        result.push_back(std::move(entry));
    }
    return result;
}

const toml::table* TableReader::table(std::string_view key)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return nullptr;
    }
    if (!node->is_table()) {
        mismatch(*node, key, "a table");
    }
    return node->as_table();
}

std::vector<const toml::table*> TableReader::tables(std::string_view key)
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return {};
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        const bool is_top = title_.empty() && node->is_table();
        mismatch(*node, key, "an array of tables",
                 is_top ? "write [[" + std::string(key) + "]] with double brackets"
                        : std::string{});
        return {};
    }
    std::vector<const toml::table*> result;
    for (const toml::node& element : *array) {
        if (!element.is_table()) {
            mismatch(element, key, "a table");
            continue;
        }
        result.push_back(element.as_table());
    }
    return result;
}

void TableReader::finish()
{
    for (auto&& [key, value] : table_) {
        const std::string_view name = key.str();
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) {
            continue;
        }
        const std::string what =
            (value.is_table() && title_.empty() ? "unknown table " : "unknown key ");
        errors_.add(position_of(key.source()),
                    (title_.empty() ? std::string{} : title_ + ": ") + what + named(name),
                    did_you_mean(name, known_));
    }
}

} // namespace glacis
