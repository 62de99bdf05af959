// A description file and everything it names, checked: the way from a path to a system that can
// run.
#pragma once

#include <string>
#include <vector>

#include "description/error.hpp"
#include "description/region_files.hpp"
#include "description/resolve.hpp"
#include "description/system.hpp"
#include "host/result.hpp"

namespace glacis {

/// This host.
[[nodiscard]] HostLimits host_limits();

/// Largest description that is read.
constexpr std::uint64_t max_description_size = std::uint64_t{1} << 20;

/// Reads, checks and loads; `files` come before what the description says. Reports every error it
/// can find at once, in the order of the file.
Result<SystemDescription, std::vector<DescriptionError>>
load_description(const std::string& path, const HostLimits& host, const RegionFiles& files = {});

} // namespace glacis
