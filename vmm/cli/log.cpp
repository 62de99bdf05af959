#include "cli/log.hpp"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "machine/log.hpp"

namespace glacis::cli {

void start_log(int verbosity)
{
    if (verbosity == 0) {
        return;
    }
    auto logger = std::make_shared<spdlog::logger>(
        "glacis", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("glacis: [%l] %v");
    logger->set_level(verbosity == 1 ? spdlog::level::info : spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
    is_logging.store(true);
}

} // namespace glacis::cli
