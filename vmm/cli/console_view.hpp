// The domains' consoles as the user sees them: "parser | text".
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "description/system.hpp"
#include "host/result.hpp"

namespace glacis::cli {

/// Labels lines, and keeps nothing of the description. Labels are as wide as the longest name; in
/// colour, each domain has one.
class ConsoleView {
public:
    ConsoleView(const SystemDescription& system, bool in_colour);

    /// Writes a line to standard output, whole.
    void show(std::string_view domain, std::string_view line);
    /// The first failure of show().
    [[nodiscard]] Status status() const;

    /// A whole line with its label and a newline. What could upset a terminal is escaped: domains
    /// are not trusted.
    [[nodiscard]] std::string labelled(std::string_view domain, std::string_view line) const;

private:
    std::map<std::string, std::string, std::less<>> labels_; ///< by name of the domain
    int error_number_ = 0;                                   ///< of the first failure
};

} // namespace glacis::cli
