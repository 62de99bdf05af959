// Reading one table of a description: values by key, with the type each must have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "description/error.hpp"
#include "description/raw.hpp"
#include "description/toml.hpp"

namespace glacis {

[[nodiscard]] Position position_of(const toml::source_region& region);

/// An element of an array that may be written short: either is there.
struct StringOrTable {
    Optional<std::string> text;
    const toml::table* table = nullptr;
};

/// Keys that were asked for are known; finish() reports all others. A key that is missing or whose
/// value has the wrong type (which is reported) gives nothing.
class TableReader {
public:
    /// `title` begins every message: "domain 'parser'". Empty for the top of the file.
    TableReader(const toml::table& table, std::string title, ErrorList& errors)
        : table_(table), title_(std::move(title)), errors_(errors)
    {
    }

    [[nodiscard]] Optional<std::string> string(std::string_view key);
    [[nodiscard]] Optional<std::uint64_t> size(std::string_view key);     ///< in bytes
    [[nodiscard]] Optional<std::uint64_t> duration(std::string_view key); ///< in nanoseconds
    [[nodiscard]] Optional<std::uint64_t> count(std::string_view key);
    [[nodiscard]] Optional<std::uint64_t> address(std::string_view key);
    [[nodiscard]] std::vector<Located<std::string>> strings(std::string_view key);
    [[nodiscard]] std::vector<StringOrTable> strings_or_tables(std::string_view key);
    [[nodiscard]] const toml::table* table(std::string_view key);
    /// Tables of an array: [[key]] or key = [ {...}, ... ].
    [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key);

    /// To be called last.
    void finish();

    [[nodiscard]] Position position() const { return position_of(table_.source()); }

private:
    [[nodiscard]] const toml::node* find(std::string_view key);
    void mismatch(const toml::node& node, std::string_view key, std::string_view expected,
                  std::string hint = {});
    [[nodiscard]] Optional<std::uint64_t> number(std::string_view key, std::string_view expected);
    [[nodiscard]] std::string prefix(std::string_view key) const;

    const toml::table& table_;
    std::string title_;
    ErrorList& errors_;
    std::vector<std::string_view> known_;
};

} // namespace glacis
