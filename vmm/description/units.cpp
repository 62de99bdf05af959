#include "description/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace glacis {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor = 1;
};

// From small to large.
constexpr std::array<Unit, 4> size_units{{
    {"B", 1},
    {"KiB", std::uint64_t{1} << 10},
    {"MiB", std::uint64_t{1} << 20},
    {"GiB", std::uint64_t{1} << 30},
}};
constexpr std::array<Unit, 5> duration_units{{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"min", 60'000'000'000},
}};

struct Quantity {
    std::uint64_t number = 0;
    std::string_view unit;
};

std::string_view without_leading_spaces(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

std::optional<Quantity> split(std::string_view text)
{
    Quantity quantity;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, quantity.number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    quantity.unit = without_leading_spaces({rest, static_cast<std::size_t>(end - rest)});
    return quantity;
}

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units)
{
    const auto quantity = split(text);
    if (!quantity) {
        return std::nullopt;
    }
    for (const Unit& unit : units) {
        if (unit.name == quantity->unit) {
            const bool fits = quantity->number <= UINT64_MAX / unit.factor;
            return fits ? std::optional{quantity->number * unit.factor} : std::nullopt;
        }
    }
    return std::nullopt;
}

std::string in_largest_unit(std::uint64_t value, std::span<const Unit> units)
{
    const auto found = std::find_if(units.rbegin(), units.rend(), [value](const Unit& unit) {
        return value != 0 && value % unit.factor == 0;
    });
    const Unit& unit = found == units.rend() ? units.front() : *found;
    return std::to_string(value / unit.factor) + " " + std::string(unit.name);
}

struct Likely {
    std::string_view written; ///< in lower case
    std::string_view meant;
};

/// The quantity with the unit that the written one stands for; empty when it stands for none.
std::string likely(std::string_view text, std::span<const Likely> table)
{
    const auto quantity = split(text);
    if (!quantity) {
        return {};
    }
    std::string unit(quantity->unit);
    std::transform(unit.begin(), unit.end(), unit.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    for (const Likely& entry : table) {
        if (entry.written == unit) {
            return std::to_string(quantity->number) + " " + std::string(entry.meant);
        }
    }
    return {};
}

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text)
{
    return parse(text, size_units);
}

std::optional<std::uint64_t> parse_duration(std::string_view text)
{
    return parse(text, duration_units);
}

std::string likely_size(std::string_view text)
{
    static constexpr std::array<Likely, 13> table{{
        {"", "B"},
        {"b", "B"},
        {"byte", "B"},
        {"bytes", "B"},
        {"k", "KiB"},
        {"kb", "KiB"},
        {"kib", "KiB"},
        {"m", "MiB"},
        {"mb", "MiB"},
        {"mib", "MiB"},
        {"g", "GiB"},
        {"gb", "GiB"},
        {"gib", "GiB"},
    }};
    return likely(text, table);
}

std::string likely_duration(std::string_view text)
{
    static constexpr std::array<Likely, 9> table{{
        {"usec", "us"},
        {"msec", "ms"},
        {"sec", "s"},
        {"second", "s"},
        {"seconds", "s"},
        {"m", "min"},
        {"mins", "min"},
        {"minute", "min"},
        {"minutes", "min"},
    }};
    return likely(text, table);
}

std::string size_text(std::uint64_t bytes)
{
    return in_largest_unit(bytes, size_units);
}

std::string duration_text(std::uint64_t nanoseconds)
{
    return in_largest_unit(nanoseconds, duration_units);
}

} // namespace glacis
