// Status codes in words, for logs and errors.
#pragma once

#include <glacis/abi/status.h>

namespace glacis {
[[nodiscard]] const char* status_text(pd_status status);
} // namespace glacis
