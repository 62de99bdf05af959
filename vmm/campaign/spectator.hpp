// Looks on while a system runs: its consoles as they come, and in the end all that is compared.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "campaign/observation.hpp"
#include "description/system.hpp"
#include "host/result.hpp"
#include "machine/digest.hpp"
#include "machine/run.hpp"

namespace glacis::campaign {

class Spectator {
public:
    /// For RunOptions::console; valid as long as the spectator is.
    [[nodiscard]] std::function<void(std::string_view, std::string_view)> console();
    /// Of the run, which has ended so. A failure of the host is part of it.
    [[nodiscard]] Observation observe(const SystemDescription& system,
                                      const Result<RunReport>& report) const;

private:
    struct Text {
        std::uint64_t lines = 0;
        std::uint64_t digest = digest_start;
        std::string last;
    };
    std::map<std::string, Text> texts_; ///< by domain
};

} // namespace glacis::campaign
