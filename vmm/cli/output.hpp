// Writing to the user: whole pieces, at once, without buffers.
#pragma once

#include <string_view>

namespace glacis::cli {

/// Writes all of `text` to a file descriptor; false when the host refused, with errno.
bool write_all(int descriptor, std::string_view text);

/// To standard output.
bool print(std::string_view text);
/// To standard error. There is nowhere to report a failure of this.
void complain(std::string_view text);

} // namespace glacis::cli
