// Text from anywhere inside XML and HTML.
#pragma once

#include <string>

namespace glacis::campaign {

/// One line that means itself in an element and in a quoted attribute. XML has no way to write
/// control characters, nor what is no UTF-8, nor U+FFFE and U+FFFF: they appear as escapes or as
/// question marks.
[[nodiscard]] std::string markup_escaped(const std::string& line);

} // namespace glacis::campaign
