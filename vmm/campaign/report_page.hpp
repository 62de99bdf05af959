// A campaign's report for people: one page that needs nothing beside it. Its scripts and styles are
// in report_page/; here the campaign's data goes into it.
#pragma once

#include <string>

#include "campaign/tally.hpp"

namespace glacis::campaign {

struct ArchiveContent;

/// So many runs a page lists one by one; what it counts, it counts over all.
inline constexpr std::uint64_t most_runs_of_a_page = 20'000;

/// `tally` is of the content's records.
[[nodiscard]] std::string report_page(const ArchiveContent& content, const Tally& tally);

} // namespace glacis::campaign
