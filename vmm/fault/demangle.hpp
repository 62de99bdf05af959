// C++ names for people.
#pragma once

#include <string>
#include <string_view>

namespace glacis::fault {

/// The demangled form of a C++ name; any other name, and one that would take long to demangle, as
/// it is. Never longer than a few hundred characters.
[[nodiscard]] std::string demangled(std::string_view name);

} // namespace glacis::fault
