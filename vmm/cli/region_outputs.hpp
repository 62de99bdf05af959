// Files that regions are written to when a system has ended well.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/output_file.hpp"
#include "description/system.hpp"
#include "machine/run.hpp"

namespace glacis::cli {

/// Why an output is not written; nothing when it is. It is written when the system came to its end,
/// every domain that may write the region ended with status 0 (restarts or not), and the length in
/// it makes sense.
[[nodiscard]] std::optional<std::string>
withheld(const SystemDescription& system, const RunReport& report, const RegionOutput& output);

/// "glacis: region 'thumbnail' not written to 'out.png': ...", a line for each that is withheld.
[[nodiscard]] std::string withheld_text(const SystemDescription& system, const RunReport& report);

class RegionOutputs {
public:
    /// For every region that has an output.
    static Result<RegionOutputs> open(const SystemDescription& system);

    /// Once. Writes those that are not withheld.
    Status commit(const SystemDescription& system, const RunReport& report);

private:
    struct Place {
        std::size_t region = 0;
        OutputFile file;
    };
    std::vector<Place> places_;
};

} // namespace glacis::cli
