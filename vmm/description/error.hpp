// What is wrong with a description, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glacis {

/// A place in the description, counted from 1; line 0 means the file as a whole.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

struct DescriptionError {
    std::string file;
    Position position;
    std::string message; ///< what was found and what was expected
    std::string hint;    ///< what to do about it; may be empty

    /// "system.toml:12:9: domain 'parser': stack: expected a size such as "32 KiB", found 12.5"
    [[nodiscard]] std::string text() const;
};

/// Collects errors, so that one run tells them all. Keeps the first `most`.
class ErrorList {
public:
    static constexpr std::size_t most = 100;

    explicit ErrorList(std::string file) : file_(std::move(file)) {}

    void add(Position position, std::string message, std::string hint = {});
    [[nodiscard]] bool is_empty() const { return errors_.empty(); }
    [[nodiscard]] const std::string& file() const { return file_; }
    /// In the order of the file.
    [[nodiscard]] std::vector<DescriptionError> take();

private:
    std::string file_;
    std::vector<DescriptionError> errors_;
};

/// The text with everything that could upset a terminal escaped, cut where it gets long.
[[nodiscard]] std::string printable(std::string_view text);
/// "\"text\"", printable
[[nodiscard]] std::string in_quotes(std::string_view text);
/// "'text'", printable
[[nodiscard]] std::string named(std::string_view text);

} // namespace glacis
