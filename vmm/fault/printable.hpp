// Strings from guests, made fit for a terminal and for JSON.
#pragma once

#include <string>
#include <string_view>

namespace glacis::fault {

/// Valid UTF-8 without control characters stays as it is; every other byte becomes "\x1b".
[[nodiscard]] std::string printable(std::string_view text);

} // namespace glacis::fault
