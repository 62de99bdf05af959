// A recording as columns, one for each thread, time downward.
#pragma once

#include <string>

#include "explore/recording.hpp"

namespace glacis::explore {

/// With `is_whole` every step; otherwise long stretches of one thread are shortened. Ends with a
/// newline.
[[nodiscard]] std::string columns_text(const Recording& recording, bool is_whole);

/// "legacy: thread 2 'first'"
[[nodiscard]] std::string thread_title(const Recording::Thread& thread);
/// "legacy.c:104 create_thread: stack_alloc, refused: the named slot is taken"
[[nodiscard]] std::string step_text(const Step& step);

} // namespace glacis::explore
