// A campaign as test results, for CI systems: JUnit's XML.
#pragma once

#include <string>

namespace glacis::campaign {

struct ArchiveContent;

/// A test case a class of faults; one fails when a fault of its class escaped, and tells which.
[[nodiscard]] std::string junit_text(const ArchiveContent& content);

} // namespace glacis::campaign
