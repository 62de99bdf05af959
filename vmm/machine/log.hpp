// What is told while a system runs, for those who asked for it.
#pragma once

#include <atomic>
#include <spdlog/spdlog.h>
#include <utility>

namespace glacis {

/// Whether anybody has asked for messages. spdlog makes its registry and a logger when it is
/// first asked anything, which a run that nobody listens to does not wait for.
inline std::atomic<bool> is_logging{false};

template <class... Arguments>
void log_info(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments)
{
    if (is_logging.load(std::memory_order_relaxed)) {
        spdlog::info(format, std::forward<Arguments>(arguments)...);
    }
}

template <class... Arguments>
void log_debug(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments)
{
    if (is_logging.load(std::memory_order_relaxed)) {
        spdlog::debug(format, std::forward<Arguments>(arguments)...);
    }
}

} // namespace glacis
