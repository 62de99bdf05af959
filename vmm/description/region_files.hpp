// Files for regions that are named beside a description, on the command line.
#pragma once

#include <string>
#include <vector>

#include "description/error.hpp"
#include "description/raw.hpp"

namespace glacis {

struct RegionFile {
    std::string region;
    std::string file; ///< as it can be opened from the current directory
};

struct RegionFiles {
    std::vector<RegionFile> inputs;  ///< instead of what the description says in `file`
    std::vector<RegionFile> outputs; ///< instead of what it says in `output`
};

/// Notes the files with their regions. A region that does not exist, or is named twice, is an
/// error.
void apply(const RegionFiles& files, RawDescription& raw, ErrorList& errors);

} // namespace glacis
